import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['src/quick-modules.ts'],
    globalSetup: ['test/global-setup.ts'],
    pool: 'forks',
    // A witness that counts by the clock is wrong now and then on a busy CI machine; what is really broken fails twice.
    retry: process.env.CI === undefined ? 0 : 1,
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
