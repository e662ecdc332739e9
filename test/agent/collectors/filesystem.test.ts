import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  createFilesystemCollector,
  type FilesystemStats,
} from '../../../agent/collectors/filesystem.ts';
import { readMounts } from '../../../agent/proc/mounts.ts';
import { collect, fixtureHost } from '../fixture-host.ts';

const STATS: FilesystemStats = {
  bsize: 4096,
  frsize: 1024,
  blocks: 1000,
  bfree: 400,
  bavail: 200,
  files: 100,
  ffree: 75,
};

describe('mounts', () => {
  it('are the ones that can fill up, each once', () => {
    const { files } = fixtureHost('proxmox-8');
    expect(readMounts(files).map(({ mountpoint, fstype }) => `${mountpoint} ${fstype}`)).toEqual([
      '/ ext4',
      '/boot/efi vfat',
      '/rpool/data zfs',
      '/tank zfs',
      '/mnt/backup disk xfs',
      '/mnt/pve/nas nfs4',
      '/tmp tmpfs',
    ]);
    const read = readMounts(fixtureHost('debian-12').files);
    expect(read.map(({ mountpoint }) => mountpoint)).toEqual(['/']);
  });
});

describe('the filesystem collector', () => {
  it('shows use as df does: reserved blocks are no use, and not available', async () => {
    const { files } = fixtureHost('rhel-6');
    const numbers = await collect(createFilesystemCollector(files, async () => STATS));
    expect(numbers).toEqual({
      'host_filesystem_usage_percent{/,ext4}': 75,
      'host_filesystem_size_bytes{/,ext4}': 1_024_000,
      'host_filesystem_available_bytes{/,ext4}': 204_800,
      'host_filesystem_inodes_usage_percent{/,ext4}': 25,
      'host_filesystem_read_only{/,ext4}': 0,
    });
  });

  it('tells no inodes where a filesystem has no fixed number, and which are read-only', async () => {
    const { files } = fixtureHost('proxmox-8');
    const statfs = async () => ({ ...STATS, files: 0, ffree: 0 });
    const numbers = await collect(createFilesystemCollector(files, statfs));
    expect(Object.keys(numbers).some((name) => name.includes('inodes'))).toBe(false);
    expect(numbers['host_filesystem_read_only{/mnt/backup disk,xfs}']).toBe(1);
  });

  it('is not held up by a server that hangs, nor asks it again before it answered', async () => {
    const host = fixtureHost('proxmox-8');
    const nas = join(host.rootDir, '/mnt/pve/nas');
    const asked: string[] = [];
    let answer: (stats: FilesystemStats) => void = () => {};
    const statfs = (path: string) => {
      asked.push(path);
      if (path !== nas) return Promise.resolve(STATS);
      return new Promise<FilesystemStats>((resolve) => {
        answer = resolve;
      });
    };
    const filesystems = createFilesystemCollector(host.files, statfs, 20);
    const nasSize = 'host_filesystem_size_bytes{/mnt/pve/nas,nfs4}';
    const rootSize = 'host_filesystem_size_bytes{/,ext4}';
    for (let i = 0; i < 3; i += 1) {
      const numbers = await collect(filesystems);
      expect(numbers).toHaveProperty([rootSize], 1_024_000);
      expect(numbers).not.toHaveProperty([nasSize]);
    }
    expect(asked.filter((path) => path === nas)).toHaveLength(1);
    const { status, mend } = await filesystems.check();
    expect(status).toBe('trouble');
    expect(mend).toContain('/mnt/pve/nas');
    answer(STATS);
    await Promise.resolve();
    const again = collect(filesystems);
    answer(STATS);
    expect(await again).toHaveProperty([nasSize], 1_024_000);
  });

  it('never has more than two calls on servers under way, however many hang', async () => {
    const host = fixtureHost('proxmox-8');
    const mounts = Array.from({ length: 5 }, (_, i) => `nas:/${i} /mnt/${i} nfs4 rw 0 0\n`);
    host.write('proc/1/mounts', `/dev/sda1 / ext4 rw 0 0\n${mounts.join('')}`);
    let hanging = 0;
    const statfs = (path: string) => {
      if (path === join(host.rootDir, '/')) return Promise.resolve(STATS);
      hanging += 1;
      return new Promise<FilesystemStats>(() => {});
    };
    const filesystems = createFilesystemCollector(host.files, statfs, 20);
    for (let i = 0; i < 3; i += 1) {
      expect(await collect(filesystems)).toHaveProperty(['host_filesystem_size_bytes{/,ext4}']);
    }
    expect(hanging).toBe(2);
  });
});
