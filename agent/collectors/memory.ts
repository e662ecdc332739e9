import type { HostFiles } from '../proc/host-files.ts';
import type { Collector } from './collector.ts';
import { Measurements, percentOf, perSecond } from './measurements.ts';

const COLON = 0x3a;
const KIB = 1024;

/** The lines of /proc/meminfo that we read. */
const FIELDS = new Set([
  'MemTotal',
  'MemAvailable',
  'Cached',
  'SReclaimable',
  'Dirty',
  'Writeback',
  'SwapTotal',
  'SwapFree',
]);

interface SwapReading {
  readonly pagesIn: number | undefined;
  readonly pagesOut: number | undefined;
  readonly atMs: number;
}

/**
 * Memory and swap of this host, from /proc/meminfo and /proc/vmstat. Used is what is not available
 * (page cache is no use of memory), so a kernel that does not tell MemAvailable (before 3.14) has no
 * used memory. A host without swap has a swap total of 0 and nothing else of swap.
 */
export function createMemoryCollector(
  files: HostFiles,
  monotonicMs: () => number,
  pageBytes: number,
): Collector {
  let before: SwapReading | undefined;
  return {
    name: 'memory',
    async check() {
      const info = readMeminfo(files);
      if (info.get('MemAvailable') === undefined) {
        return {
          status: 'trouble',
          sees: '/proc/meminfo without MemAvailable, so memory use is unknown',
          mend: 'needs Linux 3.14 or newer',
        };
      }
      const swap = info.get('SwapTotal') ?? 0;
      return {
        status: 'ok',
        sees: `${gib(info.get('MemTotal'))} memory, ${swap === 0 ? 'no' : gib(swap)} swap`,
      };
    },
    async collect() {
      const info = readMeminfo(files);
      const out = new Measurements();
      addMemory(out, info);
      const swapTotal = info.get('SwapTotal');
      const now = swapTotal ? readSwapping(files, monotonicMs()) : undefined;
      addSwap(out, info);
      if (before !== undefined && now !== undefined) {
        const elapsedMs = now.atMs - before.atMs;
        const pagesIn = perSecond(before.pagesIn, now.pagesIn, elapsedMs);
        const pagesOut = perSecond(before.pagesOut, now.pagesOut, elapsedMs);
        out.add('host_swap_in_bytes_per_second', times(pagesIn, pageBytes));
        out.add('host_swap_out_bytes_per_second', times(pagesOut, pageBytes));
      }
      before = now;
      return out.list;
    },
  };
}

function addMemory(out: Measurements, info: ReadonlyMap<string, number>): void {
  const total = info.get('MemTotal');
  const available = info.get('MemAvailable');
  const used = minus(total, available);
  out.add('host_memory_usage_percent', percentOf(used, total));
  out.add('host_memory_total_bytes', total);
  out.add('host_memory_used_bytes', used);
  out.add('host_memory_available_bytes', available);
  out.add('host_memory_cached_bytes', plus(info.get('Cached'), info.get('SReclaimable')));
  out.add('host_memory_dirty_bytes', plus(info.get('Dirty'), info.get('Writeback')));
}

function addSwap(out: Measurements, info: ReadonlyMap<string, number>): void {
  const total = info.get('SwapTotal');
  const used = minus(total, info.get('SwapFree'));
  out.add('host_swap_usage_percent', percentOf(used, total));
  out.add('host_swap_total_bytes', total);
  if (total) out.add('host_swap_used_bytes', used);
}

/** Fields in bytes. Throws where not even MemTotal is to be found. Source: proc_meminfo(5). */
function readMeminfo(files: HostFiles): ReadonlyMap<string, number> {
  const cursor = files.read('/proc/meminfo');
  const info = new Map<string, number>();
  do {
    const field = cursor.textBefore(COLON);
    if (!FIELDS.has(field)) continue;
    const kib = cursor.number();
    if (!Number.isNaN(kib)) info.set(field, kib * KIB);
    if (info.size === FIELDS.size) break;
  } while (cursor.nextLine());
  if (!info.get('MemTotal')) throw new Error('/proc/meminfo: no line MemTotal');
  return info;
}

function readSwapping(files: HostFiles, atMs: number): SwapReading {
  let pagesIn: number | undefined;
  let pagesOut: number | undefined;
  const cursor = files.readIfThere('/proc/vmstat');
  if (cursor !== undefined) {
    do {
      if (cursor.take('pswpin ')) pagesIn = cursor.number();
      else if (cursor.take('pswpout ')) pagesOut = cursor.number();
    } while (pagesOut === undefined && cursor.nextLine());
  }
  return { pagesIn, pagesOut, atMs };
}

function minus(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a - b;
}

function plus(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a + b;
}

function times(a: number | undefined, b: number): number | undefined {
  return a === undefined ? undefined : a * b;
}

function gib(bytes: number | undefined): string {
  return bytes === undefined ? 'unknown' : `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}
