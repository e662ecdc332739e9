import { chmodSync, copyFileSync, createReadStream, createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { billName } from '../../infra/agent-build/agent-bill.ts';
import { LICENCES_FILE } from '../../infra/agent-build/licences.ts';
import { makePackages, needNfpm } from '../../infra/agent-build/packages.ts';
import { PLATFORM } from './releases.ts';

/** The packages of one release, by path. */
export interface Packages {
  readonly deb: string;
  readonly rpm: string;
}

/** Makes the packages of a release in a folder. */
export async function makeTestPackages(
  releases: string,
  version: string,
  folder: string,
): Promise<Packages> {
  await needNfpm();
  const executable = await unpack(releases, version, folder);
  const out = join(folder, version);
  await mkdir(out);
  for (const file of [LICENCES_FILE, billName(PLATFORM)])
    copyFileSync(join(releases, version, file), join(out, file));
  const work = join(folder, `work-${version}`);
  const names = await makePackages(PLATFORM, executable, version, work, out);
  const named = (extension: string) =>
    join(out, names.find((name) => name.endsWith(extension)) ?? `no ${extension}`);
  return { deb: named('.deb'), rpm: named('.rpm') };
}

async function unpack(releases: string, version: string, folder: string): Promise<string> {
  const source = join(releases, version, `hypervigil-agent-${version}-${PLATFORM}.gz`);
  const target = join(folder, `hypervigil-agent-${version}`);
  await pipeline(createReadStream(source), createGunzip(), createWriteStream(target));
  chmodSync(target, 0o755);
  return target;
}
