import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { RUNTIME_FLAGS } from '../../agent/runtime-flags.ts';
import { decodeChunk } from '../../core/chunk/decode.ts';
import { labelsToObject } from '../../core/series/labels.ts';
import { faultServer, stores } from '../agent/fault-server.ts';
import { buildInto, folderOfTests } from './build.ts';

const run = promisify(execFile);
const { folder, remove } = folderOfTests();
const VERSION = '3.2.1';
const WHAT = ['--platform', 'linux-x64', '--release-version', VERSION];
const executable = join(folder, 'alone', 'hypervigil-agent');
/** None of the machine's own configuration, and options that would end any other Node. */
const env = { PATH: '/usr/bin:/bin', NODE_OPTIONS: '--require /nowhere.js' };

beforeAll(async () => {
  await buildInto(folder, ...WHAT);
  const packed = readFileSync(join(folder, 'agent', `hypervigil-agent-${VERSION}-linux-x64.gz`));
  mkdirSync(join(folder, 'alone'));
  writeFileSync(executable, gunzipSync(packed));
  chmodSync(executable, 0o755);
});
afterAll(remove);

it('runs alone, whatever NODE_OPTIONS says', async () => {
  expect((await run(executable, ['--version'], { env })).stdout).toBe(`${VERSION}\n`);
  const config = join(folder, 'agent.yaml');
  writeFileSync(config, 'url: https://hypervigil.example\n');
  const checked = await run(executable, ['--config', config, 'config', 'check'], { env });
  expect(checked.stdout).toContain(config);
});

it('has the options of the runtime built in', () => {
  const inside = readFileSync(executable)
    .subarray(-(4 << 20))
    .toString('latin1');
  for (const flag of RUNTIME_FLAGS) expect(inside).toContain(flag);
});

it('measures this host', async () => {
  const { stdout } = await run(executable, ['once'], { env });
  expect(stdout).toMatch(/^.+: \d+ numbers over 1 s/);
  expect(stdout).toContain('host cpu');
});

it('posts what it measures, and ends when it is told to', async () => {
  const server = await faultServer(stores);
  writeFileSync(join(folder, 'key'), 'hv_test_0123456789\n');
  const agent = spawn(
    executable,
    ['run', '--host', 'built1', '--sample-interval', '1s', '--batch-interval', '1s'],
    {
      env: {
        ...env,
        HYPERVIGIL_URL: server.url.href,
        HYPERVIGIL_KEY_FILE: join(folder, 'key'),
        HYPERVIGIL_SPOOL_DIR: join(folder, 'spool'),
      },
      stdio: 'ignore',
    },
  );
  onTestFinished(() => {
    agent.kill('SIGKILL');
  });
  const ended = once(agent, 'exit');
  const early = ended.then(([code]) => Promise.reject(new Error(`the agent ended with ${code}`)));
  early.catch(() => undefined);
  await Promise.race([server.arrived(3), early]);
  const posted = server.received.at(-1);
  expect(posted?.headers['authorization']).toBe('Bearer hv_test_0123456789');
  expect(posted?.headers['user-agent']).toBe(`hypervigil-agent/${VERSION}`);
  const chunk = decodeChunk(posted?.body ?? new Uint8Array());
  if (!chunk.ok) throw new Error(chunk.error.message);
  const labels = chunk.value.series.map((series) => labelsToObject(series.labels));
  expect(labels.map(({ __name__ }) => __name__)).toContain('host_cpu_usage_percent');
  agent.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
});

it('is the same bytes when it is built again, without a network', async () => {
  const digests = () =>
    readdirSync(join(folder, 'agent')).map((name) => {
      const bytes = readFileSync(join(folder, 'agent', name));
      return `${createHash('sha256').update(bytes).digest('hex')}  ${name}`;
    });
  const before = digests();
  await buildInto(folder, ...WHAT);
  expect(digests()).toEqual(before);
});
