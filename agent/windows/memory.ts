import { freemem, totalmem } from 'node:os';
import { Background } from '../collectors/background.ts';
import type { Collector } from '../collectors/collector.ts';
import { Measurements, percentOf } from '../collectors/measurements.ts';
import { cimClass, cimNumber, cimText } from './cim.ts';
import type { PowerShell } from './powershell.ts';
import { rowsOf } from './read-rows.ts';

const MIB = 1 << 20;

/** Standby lists hold pages of files until somebody needs the room; modified pages wait to be written. */
const PAGE_LISTS = cimClass('Win32_PerfRawData_PerfOS_Memory', {
  StandbyCacheCoreBytes: cimNumber,
  StandbyCacheNormalPriorityBytes: cimNumber,
  StandbyCacheReserveBytes: cimNumber,
  ModifiedPageListBytes: cimNumber,
});

/** One for each page file, in MiB; none where there is no page file. */
const PAGE_FILES = cimClass('Win32_PageFileUsage', {
  Name: cimText,
  AllocatedBaseSize: cimNumber,
  CurrentUsage: cimNumber,
});

const PAGE_LISTS_EVERY_MS = 10_000;
const PAGE_FILES_EVERY_MS = 60_000;

/** What the system itself tells, without PowerShell: replaceable for tests. */
export interface SystemMemory {
  readonly totalBytes: () => number;
  /** GlobalMemoryStatusEx, ullAvailPhys: free and standby pages. */
  readonly availableBytes: () => number;
}

const NODE_MEMORY: SystemMemory = { totalBytes: totalmem, availableBytes: freemem };

/**
 * Memory and page files of this host. Used memory is what is not available, as everywhere: standby
 * pages are no use of it. What is read from the disk as memory is needed ("Pages Input/sec") holds
 * programs and mapped files too, so it is not told as reading back from swap. What matters most needs
 * no PowerShell; the rest is missing while that does not answer, and read beside the samples.
 */
export function createWindowsMemoryCollector(
  powerShell: PowerShell,
  monotonicMs: () => number,
  memory: SystemMemory = NODE_MEMORY,
): Collector {
  const pageLists = new Background(PAGE_LISTS_EVERY_MS, monotonicMs, () =>
    rowsOf(powerShell, PAGE_LISTS),
  );
  const pageFiles = new Background(PAGE_FILES_EVERY_MS, monotonicMs, () =>
    rowsOf(powerShell, PAGE_FILES),
  );
  return {
    name: 'memory',
    async check() {
      const files = await rowsOf(powerShell, PAGE_FILES);
      const names = files.flatMap(({ Name }) => Name ?? []);
      const swap = names.length === 0 ? 'no page file' : `page files: ${names.join(', ')}`;
      return { status: 'ok', sees: `${(memory.totalBytes() / 2 ** 30).toFixed(1)} GiB; ${swap}` };
    },
    async collect() {
      const read = pageLists.latest();
      const [lists] = read.kind === 'value' ? read.value : [];
      const files = pageFiles.latest();
      const out = new Measurements();
      const total = memory.totalBytes();
      const available = memory.availableBytes();
      out.add('host_memory_usage_percent', percentOf(total - available, total));
      out.add('host_memory_total_bytes', total);
      out.add('host_memory_used_bytes', total - available);
      out.add('host_memory_available_bytes', available);
      out.add(
        'host_memory_cached_bytes',
        sum([
          lists?.StandbyCacheCoreBytes,
          lists?.StandbyCacheNormalPriorityBytes,
          lists?.StandbyCacheReserveBytes,
        ]),
      );
      out.add('host_memory_dirty_bytes', lists?.ModifiedPageListBytes);
      if (files.kind === 'value') addPageFiles(out, files.value);
      return out.list;
    },
    close: async () => {
      await Promise.all([pageLists.settled(), pageFiles.settled()]);
    },
  };
}

function addPageFiles(
  out: Measurements,
  files: readonly {
    readonly AllocatedBaseSize?: number | undefined;
    readonly CurrentUsage?: number | undefined;
  }[],
): void {
  const total = sum(files.map((file) => file.AllocatedBaseSize));
  const used = sum(files.map((file) => file.CurrentUsage));
  out.add('host_swap_usage_percent', percentOf(used, total));
  if (total === undefined) return;
  out.add('host_swap_total_bytes', total * MIB);
  if (total > 0 && used !== undefined) out.add('host_swap_used_bytes', used * MIB);
}

/** `undefined` where one of them is; 0 of none. */
function sum(values: readonly (number | undefined)[]): number | undefined {
  return values.reduce(
    (total, value) => (total === undefined || value === undefined ? undefined : total + value),
    0,
  );
}
