import { labelValue, METRIC_NAME } from '../series/labels.ts';
import { isStaleAt, type Series } from '../series/series.ts';
import type { Observed, Run } from './sighting.ts';
import { type VmKind, vmKind } from './vm-kind.ts';

/** The series that the topology reads; an evaluator must keep at least these. */
export const TOPOLOGY_METRICS = [
  'vm_state',
  'vm_job_active',
  'hypervigil_agent_collector_up',
  'hypervigil_agent_stopped',
] as const;

const NAMES: ReadonlySet<string> = new Set(TOPOLOGY_METRICS);

/**
 * How far back they must reach. What is older is remembered; what comes later than this after its
 * time is seen only where the window reaches further.
 */
export const TOPOLOGY_WINDOW_MS = 10 * 60_000;

/** What the window holds for the topology. */
export interface Observations {
  /** By VM's UUID, then by host. */
  readonly vms: ReadonlyMap<string, ReadonlyMap<string, ObservedVm>>;
  readonly hosts: ReadonlyMap<string, ObservedHost>;
}

export interface ObservedVm extends Observed {
  /** Its name at its newest sample; `undefined` where only a job or an end was seen. */
  readonly vm: string | undefined;
}

export interface ObservedHost {
  /** When its libvirt (or its Hyper-V, here and below) answered, ms since 1970, rising. */
  readonly libvirtUp: readonly number[];
  readonly libvirtDownMs?: number;
  readonly stopped?: { readonly atMs: number; readonly reason: 'stopped' | 'shutdown' };
}

/** Who tells of VMs: a host has one of them. */
const VM_COLLECTORS: ReadonlySet<string> = new Set(['libvirt', 'hyper-v']);

/** Sorts the window's series by VM and host. Looks at no other series than `TOPOLOGY_METRICS`. */
export function observe(series: readonly Series[]): Observations {
  const states = new Map<string, Map<string, VmSeries>>();
  const hosts = new Map<string, ObservedHost>();
  for (const one of series) {
    const { labels } = one;
    const name = labelValue(labels, METRIC_NAME);
    if (!NAMES.has(name)) continue;
    const host = labelValue(labels, 'host');
    if (host === '') continue;
    switch (name) {
      case 'vm_state':
        vmSeries(states, one, host)?.states.push(one);
        break;
      case 'vm_job_active':
        vmSeries(states, one, host)?.jobs.push(one);
        break;
      case 'hypervigil_agent_collector_up':
        if (VM_COLLECTORS.has(labelValue(labels, 'collector')))
          hosts.set(host, { ...hosts.get(host), ...libvirtOf(one) });
        break;
      case 'hypervigil_agent_stopped':
        hosts.set(host, withStop(hosts.get(host) ?? { libvirtUp: [] }, one));
        break;
    }
  }
  const vms = new Map<string, Map<string, ObservedVm>>();
  for (const [uuid, byHost] of states)
    vms.set(uuid, new Map([...byHost].map(([host, found]) => [host, observedVm(found)])));
  return { vms, hosts };
}

interface VmSeries {
  readonly states: Series[];
  readonly jobs: Series[];
}

function vmSeries(
  all: Map<string, Map<string, VmSeries>>,
  { labels }: Series,
  host: string,
): VmSeries | undefined {
  const uuid = labelValue(labels, 'uuid');
  if (uuid === '') return undefined;
  const byHost = all.get(uuid) ?? new Map<string, VmSeries>();
  all.set(uuid, byHost);
  const found = byHost.get(host) ?? { states: [], jobs: [] };
  byHost.set(host, found);
  return found;
}

function observedVm({ states, jobs }: VmSeries): ObservedVm {
  const ended = Math.max(0, ...states.map(lastStaleMs));
  const job = jobs
    .map((one) => ({ operation: labelValue(one.labels, 'operation'), atMs: lastAtMs(one, 1) }))
    .reduce<Observed['job']>((best, one) => (one.atMs > (best?.atMs ?? 0) ? one : best), undefined);
  const [newest] = [...states].sort((a, b) => lastAtMs(b) - lastAtMs(a));
  const isSeen = newest !== undefined && lastAtMs(newest) > 0;
  return {
    vm: isSeen ? labelValue(newest.labels, 'vm') : undefined,
    runs: runsOf(states),
    ...(ended > 0 ? { endedMs: ended } : {}),
    ...(job === undefined ? {} : { job }),
  };
}

/** A VM has one `vm_state` series for each reason; together they are one line of time. */
function runsOf(states: readonly Series[]): Run[] {
  const [only] = states;
  if (only !== undefined && states.length === 1) return singleSeriesRuns(only);
  const runs = states.flatMap(singleSeriesRuns);
  // Two series never have a sample at one time, but the runs of one may enclose those of another.
  return merged(runs.some((run, i) => overlapsAny(run, i, runs)) ? pointsOf(states) : runs);
}

function overlapsAny({ firstMs, lastMs }: Run, index: number, runs: readonly Run[]): boolean {
  return runs.some((other, i) => i !== index && other.firstMs <= lastMs && other.lastMs >= firstMs);
}

function singleSeriesRuns(one: Series): Run[] {
  const reason = labelValue(one.labels, 'reason');
  const runs: Run[] = [];
  let open: { kind: VmKind; value: number; firstMs: number; lastMs: number } | undefined;
  const { timestamps, values } = one;
  for (let i = 0; i < timestamps.length; i++) {
    const value = values[i] ?? Number.NaN;
    const atMs = timestamps[i] ?? 0;
    if (value === open?.value) {
      open.lastMs = atMs;
      continue;
    }
    // NaN too: a staleness marker ends the run.
    if (open !== undefined) runs.push(runOf(open, reason));
    const kind = vmKind(value, reason);
    open =
      Number.isNaN(value) || kind === undefined
        ? undefined
        : { kind, value, firstMs: atMs, lastMs: atMs };
  }
  if (open !== undefined) runs.push(runOf(open, reason));
  return runs;
}

function runOf(open: { kind: VmKind; firstMs: number; lastMs: number }, reason: string): Run {
  return { kind: open.kind, reason, firstMs: open.firstMs, lastMs: open.lastMs };
}

/** Each sample a run of its own. */
function pointsOf(states: readonly Series[]): Run[] {
  return states.flatMap(({ labels, timestamps, values }) => {
    const reason = labelValue(labels, 'reason');
    return [...timestamps].flatMap((atMs, i) => {
      const kind = vmKind(values[i] ?? Number.NaN, reason);
      if (kind === undefined || Number.isNaN(values[i])) return [];
      return [{ kind, reason, firstMs: atMs, lastMs: atMs }];
    });
  });
}

function merged(runs: readonly Run[]): Run[] {
  const out: Run[] = [];
  for (const run of [...runs].sort((a, b) => a.firstMs - b.firstMs)) {
    const last = out.at(-1);
    if (last?.kind === run.kind) out[out.length - 1] = { ...run, firstMs: last.firstMs };
    else out.push(run);
  }
  return out;
}

function libvirtOf({ timestamps, values }: Series): ObservedHost {
  const at = (wanted: number) => [...timestamps].filter((_, i) => values[i] === wanted);
  const downMs = at(0).at(-1);
  return { libvirtUp: at(1), ...(downMs === undefined ? {} : { libvirtDownMs: downMs }) };
}

function withStop(known: ObservedHost, one: Series): ObservedHost {
  const atMs = lastAtMs(one, 1);
  if (atMs <= (known.stopped?.atMs ?? 0)) return known;
  const reason = labelValue(one.labels, 'reason') === 'shutdown' ? 'shutdown' : 'stopped';
  return { ...known, stopped: { atMs, reason } };
}

/** The time of the last real sample, of one value if given; 0 if there is none. */
function lastAtMs({ timestamps, values }: Series, wanted?: number): number {
  for (let i = timestamps.length - 1; i >= 0; i--) {
    const value = values[i] ?? Number.NaN;
    if (wanted === undefined ? !Number.isNaN(value) : value === wanted) return timestamps[i] ?? 0;
  }
  return 0;
}

function lastStaleMs({ timestamps, values }: Series): number {
  for (let i = timestamps.length - 1; i >= 0; i--) {
    if (Number.isNaN(values[i]) && isStaleAt(values, i)) return timestamps[i] ?? 0;
  }
  return 0;
}
