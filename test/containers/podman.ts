import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { busyboxArchive, installMissing } from './debian.ts';

const run = promisify(execFile);

const PODMAN = '/usr/bin/podman';

/** What the tests need of Debian; runc also takes hosts whose control groups are part v1, part v2. */
const PROGRAMS: Readonly<Record<string, string>> = {
  podman: PODMAN,
  runc: '/usr/sbin/runc',
};

export const IMAGE = 'localhost/hypervigil/busybox:1';

/** A Podman of its own, with its API on a socket and one image that is only busybox. */
export interface Podman {
  readonly socketPath: string;
  /** Runs `podman` with these arguments; gives what it prints. */
  podman(...args: readonly string[]): Promise<string>;
  /** Starts a container of the image; gives its id. `options` are those of `podman run`. */
  start(name: string, options: readonly string[], ...command: readonly string[]): Promise<string>;
  stopService(): Promise<void>;
  startService(): Promise<void>;
  close(): Promise<void>;
}

/** Installs what is missing, makes the image and serves the API. */
export async function createPodman(): Promise<Podman> {
  await installMissing(PROGRAMS);
  const folder = mkdtempSync(join(tmpdir(), 'hypervigil-podman-'));
  const socketPath = join(folder, 'podman.sock');
  const options = [
    ...['--root', join(folder, 'storage'), '--runroot', join(folder, 'run')],
    ...['--tmpdir', join(folder, 'tmp'), '--storage-driver', 'vfs'],
    ...['--cgroup-manager', 'cgroupfs', '--events-backend', 'file', '--runtime', 'runc'],
  ];
  const podman = async (...args: readonly string[]) =>
    // In a folder of its own: conmon leaves files in the one it is started in.
    (await run(PODMAN, [...options, ...args], { cwd: folder })).stdout.trim();
  let service: ChildProcess | undefined;

  async function startService(): Promise<void> {
    rmSync(socketPath, { force: true });
    const args = [...options, 'system', 'service', '--time', '0', `unix://${socketPath}`];
    service = spawn(PODMAN, args, { stdio: 'ignore', cwd: folder });
    while (!existsSync(socketPath)) await sleep(20);
  }

  async function stopService(): Promise<void> {
    if (service === undefined) return;
    const ended = new Promise((resolve) => service?.once('exit', resolve));
    service.kill('SIGKILL');
    await ended;
    service = undefined;
  }

  await podman('import', await busyboxArchive(folder), IMAGE);
  await startService();
  return {
    socketPath,
    podman,
    stopService,
    startService,
    start: (name, runOptions, ...command) =>
      podman(
        ...['run', '--detach', '--name', name, '--network', 'none'],
        // A sandbox may not let the limits of the default be raised.
        ...['--ulimit', 'nofile=1024:1024', '--ulimit', 'nproc=1000:1000'],
        ...[...runOptions, IMAGE, ...command],
      ),
    async close() {
      await podman('rm', '--all', '--force', '--time', '0');
      await stopService();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
