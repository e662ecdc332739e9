import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { busyboxArchive, installMissing } from './debian.ts';

const run = promisify(execFile);
const DOCKER = '/usr/bin/docker';
const DOCKERD = '/usr/sbin/dockerd';
const IMAGE = 'hypervigil/busybox:1';

/** A Docker daemon of its own, without any network, with one image that is only busybox. */
export interface Docker {
  readonly socketPath: string;
  /** Runs `docker` with these arguments; gives what it prints. */
  docker(...args: readonly string[]): Promise<string>;
  /** Starts a container of the image; gives its id. `options` are those of `docker run`. */
  start(name: string, options: readonly string[], ...command: readonly string[]): Promise<string>;
  close(): Promise<void>;
}

export async function createDocker(): Promise<Docker> {
  await installMissing({ 'docker.io': DOCKERD });
  const folder = mkdtempSync(join(tmpdir(), 'hypervigil-docker-'));
  const socketPath = join(folder, 'docker.sock');
  const docker = async (...args: readonly string[]) =>
    (await run(DOCKER, ['--host', `unix://${socketPath}`, ...args])).stdout.trim();
  const daemon = spawn(
    DOCKERD,
    [
      ...['--data-root', join(folder, 'data'), '--exec-root', join(folder, 'exec')],
      ...['--host', `unix://${socketPath}`, '--pidfile', join(folder, 'pid')],
      ...['--storage-driver', 'vfs', '--bridge', 'none'],
      ...['--iptables=false', '--ip6tables=false'],
    ],
    { stdio: 'ignore' },
  );
  const ended = once(daemon, 'exit');
  while (!existsSync(socketPath) && daemon.exitCode === null) await sleep(50);
  await docker('import', await busyboxArchive(folder), IMAGE);
  return {
    socketPath,
    docker,
    start: (name, options, ...command) =>
      docker(
        ...['run', '--detach', '--name', name, '--network', 'none'],
        // A sandbox may not let the limits of the default be raised.
        ...['--ulimit', 'nofile=1024:1024', ...options, IMAGE, ...command],
      ),
    async close() {
      const all = await docker('ps', '--all', '--quiet');
      if (all !== '') await docker('rm', '--force', ...all.split('\n'));
      daemon.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
