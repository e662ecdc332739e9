import { describe, expect, it } from 'vitest';
import { readAheadOfMount } from '../../../agent/service-limits/read-ahead.ts';

/** Of a RHEL 9 with LVM below XFS, as tuned's throughput-performance leaves it. */
const LVM = {
  mountinfo: `22 61 0:21 / /proc rw,nosuid,nodev,noexec,relatime shared:14 - proc proc rw
23 61 0:22 / /sys rw,nosuid,nodev,noexec,relatime shared:2 - sysfs sysfs rw,seclabel
61 1 253:0 / / rw,relatime shared:1 - xfs /dev/mapper/rhel-root rw,seclabel,attr2,inode64,noquota
96 61 253:2 / /opt rw,relatime shared:47 - xfs /dev/mapper/rhel-opt rw,seclabel,attr2,inode64,noquota
99 61 8:1 / /boot rw,relatime shared:49 - xfs /dev/sda1 rw,seclabel,attr2,inode64,noquota
`,
  disks: { '8:0': '4096\n', '253:0': '4096\n', '253:1': '4096\n', '253:2': '128\n' },
  // /sys/dev/block/8:1 leads to .../block/sda/sda1.
  partitions: { '8:1': '4096\n' },
};

/** A disk without partitions, a folder of it that is mounted elsewhere, and an image. */
const PLAIN = {
  mountinfo: `27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard
40 27 254:0 /srv/opt /opt rw,relatime - ext4 /dev/vda rw,discard
41 27 7:0 / /mnt/with\\040blank ro,relatime - ext4 /dev/loop0 ro
4 27 0:5 / /dev rw,nosuid shared:9 - devtmpfs devtmpfs rw,size=4096k
`,
  disks: { '253:0': '128\n', '254:0': '8192\n', '7:0': '128\n' },
};

/** Docker's, a live system's root, and what has no disk that the kernel would name. */
const OTHERS = {
  mountinfo: `712 615 0:52 / / rw,relatime - overlay overlay rw,lowerdir=/var/lib/docker/overlay2/l/X,upperdir=/var/lib/docker/overlay2/a/diff,workdir=/var/lib/docker/overlay2/a/work
25 1 0:23 /root / rw,relatime shared:1 - btrfs /dev/nvme0n1p3 rw,seclabel,compress=zstd:1,ssd,subvol=/root
31 25 0:27 / /tank rw,xattr,noacl shared:8 - zfs tank rw,xattr,noacl
32 25 0:33 / /dev/shm rw,nosuid,nodev shared:3 - tmpfs tmpfs rw
90 25 0:61 / /mnt/opt rw,relatime shared:80 - nfs4 files:/opt rw,vers=4.2
`,
  disks: { '259:0': '128\n', 'btrfs-1': '4096\n', 'zfs-1': '0\n', '0:61': '128\n' },
};

interface Host {
  readonly mountinfo: string;
  readonly disks: Readonly<Record<string, string>>;
  readonly partitions?: Readonly<Record<string, string>>;
}

function readAhead({ mountinfo, disks, partitions = {} }: Host, mountId: string) {
  const sys: Record<string, string> = {};
  for (const [device, kib] of Object.entries(disks))
    sys[`/sys/class/bdi/${device}/read_ahead_kb`] = kib;
  for (const [device, kib] of Object.entries(partitions))
    sys[`/sys/dev/block/${device}/../queue/read_ahead_kb`] = kib;
  return readAheadOfMount(mountinfo, mountId, (path) => sys[path]);
}

describe('how far the kernel reads ahead in a file', () => {
  it.each([
    ['of a logical volume: its own, not the disk’s', LVM, '96', 128],
    ['of another volume of that disk', LVM, '61', 4096],
    ['of a partition: its disk’s', LVM, '99', 4096],
    ['of a plain disk', PLAIN, '27', 8192],
    ['of a folder that is mounted elsewhere', PLAIN, '40', 8192],
    ['of an image', PLAIN, '41', 128],
    ['on btrfs, whatever its disks do', OTHERS, '25', 4096],
    ['of a file server', OTHERS, '90', 128],
  ] as const)('is told %s', (_, host, id, kib) => {
    expect(readAhead(host, id)).toBe(kib);
  });

  it.each([
    ['in layers', OTHERS, '712'],
    ['on ZFS', OTHERS, '31'],
    ['in memory', OTHERS, '32'],
    ['of a mount that is not listed', PLAIN, '2'],
    ['where nothing is listed', { mountinfo: '', disks: {} }, '27'],
    ['of a disk that says no number', { ...PLAIN, disks: { '254:0': 'x\n' } }, '27'],
  ] as const)('is not known %s', (_, host, id) => {
    expect(readAhead(host, id)).toBeUndefined();
  });
});
