import type { ByteCursor } from '../proc/byte-cursor.ts';
import type { HostFiles } from '../proc/host-files.ts';
import type { Collector } from './collector.ts';
import { growth, Measurements, perSecond, quotient, timeShare } from './measurements.ts';

/** The kernel counts in sectors of this size, whatever the disk's own are. */
const SECTOR_BYTES = 512;

/**
 * Memory, not disks (ram, zram); files shown as disks (loop) and volumes carved from a pool whose
 * disks are counted (zd), both hundreds on some hosts; removable drives; the single paths of a
 * multipath NVMe disk.
 */
const NOT_A_DISK = /^(loop|ram|zram|zd|fd|sr)\d+$|^nvme\d+c\d+n\d+$/;

/** Counters of one disk since boot. Source: docs.kernel.org/admin-guide/iostats.html. */
interface DiskReading {
  readonly reads: number;
  readonly sectorsRead: number;
  readonly readingMs: number;
  readonly writes: number;
  readonly sectorsWritten: number;
  readonly writingMs: number;
  readonly busyMs: number;
}

/** What is kept of a device between readings. */
interface Device {
  readonly wanted: boolean;
  readonly labels: { readonly device: string };
  last: DiskReading | undefined;
}

/**
 * Whole disks, from /proc/diskstats. A device made of others (LVM, RAID, multipath, encryption) is
 * left out, since its parts carry the same requests; partitions likewise.
 */
export function createDiskCollector(files: HostFiles, monotonicMs: () => number): Collector {
  const devices = new Map<string, Device>();
  let lastMs = 0;
  return {
    name: 'disk',
    async check() {
      const names = [...readDiskstats(files).keys()].filter((name) => isWholeDisk(files, name));
      if (names.length === 0)
        return { status: 'absent', sees: 'no whole disks in /proc/diskstats' };
      return {
        status: 'ok',
        sees: `${names.length} disk${names.length === 1 ? '' : 's'}: ${names.join(', ')}`,
      };
    },
    async collect() {
      const readings = readDiskstats(files);
      const nowMs = monotonicMs();
      const out = new Measurements();
      for (const [name, reading] of readings) {
        const device = devices.get(name) ?? {
          wanted: isWholeDisk(files, name),
          labels: { device: name },
          last: undefined,
        };
        devices.set(name, device);
        if (!device.wanted) continue;
        if (device.last !== undefined) {
          addDisk(out, device.labels, device.last, reading, nowMs - lastMs);
        }
        device.last = reading;
      }
      lastMs = nowMs;
      // Another disk may get the name of one that was pulled.
      for (const name of devices.keys()) if (!readings.has(name)) devices.delete(name);
      return out.list;
    },
  };
}

function addDisk(
  out: Measurements,
  labels: { readonly device: string },
  before: DiskReading,
  now: DiskReading,
  elapsedMs: number,
): void {
  const sectorsRead = perSecond(before.sectorsRead, now.sectorsRead, elapsedMs);
  const sectorsWritten = perSecond(before.sectorsWritten, now.sectorsWritten, elapsedMs);
  const reads = growth(before.reads, now.reads);
  const writes = growth(before.writes, now.writes);
  const seconds = elapsedMs / 1000;
  const readSeconds = quotient(growth(before.readingMs, now.readingMs), 1000);
  const writeSeconds = quotient(growth(before.writingMs, now.writingMs), 1000);
  out.add('host_disk_read_operations_per_second', quotient(reads, seconds), labels);
  out.add('host_disk_write_operations_per_second', quotient(writes, seconds), labels);
  out.add('host_disk_read_bytes_per_second', inBytes(sectorsRead), labels);
  out.add('host_disk_write_bytes_per_second', inBytes(sectorsWritten), labels);
  out.add(
    'host_disk_busy_percent',
    timeShare(growth(before.busyMs, now.busyMs), elapsedMs),
    labels,
  );
  out.add('host_disk_read_latency_seconds', quotient(readSeconds, reads), labels);
  out.add('host_disk_write_latency_seconds', quotient(writeSeconds, writes), labels);
}

function inBytes(sectors: number | undefined): number | undefined {
  return sectors === undefined ? undefined : sectors * SECTOR_BYTES;
}

/** Every device with a whole line of counters; none where the kernel keeps no such file. */
function readDiskstats(files: HostFiles): ReadonlyMap<string, DiskReading> {
  const readings = new Map<string, DiskReading>();
  const cursor = files.readIfThere('/proc/diskstats');
  if (cursor === undefined || cursor.done) return readings;
  do {
    cursor.skipWords(2);
    const name = cursor.word();
    const reading = parseCounters(cursor);
    if (!Number.isNaN(reading.busyMs)) readings.set(name, reading);
  } while (cursor.nextLine());
  return readings;
}

function parseCounters(cursor: ByteCursor): DiskReading {
  const reads = cursor.number();
  cursor.skipWords(1); // merged
  const sectorsRead = cursor.number();
  const readingMs = cursor.number();
  const writes = cursor.number();
  cursor.skipWords(1); // merged
  const sectorsWritten = cursor.number();
  const writingMs = cursor.number();
  cursor.skipWords(1); // in flight now
  const busyMs = cursor.number();
  return { reads, sectorsRead, readingMs, writes, sectorsWritten, writingMs, busyMs };
}

function isWholeDisk(files: HostFiles, name: string): boolean {
  if (NOT_A_DISK.test(name)) return false;
  // A slash in a device's name (cciss/c0d0) is a "!" in /sys.
  const path = `/sys/block/${name.replaceAll('/', '!')}`;
  return files.exists(path) && files.list(`${path}/slaves`).length === 0;
}
