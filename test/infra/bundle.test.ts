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
import { type Bundle, bundle, ROOT, removeBundles } from '../../infra/aws/bundle.ts';
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

/** Of `index.mjs` and what it imports; what is loaded only when it is needed is left out. */
function bytesAtStart({ metafile }: Bundle): number {
  const entry = Object.keys(metafile.outputs).filter((file) => file.endsWith('/index.mjs'));
  const files = new Set(entry);
  for (const file of files)
    for (const { path, kind } of metafile.outputs[file]?.imports ?? [])
      if (kind === 'import-statement' && path in metafile.outputs) files.add(path);
  return [...files].reduce((sum, file) => sum + (metafile.outputs[file]?.bytes ?? 0), 0);
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
      DASHBOARD_DIR: './dashboard',
      ...{ TOPIC_ARN_CRITICAL: 'arn:c', TOPIC_ARN_WARNING: 'arn:w', TOPIC_ARN_INFO: 'arn:i' },
    });
    const event = `{ rawPath: '/graph', headers: {}, requestContext: { http: { method: 'GET' } } }`;
    const call = `(Object.assign(process.env, ${environment}), (await lambda.handler(${event})).statusCode)`;
    expect(code instanceof AssetCode ? run(code.path, call) : '').toBe('200');
  });

  it('of ingest is small even with what it loads for an urgent batch alone, and has no file for nothing', () => {
    const made = bundle('functions/ingest/handler.ts');
    const files = readdirSync(made.directory).filter((name) => name.endsWith('.mjs'));
    const bytes = files.map((name) => statSync(join(made.directory, name)).size);
    expect(bytes.reduce((sum, size) => sum + size, 0)).toBeLessThan(400_000);
    expect(files.filter((name) => name.startsWith('lambda-client'))).toHaveLength(1);
    expect(files.filter((name) => name.startsWith('bowser'))).toEqual([]);
  });

  // A cold start reads all of it; the SDK clients are most of it.
  it.each([
    ['ingest', 320_000],
    ['remote-write', 400_000],
    ['install', 400_000],
    ['evaluate', 1_100_000],
    ['api', 1_100_000],
  ])('of %s has a handler and is small', (name, mostBytes) => {
    const made = bundle(`functions/${name}/handler.ts`);
    expect(run(made.directory, 'typeof lambda.handler')).toBe('function');
    expect(bytesAtStart(made)).toBeLessThan(mostBytes);
  });
});
