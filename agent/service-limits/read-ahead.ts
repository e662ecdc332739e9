import { closeSync, openSync, readFileSync } from 'node:fs';

/**
 * How far the kernel reads ahead, in KiB, in a file of the mount with this id; `undefined` where that
 * is not told: layers (overlay), ZFS and memory have no device whose number leads to it. Of stacked
 * devices (LVM, RAID, encryption) the uppermost counts, which is the one that is mounted; a partition
 * has what its disk has. Source: sysfs-class-bdi and sysfs-block of Linux' Documentation/ABI.
 *
 * @param mountinfo Source: proc_pid_mountinfo(5)
 * @param read the text of a file in /sys; `undefined` where it is not there
 */
export function readAheadOfMount(
  mountinfo: string,
  mountId: string,
  read: (path: string) => string | undefined,
): number | undefined {
  const line = mountinfo.split('\n').find((each) => each.startsWith(`${mountId} `));
  if (line === undefined) return undefined;
  if (/ - btrfs /.test(line)) return BTRFS_KIB;
  const [, , device = ''] = line.split(' ');
  const text =
    read(`/sys/class/bdi/${device}/read_ahead_kb`) ??
    read(`/sys/dev/block/${device}/../queue/read_ahead_kb`);
  const kib = text?.trim() ?? '';
  return /^\d+$/.test(kib) ? Number(kib) : undefined;
}

/** Whatever its disks do, and its device is an invented one. Source: Linux, open_ctree of fs/btrfs/disk-io.c. */
const BTRFS_KIB = 4096;

/** The same of the program that runs: KiB, or `undefined` where it can't be found out. Linux only. */
export function readAheadOfProgram(): number | undefined {
  try {
    const mountId = mountIdOf(process.execPath);
    if (mountId === undefined) return undefined;
    return readAheadOfMount(readFileSync('/proc/self/mountinfo', 'utf8'), mountId, readIfThere);
  } catch {
    // What /proc hides can't be known.
    return undefined;
  }
}

/** Links are followed, and of mounts that hide each other it is the right one: the kernel says it. */
function mountIdOf(path: string): string | undefined {
  const fd = openSync(path, 'r');
  try {
    return /^mnt_id:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1];
  } finally {
    closeSync(fd);
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
