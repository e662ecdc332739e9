import { defineConfig } from 'vitest/config';

/** The deployment against an emulated AWS; the schedule there ticks by the minute, as it does in AWS. */
export default defineConfig({
  test: {
    include: ['test/deploy/**/*.test.ts'],
    // Each has an emulator of its own, and mostly waits for its ticks.
    maxWorkers: 3,
    testTimeout: 240_000,
    hookTimeout: 180_000,
  },
});
