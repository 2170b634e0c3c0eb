// src/store/schema.ts -> migrations/. `npm run migration -- --name what-changes` writes the next one.
import { defineConfig } from 'drizzle-kit';

export default defineConfig({ dialect: 'postgresql', schema: './src/store/schema.ts', out: './migrations' });
