import type { KnipConfig } from 'knip';

/** Where execution begins, beside what the scripts in package.json name. */
const config: KnipConfig = {
  entry: [
    'infra/aws/app.ts',
    // Named in the bundler's options alone.
    'infra/aws/lambda-credentials.ts',
    'functions/*/handler.ts',
    // Named in the bundler's options alone.
    'infra/dashboard-build/react.js',
    'dashboard/main.tsx',
    'dashboard/service-worker.ts',
    'bench/*.ts',
    'docs/make-*.ts',
    'test/**/*.test.ts',
  ],
  // A type beside the function that takes or gives it is documentation.
  ignoreExportsUsedInFile: { interface: true, type: true },
  project: ['{agent,bench,core,dashboard,docs,functions,infra,test}/**/*.{ts,tsx}'],
};

export default config;
