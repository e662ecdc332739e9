import { execFile } from 'node:child_process';
import type { KeyObject } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { BUNDLE_NAME, bundleAgent } from '../../infra/agent-build/agent-bundle.ts';
import { licencesOf } from '../../infra/agent-build/licences.ts';
import { addExecutable, writeRelease } from '../../infra/agent-build/release-files.ts';
import { publicKeyOf, signingKey } from '../../infra/agent-build/signing-key.ts';
import { temporaryFolder } from './temporary-folder.ts';

const run = promisify(execFile);
const FACTS = { version: '7.8.9-rc.1', releaseKey: 'a public key' };

/** The bundle alone in a folder, with nothing to import, run with these arguments. */
async function runBundle(args: readonly string[], facts = FACTS): Promise<string> {
  const { text } = await bundleAgent(facts);
  const folder = temporaryFolder();
  const file = join(folder, BUNDLE_NAME);
  writeFileSync(file, text);
  writeFileSync(
    join(folder, 'agent.yaml'),
    'url: https://hypervigil.example\nbatchInterval: 30s\n',
  );
  const { stdout } = await run(process.execPath, [file, ...args], { cwd: folder });
  return stdout;
}

it('is one file that needs nothing beside it, and knows the version it was built as', async () => {
  expect(await runBundle(['--version'])).toBe('7.8.9-rc.1\n');
});

it('reads and checks a configuration', async () => {
  expect(await runBundle(['--config', 'agent.yaml', 'config', 'check'])).toContain('agent.yaml');
  expect(await runBundle(['--config', 'agent.yaml', 'config', 'show'])).toContain('30s');
});

it('trusts the releases of who built it, and no others', async () => {
  const folder = temporaryFolder();
  const [own, other] = ['own', 'other'].map((name) => signingKey(join(folder, `${name}.pem`)).key);
  if (own === undefined || other === undefined) throw new Error('no keys');
  const executable = join(folder, 'hypervigil-agent');
  writeFileSync(executable, 'a program');
  const file = await addExecutable(executable, 'linux-x64', '8.0.0', folder);
  await writeRelease({ version: '8.0.0', files: [file] }, own, folder);
  const verify = (key: KeyObject) =>
    runBundle(['update', '--verify', folder], { ...FACTS, releaseKey: publicKeyOf(key) });
  expect(await verify(own)).toContain('8.0.0');
  await expect(verify(other)).rejects.toThrow(/sign/);
  writeFileSync(join(folder, file.name), 'another program');
  await expect(verify(own)).rejects.toThrow(file.name);
});

it('is the same bytes each time, all of them ASCII', async () => {
  const { text } = await bundleAgent(FACTS);
  expect((await bundleAgent(FACTS)).text).toBe(text);
  expect(text).not.toMatch(/[^\0-\x7f]/);
});

it('has nothing of the folder it was built in', async () => {
  expect((await bundleAgent(FACTS)).text).not.toContain(process.cwd());
});

it('comes with the licence of each package in it, and is not made of one without', async () => {
  const { inputs } = await bundleAgent(FACTS);
  const licences = await licencesOf(inputs, 'the licence of Node');
  for (const text of ['Apache License', 'the licence of Node', '\ncommander\n', '\nyaml\n'])
    expect(licences).toContain(text);
  await expect(licencesOf(['node_modules/nobodys/index.js'], '')).rejects.toThrow(
    'node_modules/nobodys: no licence',
  );
});
