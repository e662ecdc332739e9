import { labelsKey, labelValue, withLabels } from '../series/labels.ts';
import { isStaleAt, type Series, setStaleAt } from '../series/series.ts';
import type { TopologyState, VmState } from './topology-state.ts';

type Places = VmState['places'];

/**
 * The series as rules shall see them: a VM that moved has one series through the whole window, under
 * the host that has it now, each stretch as the host of that time told it. So an average runs
 * across a migration, and the far end's half-made copy is not seen. All others are left as they are.
 */
export function viewByPlacement(series: readonly Series[], state: TopologyState): Series[] {
  const moved = new Map<string, Places>();
  for (const { uuid, places, seen } of state.vms)
    if (places.length > 1 || seen.length > 1) moved.set(uuid, places);
  if (moved.size === 0) return [...series];
  const view: Series[] = [];
  const parts = new Map<string, Series[]>();
  for (const one of series) {
    const places = moved.get(labelValue(one.labels, 'uuid'));
    const host = labelValue(one.labels, 'host');
    const current = places?.at(-1)?.host;
    if (places === undefined || current === undefined || host === '') {
      view.push(one);
      continue;
    }
    const stretches = places.flatMap((_, i) => stretch(one, host, places, i));
    if (stretches.length === 0) continue;
    const labels = host === current ? one.labels : withLabels(one.labels, { host: current });
    const key = labelsKey(labels);
    const known = parts.get(key);
    const shown = stretches.map((part) => ({ ...part, labels }));
    if (known === undefined) parts.set(key, shown);
    else known.push(...shown);
  }
  for (const all of parts.values()) view.push(joined(all));
  return view;
}

/** What a host told while it was the VM's i-th place; its series end there when it left. */
function stretch(one: Series, host: string, places: Places, i: number): Series[] {
  const place = places[i];
  if (place?.host !== host) return [];
  const { timestamps, values } = one;
  // The first place known had it all the time before, too.
  const from = i === 0 ? 0 : firstAtOrAfter(timestamps, place.fromMs);
  const leftMs = places[i + 1]?.fromMs;
  const to = leftMs === undefined ? timestamps.length : firstAtOrAfter(timestamps, leftMs);
  if (from >= to) return [];
  const part = {
    ...one,
    timestamps: timestamps.subarray(from, to),
    values: values.subarray(from, to),
  };
  if (leftMs === undefined || isStaleAt(values, to - 1)) return [part];
  return [part, endedAt(one, leftMs)];
}

function endedAt({ labels }: Series, atMs: number): Series {
  const values = new Float64Array(1);
  setStaleAt(values, 0);
  return { labels, timestamps: Float64Array.of(atMs), values };
}

/** Stretches of one series in time order; where one ends just as the next begins, the sample counts. */
function joined(parts: readonly Series[]): Series {
  const [first] = parts;
  if (first === undefined) throw new Error('a series without parts');
  if (parts.length === 1) return first;
  const ordered = [...parts].sort(
    (a, b) => (a.timestamps[0] ?? 0) - (b.timestamps[0] ?? 0) || b.values.length - a.values.length,
  );
  const length = ordered.reduce((sum, part) => sum + part.values.length, 0);
  const timestamps = new Float64Array(length);
  const values = new Float64Array(length);
  let used = 0;
  for (const part of ordered) {
    const lastMs = used === 0 ? Number.NEGATIVE_INFINITY : (timestamps[used - 1] ?? 0);
    const from = firstAtOrAfter(part.timestamps, lastMs + 1);
    timestamps.set(part.timestamps.subarray(from), used);
    // Whole arrays keep a staleness marker's bits.
    values.set(part.values.subarray(from), used);
    used += part.values.length - from;
  }
  return {
    labels: first.labels,
    timestamps: timestamps.subarray(0, used),
    values: values.subarray(0, used),
  };
}

function firstAtOrAfter(timestamps: Float64Array, atMs: number): number {
  let low = 0;
  let high = timestamps.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((timestamps[middle] ?? 0) < atMs) low = middle + 1;
    else high = middle;
  }
  return low;
}
