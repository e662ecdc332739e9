import type { Series } from '../series/series.ts';
import { mergeSeries } from './merge.ts';

/**
 * Parts of one series, from chunk after chunk, as one. Parts of a host follow each other in time;
 * those of a sender may come in any order and overlap, and then the part given first wins.
 */
export function concatenate(parts: readonly Series[]): Series {
  const [first] = parts;
  if (first === undefined) throw new Error('a series without parts');
  if (parts.length === 1) return first;
  const ordered = followEachOther(parts) ? parts : parts.toSorted(byFirstTimestamp);
  if (!followEachOther(ordered)) return mergeAll(parts);
  const length = ordered.reduce((sum, { timestamps }) => sum + timestamps.length, 0);
  const timestamps = new Float64Array(length);
  const values = new Float64Array(length);
  let at = 0;
  for (const part of ordered) {
    timestamps.set(part.timestamps, at);
    // Copying a typed array keeps every bit, a staleness marker's too.
    values.set(part.values, at);
    at += part.timestamps.length;
  }
  return { labels: first.labels, timestamps, values };
}

/** In halves: one part after another would copy the growing sum for each. */
function mergeAll(parts: readonly Series[]): Series {
  const [first, second] = parts;
  if (first === undefined) throw new Error('a series without parts');
  if (second === undefined) return first;
  const half = parts.length >> 1;
  const [merged] = mergeSeries([mergeAll(parts.slice(0, half))], [mergeAll(parts.slice(half))]);
  if (merged === undefined) throw new Error('the union of a series with itself is empty');
  return merged;
}

function byFirstTimestamp(a: Series, b: Series): number {
  return (a.timestamps[0] ?? 0) - (b.timestamps[0] ?? 0);
}

function followEachOther(parts: readonly Series[]): boolean {
  let last = Number.NEGATIVE_INFINITY;
  for (const { timestamps } of parts) {
    if ((timestamps[0] ?? Number.POSITIVE_INFINITY) <= last) return false;
    last = timestamps.at(-1) ?? last;
  }
  return true;
}
