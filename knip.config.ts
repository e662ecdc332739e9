import type { KnipConfig } from 'knip';

/** Where execution begins, beside what the scripts in package.json name. */
const config: KnipConfig = {
  entry: ['infra/aws/app.ts', 'functions/*/handler.ts', 'bench/*.ts', 'test/**/*.test.ts'],
  project: ['{agent,bench,core,dashboard,functions,infra,test}/**/*.ts'],
};

export default config;
