import { defineConfig } from 'vitest/config';

/** Tests against real containers of Podman; they need root and Debian, and share its control groups. */
export default defineConfig({
  test: {
    include: ['test/containers/**/*.test.ts'],
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 300_000, // may install Podman
  },
});
