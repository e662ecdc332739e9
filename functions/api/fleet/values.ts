import type { FleetValues } from '../../../core/answers/fleet.ts';
import { decodeMetrics, type KeyedSeries } from '../../../core/chunk/decode.ts';
import { LabelMemory } from '../../../core/chunk/series-list.ts';
import { labelValue, METRIC_NAME } from '../../../core/series/labels.ts';
import type { StoredChunk } from '../../store/chunks.ts';
import type { FleetMetric } from './metric.ts';
import { isNewest } from './newest-chunks.ts';
import type { FleetSnapshot } from './snapshot.ts';

/** Of one metric some 30 series of a host; one that churns through them begins anew beyond this. */
const KNOWN_LABELS_MAX = 2000;
/** Metrics that are looked at in turn; 16 bytes a VM each. */
const METRICS_MAX = 8;

/** What one chunk says of a metric. */
interface HostValues {
  readonly chunk: StoredChunk;
  /** Of the newest of its samples. */
  readonly atMs: number;
  readonly own: number | undefined;
  readonly vms: ReadonlyMap<string, number>;
}

/** Numbers of VMs and hosts as their newest chunks have them; chunks that are still the same are not read again. */
export class MetricValues {
  readonly #memories = new Map<string, LabelMemory>();
  readonly #known = new Map<string, Map<string, HostValues>>();

  /** `nowMs`: what is five minutes older is no answer. A chunk that can't be read has no values. */
  of(
    metric: FleetMetric,
    chunks: ReadonlyMap<string, StoredChunk>,
    { layout: { hosts, vmCounts }, uuids }: Pick<FleetSnapshot, 'layout' | 'uuids'>,
    nowMs: number,
  ): FleetValues {
    const known = this.#knownOf(metric.name);
    let fromMs = nowMs;
    const ofHosts: (number | null)[] = [];
    const ofVms: (number | null)[] = [];
    let at = 0;
    hosts.forEach((host, i) => {
      const chunk = chunks.get(host);
      const values = chunk && this.#read(metric, known, chunk);
      const newest = values !== undefined && isNewest(values.atMs, nowMs) ? values : undefined;
      if (newest !== undefined) fromMs = Math.min(fromMs, newest.atMs);
      ofHosts.push(shown(newest?.own, metric));
      for (const end = at + (vmCounts[i] ?? 0); at < end; at++)
        ofVms.push(shown(newest?.vms.get(uuids[at] ?? ''), metric));
    });
    const present = new Set(hosts);
    for (const map of [known, this.#memories])
      for (const host of map.keys()) if (!present.has(host)) map.delete(host);
    return {
      metric: metric.name,
      fromMs,
      ...(metric.ofHosts === undefined ? {} : { hosts: ofHosts }),
      ...(metric.ofVms === undefined ? {} : { vms: ofVms }),
    };
  }

  #knownOf(name: string): Map<string, HostValues> {
    const known = this.#known.get(name) ?? new Map<string, HostValues>();
    this.#known.delete(name);
    this.#known.set(name, known);
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= METRICS_MAX) break;
      this.#known.delete(oldest);
    }
    return known;
  }

  #read(metric: FleetMetric, known: Map<string, HostValues>, chunk: StoredChunk): HostValues {
    const { writer } = chunk;
    const before = known.get(writer);
    if (before?.chunk === chunk) return before;
    const memory = this.#memories.get(writer) ?? new LabelMemory(KNOWN_LABELS_MAX);
    this.#memories.set(writer, memory);
    const wanted = (name: string) => name === metric.ofVms || name === metric.ofHosts;
    const decoded = decodeMetrics(chunk.bytes, wanted, memory);
    const series = decoded.ok ? decoded.value.series : [];
    const values = { chunk, ...summed(series, metric) };
    known.set(writer, values);
    return values;
  }
}

function summed(
  series: readonly KeyedSeries[],
  { ofHosts, isSummed }: FleetMetric,
): Omit<HostValues, 'chunk'> {
  let atMs = 0;
  let own: number | undefined;
  const vms = new Map<string, number>();
  const joined = (a: number | undefined, b: number) =>
    a === undefined ? b : isSummed ? a + b : Math.max(a, b);
  for (const { labels, timestamps, values } of series) {
    const value = values.at(-1);
    // A staleness marker is a NaN: what it ends has no value now.
    if (value === undefined || !Number.isFinite(value)) continue;
    atMs = Math.max(atMs, timestamps.at(-1) ?? 0);
    if (labelValue(labels, METRIC_NAME) === ofHosts) own = joined(own, value);
    else {
      const uuid = labelValue(labels, 'uuid');
      vms.set(uuid, joined(vms.get(uuid), value));
    }
  }
  return { atMs, own, vms };
}

/** Short enough to be read in a cell, and a few bytes each. */
function shown(value: number | undefined, { unit }: FleetMetric): number | null {
  if (value === undefined) return null;
  return unit === 'percent' ? Math.round(value * 10) / 10 : Number(value.toPrecision(3));
}
