import { defineConfig } from 'vitest/config';

/** Against Prometheus' own programs: `PROMTOOL`, `PROMETHEUS_BIN` ... name them, else they are in PATH. */
export default defineConfig({
  test: {
    include: ['test/prometheus/**/*.test.ts'],
    fileParallelism: false,
    testTimeout: 240_000,
    hookTimeout: 120_000,
  },
});
