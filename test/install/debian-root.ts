import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { installMissing } from '../containers/debian.ts';

const run = promisify(execFile);

const MMDEBSTRAP = '/usr/bin/mmdebstrap';

/** What a server has, and no more; `libstdc++6` is the agent's need, `rpm` the tests'. */
const PACKAGES = [
  ...['systemd-sysv', 'dbus', 'ca-certificates', 'curl', 'openssl', 'procps', 'libstdc++6', 'rpm'],
] as const;

/** Where a machine says from where it takes its packages; the first that is there. */
const SOURCES = ['/etc/apt/sources.list.d/debian.sources', '/etc/apt/sources.list'] as const;

/** A change here makes archives anew. */
const RECIPE = 1;

/**
 * A Debian as this machine's own, with systemd and little else, as a tar archive; gives its path. It is
 * made of this machine's mirror, and kept for the next time.
 */
export async function debianArchive(): Promise<string> {
  const suite = /^VERSION_CODENAME=(\w+)$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1];
  const sources = SOURCES.find((path) => existsSync(path));
  if (suite === undefined || sources === undefined)
    throw new Error(`not a Debian: none of ${SOURCES.join(', ')}, or no codename in os-release`);
  const recipe = JSON.stringify([RECIPE, suite, readFileSync(sources, 'utf8'), PACKAGES]);
  const hash = createHash('sha256').update(recipe).digest('hex').slice(0, 12);
  const cache = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  const archive = join(cache, 'hypervigil', `rootfs-${hash}.tar`);
  if (existsSync(archive)) return archive;
  mkdirSync(dirname(archive), { recursive: true });
  await installMissing({ mmdebstrap: MMDEBSTRAP });
  const work = `${archive}.${randomUUID()}`;
  try {
    await bootstrap(suite, sources, work);
    renameSync(`${work}.tar`, archive);
  } finally {
    for (const extension of ['tar', 'conf']) rmSync(`${work}.${extension}`, { force: true });
  }
  return archive;
}

async function bootstrap(suite: string, sources: string, work: string): Promise<void> {
  // How to reach the mirror is this machine's business: a proxy, dates that are not checked.
  const { stdout } = await run('apt-config', ['dump']);
  const acquire = stdout.split('\n').filter((line) => line.startsWith('Acquire::'));
  writeFileSync(`${work}.conf`, acquire.join('\n'));
  await run(
    MMDEBSTRAP,
    [
      ...['--mode=root', '--variant=minbase', '--quiet'],
      ...[`--include=${PACKAGES.join(',')}`, `--aptopt=${work}.conf`],
      // What is installed later brings its own; nobody reads these.
      ...['--dpkgopt=path-exclude=/usr/share/doc/*', '--dpkgopt=path-exclude=/usr/share/man/*'],
      ...['--dpkgopt=path-exclude=/usr/share/locale/*'],
      ...[suite, `${work}.tar`, sources],
    ],
    { maxBuffer: 64 << 20 },
  );
}
