import type { Collector } from '../collectors/collector.ts';
import { growth, Measurements, percentOf } from '../collectors/measurements.ts';
import { cimClass, cimNumber, cimNumbers, cimText, type RowOf } from './cim.ts';
import { withinPercent } from './counters.ts';
import { readOffReasons } from './hyper-v-events.ts';
import { operationOf, type VmState, vmStateOf } from './hyper-v-state.ts';
import type { PowerShell } from './powershell.ts';
import { isMissingClass, readRows } from './read-rows.ts';

const MIB = 1 << 20;

/** One for each VM, of any state. `Name` is its id, `ElementName` what people call it. */
const VMS = cimClass(
  'Msvm_SummaryInformation',
  {
    Name: cimText,
    ElementName: cimText,
    EnabledState: cimNumber,
    HealthState: cimNumber,
    OperationalStatus: cimNumbers,
    NumberOfProcessors: cimNumber,
    /** MiB that the VM has now. */
    MemoryUsage: cimNumber,
  },
  { namespace: 'root/virtualization/v2' },
);

/**
 * PERF_PRECISION_100NS_TIMER: time that a virtual processor ran, in its guest and in the hypervisor for
 * it, beside its clock.
 */
const PROCESSORS = cimClass('Win32_PerfRawData_HvStats_HyperVHypervisorVirtualProcessor', {
  Name: cimText,
  PercentTotalRunTime: cimNumber,
  PercentTotalRunTime_Base: cimNumber,
});

/** The id of a VM; what is not a VM has a name. */
const VM_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** A host without Hyper-V is asked again so often whether it has it. */
const ABSENT_EVERY_MS = 10 * 60_000;

/** Looks for an event after a VM went off: it may be written a moment later. */
const LOOKS_MAX = 3;

type Processor = RowOf<typeof PROCESSORS>;

interface Vm {
  readonly uuid: string;
  readonly row: RowOf<typeof VMS>;
}

/** The VMs of this host, where it has the role Hyper-V. */
export function createHyperVCollector(
  powerShell: PowerShell,
  monotonicMs: () => number,
): Collector {
  const offReasons = new OffReasons(powerShell);
  let absentUntilMs = Number.NEGATIVE_INFINITY;
  let wasSeen = false;
  let before: ReadonlyMap<string, Processor> = new Map();

  async function readVms(): Promise<readonly Vm[] | 'absent'> {
    const read = await readRows(powerShell, VMS);
    if (!read.ok && isMissingClass(read.error) && !wasSeen) return 'absent';
    if (!read.ok) throw new Error(read.error.message);
    wasSeen = true;
    return read.value.flatMap((row) =>
      VM_ID.test(row.Name ?? '') ? [{ uuid: (row.Name ?? '').toLowerCase(), row }] : [],
    );
  }

  return {
    name: 'hyper-v',
    async check() {
      const vms = await readVms();
      if (vms === 'absent') return { status: 'absent', sees: 'no Hyper-V here' };
      if (vms.length === 0) {
        const mend =
          'if it has VMs, the account of the agent may not see them: add it to the group Hyper-V Administrators';
        return { status: 'ok', sees: 'Hyper-V, no VMs', mend };
      }
      const names = vms.map(({ row, uuid }) => row.ElementName ?? uuid).sort();
      const shown = names.slice(0, 10).join(', ') + (names.length > 10 ? ' ...' : '');
      return { status: 'ok', sees: `${vms.length} VMs: ${shown}` };
    },
    async collect() {
      if (monotonicMs() < absentUntilMs) return 'absent';
      const vms = await readVms();
      if (vms === 'absent') {
        absentUntilMs = monotonicMs() + ABSENT_EVERY_MS;
        return 'absent';
      }
      const now = await readProcessors(powerShell);
      const states = await offReasons.statesOf(vms);
      const usage = cpuUsageByVm(before, now);
      before = now;
      const isAlone = namesOfOne(vms);
      const out = new Measurements();
      for (const [i, vm] of vms.entries()) {
        const name = vm.row.ElementName ?? vm.uuid;
        // Counters know names only: of two VMs of one name nobody can tell which is which.
        const cpu = isAlone.has(name) ? usage.get(name) : undefined;
        addVm(out, vm, states[i] ?? { state: 0, reason: 'unknown' }, cpu);
      }
      return out.list;
    },
  };
}

/** Looks up why VMs are off, once for each time one goes off. */
class OffReasons {
  readonly #powerShell: PowerShell;
  /** Of VMs that are off, by id: why, and how often that was looked for. */
  readonly #known = new Map<string, { readonly reason: string; readonly looks: number }>();

  constructor(powerShell: PowerShell) {
    this.#powerShell = powerShell;
  }

  async statesOf(vms: readonly Vm[]): Promise<readonly VmState[]> {
    const off = vms.filter(({ row }) => row.EnabledState === 3).map(({ uuid }) => uuid);
    for (const uuid of this.#known.keys()) if (!off.includes(uuid)) this.#known.delete(uuid);
    const open = off.filter((uuid) => {
      const known = this.#known.get(uuid);
      return known === undefined || (known.reason === 'unknown' && known.looks < LOOKS_MAX);
    });
    if (open.length > 0) await this.#look(open);
    return vms.map(({ uuid, row }) =>
      vmStateOf(row.EnabledState, row.HealthState, this.#known.get(uuid)?.reason ?? 'unknown'),
    );
  }

  async #look(uuids: readonly string[]): Promise<void> {
    const found = await readOffReasons(this.#powerShell);
    for (const uuid of uuids) {
      const reason = found instanceof Map ? found.get(uuid) : undefined;
      const looks = (this.#known.get(uuid)?.looks ?? 0) + 1;
      this.#known.set(uuid, { reason: reason ?? 'unknown', looks });
    }
  }
}

async function readProcessors(powerShell: PowerShell): Promise<ReadonlyMap<string, Processor>> {
  const read = await readRows(powerShell, PROCESSORS);
  // A host whose hypervisor does not run has VMs, all of them off.
  const rows = read.ok ? read.value : [];
  return new Map(rows.flatMap((row) => (row.Name === undefined ? [] : [[row.Name, row]])));
}

/** By name of the VM: CPU time of all its processors by the time they had, in percent. */
function cpuUsageByVm(
  before: ReadonlyMap<string, Processor>,
  now: ReadonlyMap<string, Processor>,
): ReadonlyMap<string, number | undefined> {
  const sums = new Map<string, { ran: number; had: number } | undefined>();
  for (const [name, processor] of now) {
    // Source of the form: the driver of libvirt for Hyper-V, "<domain_name>:Hv VP <vCPU_number>".
    const vm = /^(.+):Hv VP \d+$/.exec(name)?.[1];
    if (vm === undefined) continue;
    const last = before.get(name);
    const ran = growth(last?.PercentTotalRunTime, processor.PercentTotalRunTime);
    const had = growth(last?.PercentTotalRunTime_Base, processor.PercentTotalRunTime_Base);
    const sum = sums.has(vm) ? sums.get(vm) : { ran: 0, had: 0 };
    const isKnown = sum !== undefined && ran !== undefined && had !== undefined;
    sums.set(vm, isKnown ? { ran: sum.ran + ran, had: sum.had + had } : undefined);
  }
  return new Map([...sums].map(([vm, sum]) => [vm, withinPercent(percentOf(sum?.ran, sum?.had))]));
}

function namesOfOne(vms: readonly Vm[]): ReadonlySet<string> {
  const counts = new Map<string, number>();
  for (const { row } of vms) {
    const name = row.ElementName ?? '';
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return new Set([...counts].filter(([, count]) => count === 1).map(([name]) => name));
}

/** As of a VM of libvirt: one that is off has an identity and a state and nothing else. */
function addVm(
  out: Measurements,
  { uuid, row }: Vm,
  { state, reason }: VmState,
  cpuPercent: number | undefined,
): void {
  const labels = { vm: row.ElementName ?? uuid, uuid };
  out.add('vm_up', state === 1 ? 1 : 0, labels);
  if (row.NumberOfProcessors !== undefined) {
    out.add('vm_info', 1, { ...labels, hypervisor: 'hyperv', vcpus: `${row.NumberOfProcessors}` });
  }
  out.add('vm_state', state, { ...labels, reason });
  const operation = operationOf(row.OperationalStatus);
  if (operation !== undefined) out.add('vm_job_active', 1, { ...labels, operation });
  if (state === 0 || state === 5) return;
  out.add('vm_cpu_usage_percent', cpuPercent, labels);
  const total = row.MemoryUsage === undefined ? undefined : row.MemoryUsage * MIB;
  out.add('vm_memory_total_bytes', total, labels);
}
