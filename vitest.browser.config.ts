import { defineConfig } from 'vitest/config';

/** The API's pages in Chromium, which the environment variable CHROMIUM names, else Debian's. */
export default defineConfig({
  test: {
    include: ['test/browser/**/*.test.ts'],
    // Many wait for samples and ticks, so none of the processors is left for vitest itself.
    maxWorkers: '100%',
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
