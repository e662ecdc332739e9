import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { type FileHandle, open, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { TestHost } from './test-host.ts';

/*
 * Jobs of libvirt that last as long as a test wants, though the guests are tiny.
 */

/** Where a host's VMs are. */
type Host = Pick<TestHost, 'vmsDir' | 'virsh'>;

const fileOf = (host: Host, vm: string, what: string) => join(host.vmsDir, `${vm}.${what}`);

/** Begins a backup that lasts until `endBackup`: one that a backup program pulls. */
export async function beginBackup(host: Host, vm: string): Promise<void> {
  const xml = `<domainbackup mode='pull'>
  <server transport='unix' socket='${fileOf(host, vm, 'nbd')}'/>
  <disks><disk name='vda' type='file' backup='yes'><scratch file='${fileOf(host, vm, 'scratch')}'/></disk></disks>
</domainbackup>`;
  const path = fileOf(host, vm, 'backup.xml');
  await writeFile(path, xml);
  await host.virsh('backup-begin', vm, path);
}

export async function endBackup(host: Host, vm: string): Promise<void> {
  await host.virsh('domjobabort', vm);
  await rm(fileOf(host, vm, 'scratch'), { force: true });
}

/**
 * Takes a snapshot with the guest's memory, written to storage so slow that it takes this long at
 * least. `live` leaves the guest running meanwhile.
 */
export async function slowSnapshot(
  host: Host,
  vm: string,
  lastsMs: number,
  live: boolean,
): Promise<void> {
  const pipe = fileOf(host, vm, 'memory');
  await rm(pipe, { force: true });
  await promisify(execFile)('mkfifo', [pipe]);
  // Open for both: libvirtd would wait for a reader with the VM's lock held, and block all questions.
  const end = await open(pipe, constants.O_RDWR | constants.O_NONBLOCK);
  try {
    const taken = snapshot(
      host,
      vm,
      `--memspec=file=${pipe},snapshot=external`,
      ...(live ? ['--live'] : []),
    );
    let isOver = false;
    const over = taken.finally(() => {
      isOver = true;
    });
    await Promise.race([over, sleep(lastsMs)]);
    while (!isOver) await drain(end);
    await over;
  } finally {
    await end.close();
    await rm(pipe);
  }
}

/** Takes a snapshot of the disk alone. */
export async function diskSnapshot(host: Host, vm: string): Promise<void> {
  await snapshot(host, vm, '--disk-only');
}

async function snapshot(host: Host, vm: string, ...how: readonly string[]): Promise<void> {
  const disk = `--diskspec=vda,snapshot=external,file=${fileOf(host, vm, 'overlay')}`;
  await host.virsh('snapshot-create-as', vm, 'test', disk, '--no-metadata', ...how);
}

/** Makes the disk one file again, as a backup program does after a snapshot: a block job. */
export async function commitSnapshot(host: Host, vm: string): Promise<void> {
  await host.virsh('blockcommit', vm, 'vda', '--active', '--pivot', '--wait');
  await rm(fileOf(host, vm, 'overlay'), { force: true });
}

/** Takes what is in the pipe, or waits a little where there is nothing. */
async function drain(pipe: FileHandle): Promise<void> {
  try {
    await pipe.read(Buffer.alloc(64 << 10));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error;
    await sleep(5);
  }
}
