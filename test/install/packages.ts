import { execFile } from 'node:child_process';
import { chmodSync, copyFileSync, cpSync, createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { createGunzip } from 'node:zlib';
import { LICENCES_FILE } from '../../infra/agent-build/licences.ts';
import { makePackages, needNfpm } from '../../infra/agent-build/packages.ts';
import { PLATFORM, RELEASES } from './releases.ts';

const run = promisify(execFile);

/** Where the packages are. */
export interface Packages {
  readonly firstDeb: string;
  /** The first with another version and the executable of that; compressing one takes a minute. */
  readonly secondDeb: string;
  readonly firstRpm: string;
}

/** Makes packages of releases in a folder. */
export async function makeTestPackages(releases: string, folder: string): Promise<Packages> {
  await needNfpm();
  const [first, second] = await Promise.all(
    [RELEASES.first, RELEASES.second].map((version) => unpack(releases, version, folder)),
  );
  if (first === undefined || second === undefined) throw new Error('no executables');
  const out = join(folder, 'packages');
  await mkdir(out);
  copyFileSync(join(releases, RELEASES.first, LICENCES_FILE), join(out, LICENCES_FILE));
  await makePackages(PLATFORM, first, RELEASES.first, join(folder, 'work'), out);
  const names = await readdir(out);
  const named = (extension: string) =>
    join(out, names.find((name) => name.endsWith(extension)) ?? `no ${extension}`);
  const [firstDeb, firstRpm] = [named('.deb'), named('.rpm')];
  const tree = join(folder, 'tree');
  await run('dpkg-deb', ['--raw-extract', firstDeb, tree]);
  const control = join(tree, 'DEBIAN', 'control');
  const text = await readFile(control, 'utf8');
  await writeFile(control, text.replace(RELEASES.first, RELEASES.second));
  cpSync(second, join(tree, 'usr/bin/hypervigil-agent'));
  const secondDeb = join(out, 'second.deb');
  await run('dpkg-deb', ['--root-owner-group', '-Zgzip', '-z1', '--build', tree, secondDeb]);
  return { firstDeb, secondDeb, firstRpm };
}

async function unpack(releases: string, version: string, folder: string): Promise<string> {
  const source = join(releases, version, `hypervigil-agent-${version}-${PLATFORM}.gz`);
  const target = join(folder, `hypervigil-agent-${version}`);
  await pipeline(createReadStream(source), createGunzip(), createWriteStream(target));
  chmodSync(target, 0o755);
  return target;
}
