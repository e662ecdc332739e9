import type { HostFiles } from '../proc/host-files.ts';
import type { Collector } from './collector.ts';
import { Measurements } from './measurements.ts';

/** The load averages of this host, from /proc/loadavg. */
export function createLoadCollector(files: HostFiles): Collector {
  return {
    name: 'load',
    async check() {
      const loads = readLoads(files);
      return { status: 'ok', sees: `load averages ${loads.map((l) => l.toFixed(2)).join(', ')}` };
    },
    async collect() {
      const [load1, load5, load15] = readLoads(files);
      const out = new Measurements();
      out.add('host_load1', load1);
      out.add('host_load5', load5);
      out.add('host_load15', load15);
      return out.list;
    },
  };
}

function readLoads(files: HostFiles): readonly number[] {
  const cursor = files.read('/proc/loadavg');
  const loads = [cursor.number(), cursor.number(), cursor.number()];
  if (loads.some(Number.isNaN)) throw new Error('/proc/loadavg: not three numbers and more');
  return loads;
}
