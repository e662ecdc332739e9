import type { CpuTimes, StatReading } from '../proc/stat.ts';
import type { Collector, Measurement } from './collector.ts';
import { growth, Measurements, percentOf } from './measurements.ts';

/** The CPUs of this host, from /proc/stat. */
export function createCpuCollector(readStat: (nowMs: number) => StatReading): Collector {
  let before: CpuTimes | undefined;
  return {
    name: 'cpu',
    async check() {
      const { cpuCount } = readStat(Number.NaN);
      return { status: 'ok', sees: `${cpuCount} CPU${cpuCount === 1 ? '' : 's'}` };
    },
    async collect({ nowMs }) {
      const reading = readStat(nowMs);
      const list = measure(before, reading);
      before = reading.cpu;
      return list;
    },
  };
}

function measure(before: CpuTimes | undefined, reading: StatReading): readonly Measurement[] {
  const out = new Measurements();
  const grown = before === undefined ? undefined : growthOf(before, reading.cpu);
  if (grown !== undefined) {
    const { user, nice, system, irq, softirq, idle, iowait, steal } = grown;
    const active = user + nice + system + irq + softirq + (steal ?? 0);
    const total = active + idle + iowait;
    out.add('host_cpu_usage_percent', percentOf(active, total));
    out.add('host_cpu_user_percent', percentOf(user + nice, total));
    out.add('host_cpu_system_percent', percentOf(system + irq + softirq, total));
    out.add('host_cpu_iowait_percent', percentOf(iowait, total));
    out.add('host_cpu_steal_percent', percentOf(steal, total));
  }
  out.add('host_cpu_count', reading.cpuCount > 0 ? reading.cpuCount : undefined);
  return out.list;
}

/** `undefined` after a reset. Guest time is left alone: the kernel counts it within user and nice. */
function growthOf(before: CpuTimes, now: CpuTimes): CpuTimes | undefined {
  const user = growth(before.user, now.user);
  const nice = growth(before.nice, now.nice);
  const system = growth(before.system, now.system);
  const irq = growth(before.irq, now.irq);
  const softirq = growth(before.softirq, now.softirq);
  if (
    user === undefined ||
    nice === undefined ||
    system === undefined ||
    irq === undefined ||
    softirq === undefined
  ) {
    return undefined;
  }
  // The kernel guesses how waiting divides between idle and iowait, and may take back a little
  // (proc_stat(5): "may decrease in certain conditions"). That is no reset.
  const idle = Math.max(0, now.idle - before.idle);
  const iowait = Math.max(0, now.iowait - before.iowait);
  return { user, nice, system, irq, softirq, idle, iowait, steal: growth(before.steal, now.steal) };
}
