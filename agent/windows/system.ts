import type { Collector } from '../collectors/collector.ts';
import { Measurements } from '../collectors/measurements.ts';
import { cimClass, cimNumber, type RowOf } from './cim.ts';
import { countPerSecond, TICK_CLOCK } from './counters.ts';
import type { PowerShell } from './powershell.ts';
import { rowsOf } from './read-rows.ts';

const SYSTEM = cimClass('Win32_PerfRawData_PerfOS_System', {
  ...TICK_CLOCK,
  Processes: cimNumber,
  Threads: cimNumber,
  /** PERF_COUNTER_COUNTER. */
  ContextSwitchesPersec: cimNumber,
});

/**
 * Processes, as everywhere counted by what the scheduler runs: threads. Windows has no load average
 * and no number of runnable or blocked tasks like Linux', so there are none here.
 */
export function createWindowsProcessesCollector(powerShell: PowerShell): Collector {
  let before: RowOf<typeof SYSTEM> | undefined;
  return {
    name: 'processes',
    async check() {
      const [now] = await rowsOf(powerShell, SYSTEM);
      const { Processes: processes = 'an unknown number of', Threads: threads = 'unknown' } =
        now ?? {};
      return { status: 'ok', sees: `${processes} processes, ${threads} threads` };
    },
    async collect() {
      const [now] = await rowsOf(powerShell, SYSTEM);
      const out = new Measurements();
      if (now !== undefined) {
        const switches = [before?.ContextSwitchesPersec, now.ContextSwitchesPersec] as const;
        out.add('host_context_switches_per_second', countPerSecond(before, now, ...switches));
        out.add('host_processes_count', now.Threads);
      }
      before = now;
      return out.list;
    },
  };
}
