import { defineConfig } from 'vitest/config';

/**
 * Tests against real VMs (`test/testbed`): they need root and Debian. Those that mostly wait have hosts of
 * their own, and run side by side with the ones that share the testbed, one of these at a time.
 */
export default defineConfig({
  test: {
    include: ['test/hypervisor/**/*.test.ts'],
    maxWorkers: 3,
    testTimeout: 120_000,
    hookTimeout: 600_000, // may install QEMU
    maxConcurrency: 20, // stories that run side by side wait for minutes, and do little
  },
});
