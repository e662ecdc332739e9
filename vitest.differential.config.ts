import { defineConfig } from 'vitest/config';

/** Our PromQL against a real Prometheus 3, which the environment variable PROMETHEUS_BIN names. */
export default defineConfig({
  test: {
    include: ['test/differential/**/*.test.ts'],
    testTimeout: 600_000,
  },
});
