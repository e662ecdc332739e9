import { defineConfig } from 'vitest/config';

/** Tests against real VMs (`test/testbed`): they need root and Debian, and share one libvirtd. */
export default defineConfig({
  test: {
    include: ['test/hypervisor/**/*.test.ts'],
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 600_000, // may install QEMU
    maxConcurrency: 20, // stories that run side by side wait for minutes, and do little
  },
});
