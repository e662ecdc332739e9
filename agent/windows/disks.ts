import type { Collector } from '../collectors/collector.ts';
import { Measurements } from '../collectors/measurements.ts';
import { cimClass, cimNumber, cimText, type RowOf } from './cim.ts';
import { countPerSecond, meanSeconds, precisionPercent, TICK_CLOCK } from './counters.ts';
import type { PowerShell } from './powershell.ts';
import { rowsOf } from './read-rows.ts';

const DISKS = cimClass(
  'Win32_PerfRawData_PerfDisk_PhysicalDisk',
  {
    ...TICK_CLOCK,
    Name: cimText,
    /** PERF_COUNTER_COUNTER. */
    DiskReadsPersec: cimNumber,
    DiskWritesPersec: cimNumber,
    /** PERF_COUNTER_BULK_COUNT. */
    DiskReadBytesPersec: cimNumber,
    DiskWriteBytesPersec: cimNumber,
    /** PERF_PRECISION_100NS_TIMER: time with no request outstanding, beside its clock. */
    PercentIdleTime: cimNumber,
    PercentIdleTime_Base: cimNumber,
    /** Time that all reads (writes) together took, 100 ns. */
    PercentDiskReadTime: cimNumber,
    PercentDiskWriteTime: cimNumber,
  },
  { where: "Name<>'_Total'" },
);

type DiskRow = RowOf<typeof DISKS>;

/**
 * Physical disks, by the names that the Performance Monitor gives them: number and drive letters,
 * `0 C:`. A volume striped over several disks is the disks it is on.
 */
export function createWindowsDiskCollector(powerShell: PowerShell): Collector {
  let before: ReadonlyMap<string, DiskRow> = new Map();
  return {
    name: 'disk',
    async check() {
      const names = [...(await readDisks(powerShell)).keys()];
      if (names.length === 0) return { status: 'absent', sees: 'no physical disks' };
      return { status: 'ok', sees: `${names.length} physical disks: ${names.join(', ')}` };
    },
    async collect() {
      const now = await readDisks(powerShell);
      const out = new Measurements();
      for (const [device, disk] of now) addDisk(out, { device }, before.get(device), disk);
      before = now;
      return out.list;
    },
  };
}

async function readDisks(powerShell: PowerShell): Promise<ReadonlyMap<string, DiskRow>> {
  const rows = await rowsOf(powerShell, DISKS);
  return new Map(rows.flatMap((row) => (row.Name === undefined ? [] : [[row.Name, row]])));
}

function addDisk(
  out: Measurements,
  labels: { readonly device: string },
  before: DiskRow | undefined,
  now: DiskRow,
): void {
  const rate = (x0: number | undefined, x1: number | undefined) =>
    countPerSecond(before, now, x0, x1);
  const reads = [before?.DiskReadsPersec, now.DiskReadsPersec] as const;
  const writes = [before?.DiskWritesPersec, now.DiskWritesPersec] as const;
  const readBytes = rate(before?.DiskReadBytesPersec, now.DiskReadBytesPersec);
  const writeBytes = rate(before?.DiskWriteBytesPersec, now.DiskWriteBytesPersec);
  const idle = precisionPercent(
    before?.PercentIdleTime,
    now.PercentIdleTime,
    before?.PercentIdleTime_Base,
    now.PercentIdleTime_Base,
  );
  const readTime = [before?.PercentDiskReadTime, now.PercentDiskReadTime] as const;
  const writeTime = [before?.PercentDiskWriteTime, now.PercentDiskWriteTime] as const;
  out.add('host_disk_read_operations_per_second', rate(...reads), labels);
  out.add('host_disk_write_operations_per_second', rate(...writes), labels);
  out.add('host_disk_read_bytes_per_second', readBytes, labels);
  out.add('host_disk_write_bytes_per_second', writeBytes, labels);
  out.add('host_disk_busy_percent', idle === undefined ? undefined : 100 - idle, labels);
  out.add('host_disk_read_latency_seconds', meanSeconds(readTime, reads), labels);
  out.add('host_disk_write_latency_seconds', meanSeconds(writeTime, writes), labels);
}
