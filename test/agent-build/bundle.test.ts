import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { BUNDLE_NAME, bundleAgent } from '../../infra/agent-build/agent-bundle.ts';
import { licencesOf } from '../../infra/agent-build/licences.ts';
import { temporaryFolder } from './temporary-folder.ts';

const run = promisify(execFile);
const FACTS = { version: '7.8.9-rc.1', releaseKey: 'a public key' };

/** The bundle alone in a folder, with nothing to import, run with these arguments. */
async function runBundle(...args: readonly string[]): Promise<string> {
  const { text } = await bundleAgent(FACTS);
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
  expect(await runBundle('--version')).toBe('7.8.9-rc.1\n');
});

it('reads and checks a configuration', async () => {
  expect(await runBundle('--config', 'agent.yaml', 'config', 'check')).toContain('agent.yaml');
  expect(await runBundle('--config', 'agent.yaml', 'config', 'show')).toContain('30s');
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
