import { execFile } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const BUSYBOX = '/bin/busybox';

/** Installs those of Debian's packages whose program (as path) is not there. */
export async function installMissing(programs: Readonly<Record<string, string>>): Promise<void> {
  const all = { ...programs, 'busybox-static': BUSYBOX };
  const missing = Object.entries(all).flatMap(([name, path]) => (existsSync(path) ? [] : [name]));
  if (missing.length === 0) return;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = (...args: readonly string[]) =>
    run('apt-get', ['-y', '-q', '-o', 'DPkg::Lock::Timeout=300', ...args], { env });
  const install = () => apt('install', '--no-install-recommends', ...missing);
  await install().catch(async () => {
    await apt('update');
    await install();
  });
}

/** A file tree with only busybox in it, as an archive that runtimes import. Gives its path. */
export async function busyboxArchive(folder: string): Promise<string> {
  const root = join(folder, 'image');
  mkdirSync(join(root, 'bin'), { recursive: true });
  await run('cp', [BUSYBOX, join(root, 'bin/busybox')]);
  for (const name of ['sh', 'sleep', 'tail']) {
    await run('ln', ['-s', 'busybox', join(root, 'bin', name)]);
  }
  const archive = join(folder, 'image.tar');
  await run('tar', ['-C', root, '-cf', archive, '.']);
  return archive;
}
