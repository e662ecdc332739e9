import { execFile, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { installMissing } from '../containers/debian.ts';
import { debianArchive } from './debian-root.ts';

const run = promisify(execFile);

const PODMAN = '/usr/bin/podman';
const NAME = 'machine';

/** runc also takes hosts whose control groups are part v1, part v2. */
const PROGRAMS: Readonly<Record<string, string>> = { podman: PODMAN, runc: '/usr/sbin/runc' };

/**
 * Becomes systemd. Where control groups are v1, Podman shows it the ones of this whole machine for
 * processes and lets it write no limits: it shall have its own part of both, and write there.
 */
const BOOT = `
if [ -d /sys/fs/cgroup/systemd ]; then
  umount /sys/fs/cgroup/systemd/release_agent /sys/fs/cgroup/systemd
  for each in /sys/fs/cgroup/*/; do mount -o remount,bind,rw "$each"; done
fi
exec /sbin/init`;

/** In the beginning there is nobody to ask; then it waits until all units are started. */
const UNTIL_UP = `
until systemctl is-system-running --wait; do
  [ "$(systemctl is-system-running)" != degraded ] || { systemctl --failed; exit 1; }
  sleep 0.1
done 2>/dev/null`;

/** What a command came to. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A Debian of its own with systemd as process 1. It shares this machine's network. */
export interface Machine {
  readonly host: string;
  /** Where one of its files is for us; not for what is on a tmpfs of its own, such as /run and /tmp. */
  path(inside: string): string;
  /** Runs a shell command as root. */
  exec(command: string, input?: string): Promise<Ran>;
  /** Gives what the command prints; throws, with all it said, when it fails. */
  run(command: string, input?: string): Promise<string>;
  /** Copies a file or folder of ours into it. */
  copyIn(source: string, inside: string): void;
  /** Ends it as if the power were cut, and removes it. */
  stop(): Promise<void>;
}

/**
 * Boots a machine of that name, and waits until it is up.
 *
 * @param disks folders of ours that are filesystems of their own there, by where they are mounted
 */
export async function startMachine(
  host: string,
  disks: Readonly<Record<string, string>> = {},
): Promise<Machine> {
  await installMissing(PROGRAMS);
  const archive = await debianArchive();
  const folder = mkdtempSync(join(tmpdir(), 'hypervigil-machine-'));
  const root = join(folder, 'root');
  mkdirSync(root);
  await run('tar', ['-C', root, '-xf', archive]);
  const options = [
    ...['--root', join(folder, 'storage'), '--runroot', join(folder, 'run')],
    ...['--tmpdir', join(folder, 'tmp'), '--storage-driver', 'vfs'],
    ...['--cgroup-manager', 'cgroupfs', '--events-backend', 'file', '--runtime', 'runc'],
  ];
  // In a folder of its own: conmon leaves files in the one it is started in.
  const podman = (...args: readonly string[]) =>
    run(PODMAN, [...options, ...args], { cwd: folder, maxBuffer: 64 << 20 });

  async function exec(command: string, input = ''): Promise<Ran> {
    const child = spawn(PODMAN, [...options, 'exec', '--interactive', NAME, 'sh', '-c', command], {
      cwd: folder,
    });
    const exited = new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => resolve(code ?? -1));
    });
    // A command may end without having read all of it.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    const [code, stdout, stderr] = await Promise.all([
      exited,
      text(child.stdout),
      text(child.stderr),
    ]);
    return { code, stdout, stderr };
  }

  const machine: Machine = {
    host,
    path: (inside) => join(root, inside),
    exec,
    async run(command, input) {
      const { code, stdout, stderr } = await exec(command, input);
      if (code !== 0) throw new Error(`${command}: ended with ${code}\n${stdout}\n${stderr}`);
      return stdout.trim();
    },
    copyIn(source, inside) {
      const target = join(root, inside);
      mkdirSync(dirname(target), { recursive: true });
      cpSync(source, target, { recursive: true });
    },
    async stop() {
      await podman('rm', '--all', '--force', '--time', '0');
      rmSync(folder, { recursive: true, force: true });
    },
  };
  try {
    await podman('run', ...runOptions(host, disks), '--rootfs', root, 'sh', '-c', BOOT);
    await machine.run(UNTIL_UP);
  } catch (error) {
    await machine.stop();
    throw error;
  }
  return machine;
}

function runOptions(host: string, disks: Readonly<Record<string, string>>): readonly string[] {
  return [
    ...Object.entries(disks).flatMap(([inside, ours]) => ['--volume', `${ours}:${inside}`]),
    ...['--detach', '--name', NAME, '--systemd', 'always', '--hostname', host],
    ...['--network', 'host', '--cgroupns', 'private'],
    // Services get sandboxes of their own: process 1 needs what it has on a machine. Settings of the
    // kernel (/proc/sys) stay as they are, as it cannot write there.
    ...['--cap-add', 'all', '--security-opt', 'seccomp=unconfined'],
    // A sandbox may not let the limits of the default be raised.
    ...['--ulimit', 'nofile=1024:1024', '--ulimit', 'nproc=1000:1000'],
  ];
}
