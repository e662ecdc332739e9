import type { Labels } from '../../core/series/labels.ts';
import { type Series, setStaleAt } from '../../core/series/series.ts';
import type { Fleet, WorldVm } from './fleet.ts';
import type { HostSampler } from './host-samples.ts';
import { latest } from './spans.ts';

/** Where VMs are, by host; one whose history is short is looked up quickly. */
export function placements(fleet: Fleet): (host: string, atMs: number) => readonly WorldVm[] {
  const everAt = new Map<string, WorldVm[]>();
  for (const vm of fleet.vms)
    for (const host of new Set(vm.homes.map((home) => home.host)))
      everAt.set(host, [...(everAt.get(host) ?? []), vm]);
  return (host, atMs) =>
    (everAt.get(host) ?? []).filter(
      ({ homes }) => homes.length === 1 || latest(homes, atMs)?.host === host,
    );
}

/**
 * What a host's agent says at some instants. With `stepMs`, the time between two of its samples, a series that
 * ended is marked so at the first instant without it, as the agent does.
 */
export function seriesAt(
  sampler: HostSampler,
  timesMs: readonly number[],
  stepMs?: number,
): Series[] {
  const found = new Map<Labels, Row>();
  let before = new Set<Labels>();
  const [firstMs] = timesMs;
  if (stepMs !== undefined && firstMs !== undefined)
    sampler.sample(firstMs - stepMs, (labels) => before.add(labels));
  for (const atMs of timesMs) {
    const now = new Set<Labels>();
    sampler.sample(atMs, (labels, value) => {
      now.add(labels);
      const row = rowOf(found, labels);
      row.at.push(atMs);
      row.values.push(value);
    });
    // While it is silent nobody says that anything ended.
    if (now.size === 0) {
      before = now;
      continue;
    }
    if (stepMs !== undefined)
      for (const labels of before) {
        if (now.has(labels)) continue;
        const row = rowOf(found, labels);
        row.ends.push(row.at.length);
        row.at.push(atMs);
        row.values.push(Number.NaN);
      }
    before = now;
  }
  return [...found].map(([labels, { at, values, ends }]) => {
    const series = { labels, timestamps: Float64Array.from(at), values: Float64Array.from(values) };
    for (const index of ends) setStaleAt(series.values, index);
    return series;
  });
}

interface Row {
  readonly at: number[];
  readonly values: number[];
  /** Indexes of marks that it ended. */
  readonly ends: number[];
}

function rowOf(rows: Map<Labels, Row>, labels: Labels): Row {
  let row = rows.get(labels);
  if (row === undefined) {
    row = { at: [], values: [], ends: [] };
    rows.set(labels, row);
  }
  return row;
}
