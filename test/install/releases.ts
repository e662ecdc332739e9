import { execFile } from 'node:child_process';
import type { KeyObject } from 'node:crypto';
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { addExecutable, writeRelease } from '../../infra/agent-build/release-files.ts';
import { INSTALLED_EXECUTABLE, writeServiceFiles } from '../../infra/agent-build/service-files.ts';
import { signingKey } from '../../infra/agent-build/signing-key.ts';

const run = promisify(execFile);

const BUILD = fileURLToPath(new URL('../../infra/agent-build/main.ts', import.meta.url));

/** Releases for the tests, each in a folder of its name. */
export const RELEASES = {
  /** As they are built. */
  first: '1.0.0',
  second: '1.1.0',
  /** Starts, and posts nothing. */
  mute: '1.2.0',
  /** Its file is not what was signed. */
  tampered: '1.3.0',
  /** Signed by somebody else. */
  foreign: '1.4.0',
} as const;

export const PLATFORM = process.arch === 'arm64' ? 'linux-arm64' : 'linux-x64';

/** Makes all of them below a folder. */
export async function buildReleases(folder: string): Promise<void> {
  const keyFile = join(folder, 'key.pem');
  const { key } = signingKey(keyFile);
  for (const version of [RELEASES.first, RELEASES.second]) {
    const args = ['--platform', PLATFORM, '--release-version', version];
    await run(process.execPath, [BUILD, ...args, '--out', join(folder, version)], {
      env: { ...process.env, HYPERVIGIL_SIGNING_KEY: keyFile },
    });
  }
  await makeMute(folder, RELEASES.mute, key);
  const tampered = await makeMute(folder, RELEASES.tampered, key);
  appendFileSync(tampered, 'x');
  await makeMute(folder, RELEASES.foreign, signingKey(join(folder, 'other.pem')).key);
}

/** A release whose agent passes for one until it is to run; gives the file that is downloaded. */
async function makeMute(folder: string, version: string, key: KeyObject): Promise<string> {
  const out = join(folder, version);
  mkdirSync(out);
  const executable = join(folder, `mute-${version}`);
  writeFileSync(
    executable,
    `#!/bin/sh\ncase $1 in\n--version) echo ${version} ;;\nrun) exec sleep 86400 ;;\nesac\n`,
    { mode: 0o755 },
  );
  const file = await addExecutable(executable, PLATFORM, version, out);
  await writeServiceFiles(INSTALLED_EXECUTABLE, out);
  await writeRelease({ version, files: [file] }, key, out);
  return join(out, file.name);
}
