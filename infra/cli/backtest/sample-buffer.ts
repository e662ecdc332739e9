import type { HostSamples } from '../../../core/alerting/up.ts';
import { MINUTE_MS } from '../../../core/host-minute.ts';
import { appended, type WrittenSample } from '../../../core/rules/written-samples.ts';
import { type Labels, labelsKey, labelValue, METRIC_NAME } from '../../../core/series/labels.ts';
import { type Series, setStaleAt } from '../../../core/series/series.ts';
import { type Arrival, arrivalOf, indexAfter } from './arrival.ts';
import { BATCH_INTERVAL } from './needed-metrics.ts';

/** What a tick evaluates over. */
export interface SampleWindow {
  readonly series: readonly Series[];
  readonly hosts: readonly HostSamples[];
}

interface Buffered {
  series: Series;
  readonly metric: string;
  readonly host: HostBuffer | undefined;
}

interface HostBuffer {
  readonly host: string;
  /** Its batch interval in seconds, at each of its samples. */
  heard: Series;
  readonly arrival: Arrival;
}

/**
 * The samples a replay holds: those read, some of them ahead of the tick, and those its rules made.
 * Bounded by what is dropped: as much as the rules look back, and the window read ahead.
 */
export class SampleBuffer {
  readonly #read = new Map<string, Buffered>();
  readonly #made = new Map<string, Series>();
  readonly #hosts = new Map<string, HostBuffer>();

  /** Adds samples later than those held. */
  add(found: readonly Series[]): void {
    for (const series of found) if (metricOf(series) === BATCH_INTERVAL) this.#hear(series);
    for (const series of found) {
      const key = labelsKey(series.labels);
      const known = this.#read.get(key);
      if (known !== undefined) known.series = joined(known.series, series);
      else
        this.#read.set(key, {
          series,
          metric: metricOf(series),
          host: this.#hosts.get(labelValue(series.labels, 'host')),
        });
    }
  }

  #hear(series: Series): void {
    const host = labelValue(series.labels, 'host');
    const known = this.#hosts.get(host);
    if (known !== undefined) {
      known.heard = joined(known.heard, series);
      return;
    }
    const fresh: HostBuffer = {
      host,
      heard: series,
      arrival: arrivalOf(host, () => fresh.heard),
    };
    this.#hosts.set(host, fresh);
  }

  /** Samples that rules made at a tick; later ticks see them. */
  write(atMs: number, samples: readonly WrittenSample[]): void {
    for (const { labels, value } of samples) {
      const key = labelsKey(labels);
      const known = this.#made.get(key) ?? emptySeries(labels);
      this.#made.set(key, appended(known, atMs, value));
    }
  }

  /** A series ended: from this instant it has no value. Nothing, if it has a later sample. */
  end(labels: Labels, atMs: number): void {
    const known = this.#read.get(labelsKey(labels));
    if (known === undefined) return;
    const at = indexAfter(known.series.timestamps, atMs);
    const values = new Float64Array(known.series.values.length + 1);
    const timestamps = new Float64Array(values.length);
    timestamps.set(known.series.timestamps.subarray(0, at));
    timestamps[at] = atMs;
    timestamps.set(known.series.timestamps.subarray(at), at + 1);
    values.set(known.series.values.subarray(0, at));
    setStaleAt(values, at);
    values.set(known.series.values.subarray(at), at + 1);
    known.series = { labels, timestamps, values };
  }

  /** All that was read, whatever the time. */
  *all(): Generator<Series> {
    for (const { series } of this.#read.values()) yield series;
  }

  /** Drops what is older than each metric needs, and than `hostsMs` of when hosts were heard. */
  dropBefore(nowMs: number, keepMs: (metric: string) => number, hostsMs: number): void {
    for (const [key, one] of this.#read) {
      const kept = since(one.series, nowMs - keepMs(one.metric));
      if (kept.timestamps.length === 0) this.#read.delete(key);
      else one.series = kept;
    }
    for (const [key, series] of this.#made) {
      const kept = since(series, nowMs - keepMs(metricOf(series)));
      if (kept.timestamps.length === 0) this.#made.delete(key);
      else this.#made.set(key, kept);
    }
    for (const host of this.#hosts.values()) host.heard = since(host.heard, nowMs - hostsMs);
  }

  /** What an evaluator saw at `nowMs`. */
  seenAt(nowMs: number, windowMs: number): SampleWindow {
    const ends = new Map<HostBuffer, number>();
    const hosts: HostSamples[] = [];
    for (const host of this.#hosts.values()) {
      const endMs = host.arrival.arrivedBefore(nowMs) - 1;
      ends.set(host, endMs);
      const samples = hostSamples(host, nowMs - windowMs - 2 * MINUTE_MS, endMs);
      if (samples !== undefined) hosts.push(samples);
    }
    const series: Series[] = [...this.#made.values()];
    for (const one of this.#read.values()) {
      const endMs = one.host === undefined ? nowMs : (ends.get(one.host) ?? nowMs);
      const count = indexAfter(one.series.timestamps, endMs);
      if (count > 0) series.push(slice(one.series, 0, count));
    }
    return { series, hosts };
  }
}

function hostSamples(
  { host, heard }: HostBuffer,
  fromMs: number,
  endMs: number,
): HostSamples | undefined {
  const end = indexAfter(heard.timestamps, endMs);
  const times = heard.timestamps.subarray(indexAfter(heard.timestamps, fromMs), end);
  if (times.length === 0) return undefined;
  const seconds = heard.values[end - 1] ?? 0;
  return {
    host,
    timestamps: [...times],
    batchIntervalMs: seconds > 0 ? seconds * 1000 : undefined,
  };
}

function metricOf({ labels }: Series): string {
  return labelValue(labels, METRIC_NAME);
}

function emptySeries(labels: Labels): Series {
  return { labels, timestamps: new Float64Array(0), values: new Float64Array(0) };
}

function slice({ labels, timestamps, values }: Series, from: number, to: number): Series {
  return { labels, timestamps: timestamps.subarray(from, to), values: values.subarray(from, to) };
}

/** A copy, so that what is dropped is freed. */
function since(series: Series, fromMs: number): Series {
  const from = indexAfter(series.timestamps, fromMs - 1);
  if (from === 0) return series;
  const { labels, timestamps, values } = series;
  return { labels, timestamps: timestamps.slice(from), values: values.slice(from) };
}

/** The first and what of the second is later. */
function joined(first: Series, second: Series): Series {
  const lastMs = first.timestamps.at(-1) ?? Number.NEGATIVE_INFINITY;
  const from = indexAfter(second.timestamps, lastMs);
  const count = second.timestamps.length - from;
  if (count === 0) return first;
  const timestamps = new Float64Array(first.timestamps.length + count);
  const values = new Float64Array(timestamps.length);
  timestamps.set(first.timestamps);
  timestamps.set(second.timestamps.subarray(from), first.timestamps.length);
  values.set(first.values);
  values.set(second.values.subarray(from), first.timestamps.length);
  return { labels: first.labels, timestamps, values };
}
