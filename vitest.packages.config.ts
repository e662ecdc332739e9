import { defineConfig } from 'vitest/config';

/**
 * The agent as it is installed: the real build of an executable, and of packages. It fetches Node from
 * npm once; nfpm and dpkg-deb must be in PATH.
 */
export default defineConfig({
  test: {
    include: ['test/packages/**/*.test.ts'],
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 300_000, // downloads 52 MB, compresses 108
  },
});
