import { describe, expect, it } from 'vitest';
import { createDiskCollector } from '../../../agent/collectors/disk.ts';
import { collect, type FixtureHost, fixtureHost } from '../fixture-host.ts';

const SDA = '   8       0 sda 100 0 8000 50 200 0 16000 400 0 300 450 0 0 0 0 0 0';
const SDB = '   8      16 sdb 100 0 8000 50 200 0 16000 400 0 300 450 0 0 0 0 0 0';

function disksOf(host: FixtureHost) {
  return createDiskCollector(host.files, host.monotonicMs);
}

function devicesIn(numbers: Readonly<Record<string, number>>): readonly string[] {
  return [...new Set(Object.keys(numbers).map((name) => name.replace(/^.*\{|\}$/g, '')))];
}

describe('the disk collector', () => {
  it('gives rates, latencies and how busy a disk was', async () => {
    const host = fixtureHost('proxmox-8');
    const disks = disksOf(host);
    expect(await collect(disks)).toEqual({});
    host.advance(10_000);
    // 50 reads of 20 KiB in 25 ms, 100 writes of 4 KiB in 1 s, 2.5 s busy.
    host.edit(
      'proc/diskstats',
      SDA,
      SDA.replace('100 0 8000 50', '150 0 10000 75').replace(
        '200 0 16000 400 0 300',
        '300 0 16800 1400 0 2800',
      ),
    );
    expect(await collect(disks)).toMatchObject({
      'host_disk_read_operations_per_second{sda}': 5,
      'host_disk_write_operations_per_second{sda}': 10,
      'host_disk_read_bytes_per_second{sda}': 102_400,
      'host_disk_write_bytes_per_second{sda}': 40_960,
      'host_disk_busy_percent{sda}': 25,
      'host_disk_read_latency_seconds{sda}': 0.0005,
      'host_disk_write_latency_seconds{sda}': 0.01,
    });
  });

  it('counts each disk once: no partitions, volumes, pools, loops or drives for discs', async () => {
    const host = fixtureHost('proxmox-8');
    const disks = disksOf(host);
    await collect(disks);
    host.advance(10_000);
    expect(devicesIn(await collect(disks))).toEqual(['nvme0n1', 'sda', 'sdb', 'cciss/c0d0']);
    expect((await disks.check()).sees).toBe('4 disks: nvme0n1, sda, sdb, cciss/c0d0');
  });

  it('has no latency for a disk that did nothing, and 0 for its rates', async () => {
    const host = fixtureHost('debian-12');
    const disks = disksOf(host);
    await collect(disks);
    host.advance(10_000);
    expect(await collect(disks)).toEqual({
      'host_disk_read_operations_per_second{vda}': 0,
      'host_disk_write_operations_per_second{vda}': 0,
      'host_disk_read_bytes_per_second{vda}': 0,
      'host_disk_write_bytes_per_second{vda}': 0,
      'host_disk_busy_percent{vda}': 0,
    });
  });

  it('drops a disk that is pulled, and begins anew with one that is plugged in under its name', async () => {
    const host = fixtureHost('proxmox-8');
    const disks = disksOf(host);
    const devices = async () => {
      host.advance(10_000);
      return devicesIn(await collect(disks));
    };
    await devices();
    host.edit('proc/diskstats', `${SDB}\n`, '');
    host.remove('sys/block/sdb');
    expect(await devices()).not.toContain('sdb');
    host.edit(
      'proc/diskstats',
      `${SDA}\n`,
      `${SDA}\n${SDB.replace('100 0 8000', '9000 0 720000')}\n`,
    );
    host.write('sys/block/sdb', '');
    expect(await devices()).not.toContain('sdb');
    expect(await devices()).toContain('sdb');
  });

  it('gives nothing for a counter that wrapped, and the others as ever', async () => {
    const host = fixtureHost('proxmox-8');
    const disks = disksOf(host);
    await collect(disks);
    host.advance(10_000);
    host.edit('proc/diskstats', SDA, SDA.replace('0 300 450', '0 20 450'));
    const numbers = await collect(disks);
    expect(numbers).not.toHaveProperty('host_disk_busy_percent{sda}');
    expect(numbers).toHaveProperty('host_disk_write_operations_per_second{sda}', 0);
  });

  it('leaves out the line where the file is cut', async () => {
    const host = fixtureHost('proxmox-8');
    const disks = disksOf(host);
    await collect(disks);
    host.advance(10_000);
    host.write('proc/diskstats', `${SDA}\n${SDB.slice(0, 40)}`);
    expect(devicesIn(await collect(disks))).toEqual(['sda']);
  });

  it('reads the shorter lines of an old kernel', async () => {
    const host = fixtureHost('rhel-6');
    const disks = disksOf(host);
    await collect(disks);
    host.advance(10_000);
    expect(devicesIn(await collect(disks))).toEqual(['sda']);
  });
});
