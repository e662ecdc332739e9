import type { Collector } from '../collectors/collector.ts';
import { Measurements } from '../collectors/measurements.ts';
import { cimClass, cimNumber, type RowOf } from './cim.ts';
import { inverseTimerPercent, precisionPercent, SYSTEM_CLOCK, timerPercent } from './counters.ts';
import type { PowerShell } from './powershell.ts';
import { isMissingClass, readRows, rowsOf } from './read-rows.ts';

/**
 * All processors of all groups: the class PerfOS_Processor, as Node itself, knows only those of one
 * group, at most 64. The instance `_Total` is their mean.
 */
const PROCESSORS = cimClass(
  'Win32_PerfRawData_Counters_ProcessorInformation',
  {
    ...SYSTEM_CLOCK,
    /** PERF_100NSEC_TIMER_INV: it runs while the processor is idle. */
    PercentProcessorTime: cimNumber,
    /** PERF_100NSEC_TIMER. */
    PercentUserTime: cimNumber,
    /** PERF_100NSEC_TIMER; interrupts and deferred procedure calls are within it. */
    PercentPrivilegedTime: cimNumber,
  },
  { where: "Name='_Total'" },
);

/**
 * On a Hyper-V host Windows itself is a guest, and its processors show what it uses and no VM. What
 * all of them use the hypervisor counts. Source: Microsoft, "Detecting bottlenecks in a virtualized
 * environment" (Hyper-V Hypervisor Logical Processor(_Total)\% Total Run Time).
 */
const HYPERVISOR_PROCESSORS = cimClass(
  'Win32_PerfRawData_HvStats_HyperVHypervisorLogicalProcessor',
  {
    /** PERF_PRECISION_100NS_TIMER. */
    PercentTotalRunTime: cimNumber,
    PercentTotalRunTime_Base: cimNumber,
  },
  { where: "Name='_Total'" },
);

const COMPUTER = cimClass('Win32_ComputerSystem', { NumberOfLogicalProcessors: cimNumber });

/** A host that gets the role Hyper-V restarts, and the agent with it; still, an error may pass. */
const LOOK_FOR_HYPERVISOR_EVERY_MS = 10 * 60_000;

type Times =
  | { readonly kind: 'system'; readonly row: RowOf<typeof PROCESSORS> }
  | { readonly kind: 'hypervisor'; readonly row: RowOf<typeof HYPERVISOR_PROCESSORS> };

/** The CPUs of this host. */
export function createWindowsCpuCollector(
  powerShell: PowerShell,
  monotonicMs: () => number,
): Collector {
  let before: Times | undefined;
  let countedAtMs = Number.NEGATIVE_INFINITY;
  let count: number | undefined;
  let lookedAtMs = Number.NEGATIVE_INFINITY;
  let isHyperV = false;

  async function countProcessors(): Promise<number | undefined> {
    if (monotonicMs() - countedAtMs >= LOOK_FOR_HYPERVISOR_EVERY_MS) {
      const [computer] = await rowsOf(powerShell, COMPUTER);
      count = computer?.NumberOfLogicalProcessors;
      countedAtMs = monotonicMs();
    }
    return count;
  }

  async function read(): Promise<Times | undefined> {
    if (isHyperV || monotonicMs() - lookedAtMs >= LOOK_FOR_HYPERVISOR_EVERY_MS) {
      const total = await readRows(powerShell, HYPERVISOR_PROCESSORS);
      lookedAtMs = monotonicMs();
      // Once seen it must answer: the other numbers mean something else.
      if (!total.ok && (isHyperV || !isMissingClass(total.error))) {
        throw new Error(total.error.message);
      }
      const [row] = total.ok ? total.value : [];
      isHyperV ||= row !== undefined;
      if (isHyperV) return row === undefined ? undefined : { kind: 'hypervisor', row };
    }
    return readTimes(powerShell);
  }

  return {
    name: 'cpu',
    async check() {
      const times = await read();
      const cpus = `${(await countProcessors()) ?? 'an unknown number of'} CPUs`;
      return times?.kind === 'hypervisor'
        ? { status: 'ok', sees: `${cpus}, shared with Hyper-V's VMs` }
        : { status: 'ok', sees: cpus };
    },
    async collect() {
      const now = await read();
      const out = new Measurements();
      if (now !== undefined) addTimes(out, before, now);
      before = now;
      out.add('host_cpu_count', await countProcessors());
      return out.list;
    },
  };
}

async function readTimes(powerShell: PowerShell): Promise<Times | undefined> {
  const [row] = await rowsOf(powerShell, PROCESSORS);
  return row === undefined ? undefined : { kind: 'system', row };
}

/** Beside Hyper-V nobody tells which part of the time was user mode: a guest's all are neither. */
function addTimes(out: Measurements, before: Times | undefined, now: Times): void {
  if (now.kind === 'hypervisor') {
    const last = before?.kind === 'hypervisor' ? before.row : undefined;
    const used = [last?.PercentTotalRunTime, now.row.PercentTotalRunTime] as const;
    const base = [last?.PercentTotalRunTime_Base, now.row.PercentTotalRunTime_Base] as const;
    out.add('host_cpu_usage_percent', precisionPercent(...used, ...base));
    return;
  }
  const last = before?.kind === 'system' ? before.row : undefined;
  const idle = [last?.PercentProcessorTime, now.row.PercentProcessorTime] as const;
  const user = [last?.PercentUserTime, now.row.PercentUserTime] as const;
  const system = [last?.PercentPrivilegedTime, now.row.PercentPrivilegedTime] as const;
  out.add('host_cpu_usage_percent', inverseTimerPercent(last, now.row, ...idle));
  out.add('host_cpu_user_percent', timerPercent(last, now.row, ...user));
  out.add('host_cpu_system_percent', timerPercent(last, now.row, ...system));
}
