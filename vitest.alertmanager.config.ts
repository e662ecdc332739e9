import { defineConfig } from 'vitest/config';

/** Against Alertmanager's own programs: `AMTOOL` and `ALERTMANAGER` name them, else they are in PATH. */
export default defineConfig({
  test: {
    include: ['test/alertmanager-real/**/*.test.ts'],
    fileParallelism: false,
    testTimeout: 240_000,
    hookTimeout: 120_000,
  },
});
