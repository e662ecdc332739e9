import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import type { PinnedPackage } from './platforms.ts';

const run = promisify(execFile);

/**
 * The packed package in the cache folder, fetched by npm where it is not there yet. Its hash is
 * checked each time; one that is not as pinned is removed. Throws, naming the package.
 */
export async function pinnedPackage(pinned: PinnedPackage, cacheDir: string): Promise<string> {
  const file = join(cacheDir, `${pinned.name}-${pinned.version}.tgz`);
  if (!(await exists(file))) await fetchPackage(pinned, cacheDir, file);
  const found = await integrityOf(file);
  if (found === pinned.integrity) return file;
  await rm(file);
  throw new Error(
    `${pinned.name}@${pinned.version}: its hash is ${found}, not ${pinned.integrity} as pinned`,
  );
}

/** Takes one file out of a packed package, into a folder; its path there. */
export async function extractMember(tgz: string, member: string, dir: string): Promise<string> {
  await mkdir(dir, { recursive: true });
  await run('tar', ['-xzf', tgz, '--no-same-owner', '-C', dir, member]);
  return join(dir, member);
}

async function fetchPackage(pinned: PinnedPackage, cacheDir: string, file: string): Promise<void> {
  await mkdir(cacheDir, { recursive: true });
  const dir = await mkdtemp(join(cacheDir, '.fetch-'));
  try {
    const spec = `${pinned.name}@${pinned.version}`;
    // npm is a script on Windows, which only a shell starts; nothing here needs quoting.
    const shell = process.platform === 'win32';
    await run('npm', ['pack', spec, '--silent', '--ignore-scripts'], { cwd: dir, shell });
    await rename(join(dir, `${pinned.name}-${pinned.version}.tgz`), file);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${pinned.name}@${pinned.version}: npm does not get it: ${reason}`);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function integrityOf(file: string): Promise<string> {
  const hash = createHash('sha512');
  await pipeline(createReadStream(file), hash);
  return `sha512-${hash.digest('base64')}`;
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
