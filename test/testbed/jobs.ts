import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { type FileHandle, open, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { TESTBED_DIR, virsh } from './testbed.ts';

/*
 * Jobs of libvirt that last as long as a test wants, though the guests are tiny.
 */

const fileOf = (vm: string, what: string) => join(TESTBED_DIR, 'vms', `${vm}.${what}`);

/** Begins a backup that lasts until `endBackup`: one that a backup program pulls. */
export async function beginBackup(vm: string): Promise<void> {
  const xml = `<domainbackup mode='pull'>
  <server transport='unix' socket='${fileOf(vm, 'nbd')}'/>
  <disks><disk name='vda' type='file' backup='yes'><scratch file='${fileOf(vm, 'scratch')}'/></disk></disks>
</domainbackup>`;
  const path = fileOf(vm, 'backup.xml');
  await writeFile(path, xml);
  await virsh('backup-begin', vm, path);
}

export async function endBackup(vm: string): Promise<void> {
  await virsh('domjobabort', vm);
  await rm(fileOf(vm, 'scratch'), { force: true });
}

/**
 * Takes a snapshot with the guest's memory, written to storage so slow that it takes this long at
 * least. `live` leaves the guest running meanwhile.
 */
export async function slowSnapshot(vm: string, lastsMs: number, live: boolean): Promise<void> {
  const pipe = fileOf(vm, 'memory');
  await rm(pipe, { force: true });
  await promisify(execFile)('mkfifo', [pipe]);
  // Open for both: libvirtd would wait for a reader with the VM's lock held, and block all questions.
  const end = await open(pipe, constants.O_RDWR | constants.O_NONBLOCK);
  try {
    const taken = snapshot(
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
export async function diskSnapshot(vm: string): Promise<void> {
  await snapshot(vm, '--disk-only');
}

async function snapshot(vm: string, ...how: readonly string[]): Promise<void> {
  const disk = `--diskspec=vda,snapshot=external,file=${fileOf(vm, 'overlay')}`;
  await virsh('snapshot-create-as', vm, 'test', disk, '--no-metadata', ...how);
}

/** Makes the disk one file again, as a backup program does after a snapshot: a block job. */
export async function commitSnapshot(vm: string): Promise<void> {
  await virsh('blockcommit', vm, 'vda', '--active', '--pivot', '--wait');
  await rm(fileOf(vm, 'overlay'), { force: true });
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
