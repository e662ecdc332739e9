import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AssetCode } from 'aws-cdk-lib/aws-lambda';
import { afterAll, describe, expect, it } from 'vitest';
import { bundle, ROOT, removeBundles } from '../../infra/aws/bundle.ts';
import { codeFromSources } from '../../infra/aws/code.ts';

const folder = mkdtempSync(join(tmpdir(), 'hypervigil-test-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
  removeBundles();
});

/** Runs the bundle alone in its folder, as Lambda does: nothing of this repository is in reach. */
function run(directory: string, call: string): string {
  const script = `const lambda = await import('./index.mjs'); console.log(${call});`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    cwd: directory,
    encoding: 'utf8',
    env: {},
  });
  return stdout.trim() || stderr;
}

describe('a bundle', () => {
  it('runs on its own, CommonJS packages that ask for Node modules included', () => {
    const entry = join(folder, 'handler.ts');
    writeFileSync(
      entry,
      `import nodemailer from '${join(ROOT, 'node_modules/nodemailer')}';
       export const handler = (): string => typeof nodemailer.createTransport;`,
    );
    expect(run(bundle(entry).directory, 'lambda.handler()')).toBe('function');
  });

  it('has files and folders beside it', () => {
    const { directory } = bundle('core/result.ts', [
      { from: 'LICENSE', to: 'texts/LICENSE' },
      { from: 'docs/decisions', to: 'decisions' },
    ]);
    expect(readFileSync(join(directory, 'texts/LICENSE'), 'utf8')).toContain('Apache License');
    expect(readdirSync(join(directory, 'decisions')).length).toBeGreaterThan(5);
  });

  it('goes with its process, and one of a process that was killed with the next', () => {
    const { pid } = spawnSync(process.execPath, ['--version']);
    const left = join(tmpdir(), `hypervigil-bundles-${pid}-left`);
    mkdirSync(left);
    removeBundles();
    const { directory } = bundle('core/result.ts');
    expect([existsSync(left), existsSync(directory)]).toEqual([false, true]);
    removeBundles();
    expect(existsSync(directory)).toBe(false);
  });

  it.each(['evaluate', 'api'] as const)('of %s brings the rules and what routing names', (name) => {
    const code = codeFromSources(name);
    const brought = code instanceof AssetCode ? readdirSync(join(code.path, 'rules')) : [];
    const here = readdirSync(join(ROOT, 'rules')).filter((entry) => !entry.startsWith('.'));
    expect(brought).toContain('vm.rules.yaml');
    expect([...brought, 'tests'].sort()).toEqual(here.sort());
  });

  it('of api serves its pages', () => {
    const code = codeFromSources('api');
    const environment = JSON.stringify({
      ...{ TABLE_NAME: 'table', RULES_DIR: './rules', AWS_REGION: 'eu-central-1' },
      ...{ TOPIC_ARN_CRITICAL: 'arn:c', TOPIC_ARN_WARNING: 'arn:w', TOPIC_ARN_INFO: 'arn:i' },
    });
    const event = `{ rawPath: '/graph', headers: {}, requestContext: { http: { method: 'GET' } } }`;
    const call = `(Object.assign(process.env, ${environment}), (await lambda.handler(${event})).statusCode)`;
    expect(code instanceof AssetCode ? run(code.path, call) : '').toBe('200');
  });

  // A cold start reads all of it; the SDK clients are most of it.
  it.each([
    ['ingest', 400_000],
    ['remote-write', 400_000],
    ['install', 400_000],
    ['evaluate', 1_100_000],
    ['api', 1_100_000],
  ])('of %s has a handler and is small', (name, mostBytes) => {
    const { directory } = bundle(`functions/${name}/handler.ts`);
    expect(run(directory, 'typeof lambda.handler')).toBe('function');
    expect(statSync(join(directory, 'index.mjs')).size).toBeLessThan(mostBytes);
  });
});
