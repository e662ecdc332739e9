import type { HostFiles } from '../proc/host-files.ts';
import type { Collector } from './collector.ts';
import { growth, Measurements, timeShare } from './measurements.ts';

const RESOURCES = ['cpu', 'memory', 'io'] as const;
type Resource = (typeof RESOURCES)[number];

const METRICS = {
  cpu: 'host_pressure_cpu_waiting_percent',
  memory: 'host_pressure_memory_waiting_percent',
  io: 'host_pressure_io_waiting_percent',
} as const;

interface Stall {
  /** Microseconds in which some task waited, since boot. */
  readonly totalUs: number;
  readonly atMs: number;
}

/**
 * Pressure stall information (Linux 4.20 and newer): how much of the time some task waited for a
 * resource. No numbers where the kernel was built or started without it.
 * Source: docs.kernel.org/accounting/psi.html.
 */
export function createPressureCollector(files: HostFiles, monotonicMs: () => number): Collector {
  const before = new Map<Resource, Stall>();
  return {
    name: 'pressure',
    async check() {
      const seen = RESOURCES.filter((resource) => readStall(files, resource, 0) !== undefined);
      if (seen.length > 0) return { status: 'ok', sees: `pressure of ${seen.join(', ')}` };
      return {
        status: 'absent',
        sees: 'no /proc/pressure',
        mend: 'boot with the kernel parameter psi=1 to get it (Linux 4.20 or newer)',
      };
    },
    async collect() {
      const out = new Measurements();
      for (const resource of RESOURCES) {
        const now = readStall(files, resource, monotonicMs());
        const last = before.get(resource);
        if (now === undefined) {
          before.delete(resource);
          continue;
        }
        before.set(resource, now);
        if (last === undefined) continue;
        const elapsedUs = (now.atMs - last.atMs) * 1000;
        out.add(METRICS[resource], timeShare(growth(last.totalUs, now.totalUs), elapsedUs));
      }
      return out.list;
    },
  };
}

function readStall(files: HostFiles, resource: Resource, atMs: number): Stall | undefined {
  const cursor = files.readIfThere(`/proc/pressure/${resource}`);
  if (cursor === undefined || !cursor.take('some ') || !cursor.seek('total=')) return undefined;
  const totalUs = cursor.number();
  return Number.isNaN(totalUs) ? undefined : { totalUs, atMs };
}
