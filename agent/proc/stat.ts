import type { ByteCursor } from './byte-cursor.ts';
import type { HostFiles } from './host-files.ts';

/** CPU time since boot in ticks, all CPUs together. User holds guest time, nice holds nice guests'. */
export interface CpuTimes {
  readonly user: number;
  readonly nice: number;
  readonly system: number;
  readonly idle: number;
  readonly iowait: number;
  readonly irq: number;
  readonly softirq: number;
  /** `undefined` before Linux 2.6.11, which does not tell it. */
  readonly steal: number | undefined;
}

/** What /proc/stat says, `undefined` where this kernel does not say it. */
export interface StatReading {
  readonly cpu: CpuTimes;
  readonly cpuCount: number;
  /** Since boot. */
  readonly contextSwitches: number | undefined;
  /** Processes and threads created since boot. */
  readonly forks: number | undefined;
  readonly tasksRunning: number | undefined;
  readonly tasksBlocked: number | undefined;
  /** When it was read, on a clock that never steps, in ms. */
  readonly atMs: number;
}

/**
 * A reader of /proc/stat that reads once for one instant, however many collectors ask: it is the
 * dearest file of /proc (the kernel sums every interrupt of every CPU for it). Throws where the
 * line of all CPUs is missing or cut. Source: proc_stat(5).
 */
export function createStatReader(
  files: HostFiles,
  monotonicMs: () => number,
): (nowMs: number) => StatReading {
  let lastMs: number | undefined;
  let last: StatReading | undefined;
  return (nowMs) => {
    if (last !== undefined && lastMs === nowMs) return last;
    last = undefined;
    last = parseStat(files.read('/proc/stat'), monotonicMs());
    lastMs = nowMs;
    return last;
  };
}

function parseStat(cursor: ByteCursor, atMs: number): StatReading {
  if (!cursor.take('cpu ')) throw new Error('/proc/stat: does not begin with the line "cpu"');
  const cpu = parseCpuTimes(cursor);
  let cpuCount = 0;
  let contextSwitches: number | undefined;
  let forks: number | undefined;
  let tasksRunning: number | undefined;
  let tasksBlocked: number | undefined;
  while (cursor.nextLine()) {
    if (cursor.take('cpu')) cpuCount += 1;
    else if (cursor.take('ctxt ')) contextSwitches = present(cursor.number());
    else if (cursor.take('processes ')) forks = present(cursor.number());
    else if (cursor.take('procs_running ')) tasksRunning = present(cursor.number());
    else if (cursor.take('procs_blocked ')) tasksBlocked = present(cursor.number());
  }
  return { cpu, cpuCount, contextSwitches, forks, tasksRunning, tasksBlocked, atMs };
}

function parseCpuTimes(cursor: ByteCursor): CpuTimes {
  const times = {
    user: cursor.number(),
    nice: cursor.number(),
    system: cursor.number(),
    idle: cursor.number(),
    iowait: cursor.number(),
    irq: cursor.number(),
    softirq: cursor.number(),
    steal: present(cursor.number()),
  };
  if (Number.isNaN(times.softirq)) throw new Error('/proc/stat: the line "cpu" is cut short');
  return times;
}

function present(value: number): number | undefined {
  return Number.isNaN(value) ? undefined : value;
}
