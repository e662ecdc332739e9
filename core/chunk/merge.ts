import { labelsKey } from '../series/labels.ts';
import { bitsOf, type Series } from '../series/series.ts';

/**
 * The union of two sets of series. Where both have a sample of one series at one instant, the first
 * set's stays: what was stored is not changed by what comes later.
 */
export function mergeSeries(first: readonly Series[], second: readonly Series[]): Series[] {
  const merged = new Map(first.map((series) => [labelsKey(series.labels), series]));
  for (const series of second) {
    const key = labelsKey(series.labels);
    const known = merged.get(key);
    merged.set(key, known === undefined ? series : mergeSamples(known, series));
  }
  return [...merged.values()];
}

/** How many samples these series have together. */
export function countSamples(series: readonly Series[]): number {
  return series.reduce((sum, { timestamps }) => sum + timestamps.length, 0);
}

function mergeSamples(a: Series, b: Series): Series {
  const bits = new Map<number, bigint>();
  for (const { timestamps, values } of [b, a]) {
    const all = bitsOf(values);
    timestamps.forEach((timestamp, i) => {
      bits.set(timestamp, all[i] ?? 0n);
    });
  }
  const timestamps = Float64Array.from(bits.keys()).sort();
  const values = new Float64Array(timestamps.length);
  // As bits, since a staleness marker may not survive being a number.
  bitsOf(values).set(Array.from(timestamps, (timestamp) => bits.get(timestamp) ?? 0n));
  return { labels: a.labels, timestamps, values };
}
