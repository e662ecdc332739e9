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
    // What pages are built of: not every part is used yet.
    'dashboard/{api,app,format,i18n,ui}/*.{ts,tsx}',
    'bench/*.ts',
    'docs/make-*.ts',
    'test/**/*.test.ts',
  ],
  // The dashboard's and web push's: taken out as they come into use.
  ignoreDependencies: [
    '@codemirror/autocomplete',
    '@codemirror/commands',
    '@codemirror/lang-yaml',
    '@codemirror/language',
    '@codemirror/lint',
    '@codemirror/state',
    '@codemirror/view',
    '@lezer/common',
    '@lezer/highlight',
    '@prometheus-io/codemirror-promql',
    '@prometheus-io/lezer-promql',
    '@tanstack/virtual-core',
    '@types/web-push',
    'axe-core',
    'diff',
    'http_ece',
    'uplot',
    'web-push',
  ],
  // A type beside the function that takes or gives it is documentation.
  ignoreExportsUsedInFile: { interface: true, type: true },
  project: ['{agent,bench,core,dashboard,docs,functions,infra,test}/**/*.{ts,tsx}'],
};

export default config;
