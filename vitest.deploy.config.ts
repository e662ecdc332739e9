import { defineConfig } from 'vitest/config';

/** The deployment against an emulated AWS; the schedule there ticks by the minute, as it does in AWS. */
export default defineConfig({
  test: {
    include: ['test/deploy/**/*.test.ts'],
    // Each has an emulator of its own, and mostly waits for its ticks.
    maxWorkers: 3,
    // On a machine that is busy with other things a deployment takes a minute.
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
