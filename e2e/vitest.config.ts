// `npm run test:e2e`: the portal in a real Chromium, against a real server. `npm test` needs no browser.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['**/*.e2e.ts'],
    globalSetup: ['global-setup.ts'],
    pool: 'forks',
    retry: process.env.CI === undefined ? 0 : 1,
    maxWorkers: 2,
    // What one waits to see; a second is not enough where the browser shares its processor.
    expect: { poll: { timeout: 15_000 } },
    testTimeout: 240_000,
    hookTimeout: 180_000,
  },
});
