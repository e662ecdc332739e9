import type { StoredSample } from './batch-tap.ts';

/** The agent has a sample, and nothing about its VMs: libvirt did not answer. */
export const UNKNOWN = 'unknown';
/** The agent said that the VM is no longer on its host. */
export const ENDED = 'ended';

/** What one sample said. */
interface Entry {
  readonly timestampMs: number;
  readonly text: string;
}

/**
 * What a host's agent said of a VM from an instant on, each change once: state and reason, then the
 * job, as in "3/creating_snapshot snapshot"; or `UNKNOWN`, or `ENDED`. It begins with what held at
 * the instant.
 */
export function timelineOf(
  points: readonly StoredSample[],
  host: string,
  vm: string,
  sinceMs = 0,
): readonly string[] {
  const entries = entriesOf(points, host, vm);
  const first = Math.max(
    0,
    entries.findLastIndex(({ timestampMs }) => timestampMs <= sinceMs),
  );
  return entries
    .slice(first)
    .map(({ text }) => text)
    .filter((text, i, all) => text !== all[i - 1]);
}

/** One for each sample since the VM was first seen. */
function entriesOf(points: readonly StoredSample[], host: string, vm: string): readonly Entry[] {
  const ofHost = points.filter((point) => point.host === host);
  const instants = ofHost
    .filter(({ name }) => name === 'hypervigil_agent_info')
    .map(({ timestampMs }) => timestampMs)
    .sort((a, b) => a - b);
  const entries: Entry[] = [];
  for (const timestampMs of instants) {
    const now = ofHost.filter((point) => point.vm === vm && point.timestampMs === timestampMs);
    const before = entries.at(-1)?.text;
    const text = textOf(now) ?? (before === ENDED ? ENDED : UNKNOWN);
    if (before !== undefined || text !== UNKNOWN) entries.push({ timestampMs, text });
  }
  return entries;
}

/** `undefined` where nothing was said. */
function textOf(points: readonly StoredSample[]): string | undefined {
  const numbers = points.filter(({ value }) => !Number.isNaN(value));
  const state = numbers.find(({ name }) => name === 'vm_state');
  if (state === undefined) {
    return points.some(({ name }) => name === 'vm_state') ? ENDED : undefined;
  }
  const job = numbers.find(({ name }) => name === 'vm_job_active');
  const text = `${state.value}/${state.reason}`;
  return job === undefined ? text : `${text} ${job.operation}`;
}

/**
 * Series of `vm_state` and `vm_job_active` that stopped without a marker though the VM was still
 * told of, as "vm1 vm_state booted". There must be none: a reader would hold two states for true.
 */
export function unmarkedEndings(points: readonly StoredSample[]): readonly string[] {
  const found = new Set<string>();
  const tracked = points.filter(({ name }) => name === 'vm_state' || name === 'vm_job_active');
  const byHostAndVm = Map.groupBy(tracked, ({ host, vm }) => `${host} ${vm}`);
  for (const [whose, all] of byHostAndVm) {
    let open = new Map<string, StoredSample>();
    const instants = [...Map.groupBy(all, ({ timestampMs }) => timestampMs)].sort(
      ([a], [b]) => a - b,
    );
    for (const [, now] of instants) {
      const next = new Map<string, StoredSample>();
      const key = (point: StoredSample) => [point.name, point.reason, point.operation].join(' ');
      for (const point of now) if (!Number.isNaN(point.value)) next.set(key(point), point);
      const marked = new Set(now.filter(({ value }) => Number.isNaN(value)).map(key));
      for (const series of open.keys()) {
        if (!next.has(series) && !marked.has(series)) found.add(`${whose} ${series.trim()}`);
      }
      open = next;
    }
  }
  return [...found];
}
