import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Needs root, libvirt and QEMU: `npm run test:hypervisor` runs these.
    exclude: ['test/hypervisor/**', 'test/testbed/**'],
  },
});
