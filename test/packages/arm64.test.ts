import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { installMissing } from '../containers/debian.ts';
import { buildInto, folderOfTests } from './build.ts';

const run = promisify(execFile);
const { folder, remove } = folderOfTests();
const VERSION = '3.2.1';
const executable = join(folder, 'hypervigil-agent');

/** The processor is QEMU's, unless this machine has one; the C and C++ libraries are Debian's. */
const QEMU = '/usr/bin/qemu-aarch64-static';
const LIBRARIES = '/usr/aarch64-linux-gnu';
const IS_ARM = process.arch === 'arm64';

function runAgent(...args: readonly string[]) {
  if (IS_ARM) return run(executable, args);
  return run(QEMU, [executable, ...args], { env: { PATH: '/usr/bin', QEMU_LD_PREFIX: LIBRARIES } });
}

beforeAll(async () => {
  if (!IS_ARM)
    await installMissing({
      'qemu-user-static': QEMU,
      'libstdc++6-arm64-cross': join(LIBRARIES, 'lib', 'libstdc++.so.6'),
    });
  await buildInto(folder, '--platform', 'linux-arm64', '--release-version', VERSION);
  const packed = readFileSync(join(folder, 'agent', `hypervigil-agent-${VERSION}-linux-arm64.gz`));
  writeFileSync(executable, gunzipSync(packed), { mode: 0o755 });
});
afterAll(remove);

it('starts, with the bundle that was made on another processor', async () => {
  expect((await runAgent('--version')).stdout).toBe(`${VERSION}\n`);
  const config = join(folder, 'agent.yaml');
  writeFileSync(config, 'url: https://hypervigil.example\n');
  expect((await runAgent('--config', config, 'config', 'check')).stdout).toContain(config);
});

it('measures the host', async () => {
  expect((await runAgent('once')).stdout).toContain('host cpu');
}, 120_000);
