import { defineConfig } from 'vitest/config';

/** Installs the agent below a real systemd, in a container of Podman; needs root and Debian. */
export default defineConfig({
  test: {
    include: ['test/install/**/*.test.ts'],
    globalSetup: 'test/install/setup.ts',
    // Each has a machine of its own, and mostly waits.
    maxWorkers: 3,
    testTimeout: 300_000,
    hookTimeout: 600_000, // may install Podman, make a Debian and build releases
  },
});
