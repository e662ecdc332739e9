import type { ByteCursor } from '../proc/byte-cursor.ts';
import type { HostFiles } from '../proc/host-files.ts';
import { type CgroupLayout, cgroupRoot } from './cgroup-paths.ts';

/** What a control group has used; counters are since it was made. `undefined`: not told. */
export interface CgroupUsage {
  readonly cpuSeconds: number | undefined;
  /** CPUs it may use at once; `undefined` without a limit. */
  readonly cpuLimit: number | undefined;
  /** Periods of its CPU limit in which it ran, and those in which it had to wait. */
  readonly cpuPeriods: number | undefined;
  readonly cpuThrottledPeriods: number | undefined;
  /** Without page cache that is not in use. */
  readonly memoryUsedBytes: number | undefined;
  readonly memoryLimitBytes: number | undefined;
  readonly oomKills: number | undefined;
  readonly diskReadBytes: number | undefined;
  readonly diskWriteBytes: number | undefined;
  readonly processes: number | undefined;
  /** When it was read, on a clock that never steps, ms. */
  readonly atMs: number;
}

/** Limits from here on are v1's way to say "none": the largest number of whole pages. */
const NO_LIMIT_BYTES = 2 ** 60;

/** Files read of each group, for giving back their descriptors. */
const FILES_V2 =
  'cpu.stat cpu.max memory.current memory.stat memory.max memory.events io.stat pids.current';
const FILES_V1 =
  'cpuacct/cpuacct.usage cpu/cpu.cfs_quota_us cpu/cpu.cfs_period_us cpu/cpu.stat memory/memory.usage_in_bytes memory/memory.stat memory/memory.limit_in_bytes memory/memory.oom_control blkio/blkio.throttle.io_service_bytes_recursive blkio/blkio.throttle.io_service_bytes pids/pids.current';

/**
 * Reads the numbers of the group at `path`. What a hierarchy without that controller does not tell is
 * `undefined`, and so is everything of a group that is gone.
 * Source: docs.kernel.org/admin-guide/cgroup-v2.html and cgroup-v1/.
 */
export function readCgroupUsage(
  files: HostFiles,
  layout: CgroupLayout,
  path: string,
  atMs: number,
): CgroupUsage {
  const read = (controller: string, name: string) =>
    files.readIfThere(`${cgroupRoot(layout, controller)}${path}/${name}`);
  return layout === 'v2' ? readV2(read, atMs) : readV1(read, atMs);
}

/** Gives back the descriptors of a group's files. */
export function forgetCgroup(files: HostFiles, layout: CgroupLayout, path: string): void {
  for (const name of (layout === 'v2' ? FILES_V2 : FILES_V1).split(' ')) {
    const [controller = '', file = ''] = layout === 'v2' ? ['', name] : name.split('/');
    files.forget(`${cgroupRoot(layout, controller)}${path}/${file}`);
  }
}

type Read = (controller: string, name: string) => ByteCursor | undefined;

function readV2(read: Read, atMs: number): CgroupUsage {
  const [cpuUs, cpuPeriods, cpuThrottledPeriods] = fields(read('cpu', 'cpu.stat'), [
    'usage_usec ',
    'nr_periods ',
    'nr_throttled ',
  ]);
  const max = read('cpu', 'cpu.max');
  // "max 100000" where there is no limit: then there is no number.
  const cpuLimit = max === undefined ? undefined : ratio(present(max.number()), max.number());
  const current = single(read('memory', 'memory.current'));
  const [inactiveFile] = fields(read('memory', 'memory.stat'), ['inactive_file ']);
  const memoryLimitBytes = limitOf(single(read('memory', 'memory.max')));
  const [oomKills] = fields(read('memory', 'memory.events'), ['oom_kill ']);
  const [diskReadBytes, diskWriteBytes] = sumOfIoStat(read('io', 'io.stat'));
  return {
    cpuSeconds: scaled(cpuUs, 1e-6),
    cpuLimit,
    cpuPeriods,
    cpuThrottledPeriods,
    memoryUsedBytes: withoutCache(current, inactiveFile),
    memoryLimitBytes,
    oomKills,
    diskReadBytes,
    diskWriteBytes,
    processes: single(read('pids', 'pids.current')),
    atMs,
  };
}

function readV1(read: Read, atMs: number): CgroupUsage {
  const cpuNs = single(read('cpuacct', 'cpuacct.usage'));
  // "-1" where there is no limit: then there is no number.
  const quotaUs = single(read('cpu', 'cpu.cfs_quota_us'));
  const periodUs = single(read('cpu', 'cpu.cfs_period_us'));
  const [cpuPeriods, cpuThrottledPeriods] = fields(read('cpu', 'cpu.stat'), [
    'nr_periods ',
    'nr_throttled ',
  ]);
  const current = single(read('memory', 'memory.usage_in_bytes'));
  const [inactiveFile] = fields(read('memory', 'memory.stat'), ['total_inactive_file ']);
  const memoryLimitBytes = limitOf(single(read('memory', 'memory.limit_in_bytes')));
  const [oomKills] = fields(read('memory', 'memory.oom_control'), ['oom_kill ']);
  const [diskReadBytes, diskWriteBytes] = sumOfBlkio(
    read('blkio', 'blkio.throttle.io_service_bytes_recursive') ??
      read('blkio', 'blkio.throttle.io_service_bytes'),
  );
  return {
    cpuSeconds: scaled(cpuNs, 1e-9),
    cpuLimit: ratio(quotaUs, periodUs),
    cpuPeriods,
    cpuThrottledPeriods,
    memoryUsedBytes: withoutCache(current, inactiveFile),
    memoryLimitBytes,
    oomKills,
    diskReadBytes,
    diskWriteBytes,
    processes: single(read('pids', 'pids.current')),
    atMs,
  };
}

/** The numbers after these names, each name at the beginning of a line. */
function fields(
  cursor: ByteCursor | undefined,
  names: readonly string[],
): readonly (number | undefined)[] {
  const values: (number | undefined)[] = names.map(() => undefined);
  if (cursor === undefined || cursor.done) return values;
  let missing = names.length;
  do {
    const index = names.findIndex((name) => cursor.take(name));
    if (index < 0) continue;
    values[index] = present(cursor.number());
    missing -= 1;
  } while (missing > 0 && cursor.nextLine());
  return values;
}

/** Bytes read and written on all devices: `8:0 rbytes=1 wbytes=2 rios=..`. No line before the first I/O. */
function sumOfIoStat(cursor: ByteCursor | undefined): readonly [number?, number?] {
  if (cursor === undefined) return [];
  let read = 0;
  let written = 0;
  while (!cursor.done) {
    if (cursor.seek('rbytes=')) read += present(cursor.number()) ?? 0;
    if (cursor.seek('wbytes=')) written += present(cursor.number()) ?? 0;
    cursor.nextLine();
  }
  return [read, written];
}

/** The same of v1: `8:0 Read 1`, `8:0 Write 2`, ..., `Total 3`. */
function sumOfBlkio(cursor: ByteCursor | undefined): readonly [number?, number?] {
  if (cursor === undefined) return [];
  let read = 0;
  let written = 0;
  while (!cursor.done) {
    if (cursor.seek(' Read ')) read += present(cursor.number()) ?? 0;
    else if (cursor.seek(' Write ')) written += present(cursor.number()) ?? 0;
    cursor.nextLine();
  }
  return [read, written];
}

function single(cursor: ByteCursor | undefined): number | undefined {
  return cursor === undefined ? undefined : present(cursor.number());
}

function present(value: number): number | undefined {
  return Number.isNaN(value) ? undefined : value;
}

function limitOf(bytes: number | undefined): number | undefined {
  return bytes === undefined || bytes >= NO_LIMIT_BYTES ? undefined : bytes;
}

function ratio(part: number | undefined, whole: number | undefined): number | undefined {
  return part === undefined || whole === undefined || !(whole > 0) ? undefined : part / whole;
}

function scaled(value: number | undefined, by: number): number | undefined {
  return value === undefined ? undefined : value * by;
}

function withoutCache(
  current: number | undefined,
  inactiveFile: number | undefined,
): number | undefined {
  // The kernel sums the two at different instants, so the difference may fall below 0.
  return current === undefined ? undefined : Math.max(0, current - (inactiveFile ?? 0));
}
