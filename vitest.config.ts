import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // Many files wait more than they reckon, so none of the processors is left for vitest itself.
    maxWorkers: '100%',
    include: ['test/**/*.test.ts'],
    // `npm run test:hypervisor` needs root, libvirt and QEMU, `npm run test:deploy` an emulated AWS,
    // `npm run test:prometheus` and `test:differential` Prometheus' own programs, `test:alertmanager`
    // Alertmanager's, `test:browser` Chromium, `test:containers` root and Podman, `test:packages` the
    // network and nfpm, `npm run test:install` root, Podman and nfpm.
    exclude: [
      ...['test/hypervisor/**', 'test/testbed/**', 'test/deploy/**', 'test/prometheus/**'],
      ...['test/differential/**', 'test/alertmanager-real/**', 'test/browser/**'],
      ...['test/containers/**', 'test/packages/**', 'test/install/**'],
    ],
  },
});
