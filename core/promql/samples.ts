import { isStaleAt, mapSummary, type Series } from '../series/series.ts';

/** Times and values of one series, as `Series` has them. */
export type Samples = Pick<Series, 'timestamps' | 'values'>;

/** How many of the rising timestamps are at or before the instant; those before `from` are. */
export function countUpTo(timestamps: Float64Array, instantMs: number, from: number): number {
  let low = from;
  let high = timestamps.length;
  // The newest sample is the usual answer.
  if (high > low && (timestamps[high - 1] ?? 0) <= instantMs) return high;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((timestamps[middle] ?? 0) <= instantMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * The value at an instant on the line between a sample and the next. A counter that was reset
 * between the two begins again at 0. Source: prometheus/promql/functions.go, `interpolate`.
 */
export function interpolate(
  { timestamps, values }: Samples,
  index: number,
  instantMs: number,
  isCounter = false,
): number {
  const startMs = timestamps[index] ?? 0;
  const endMs = timestamps[index + 1] ?? 0;
  const end = values[index + 1] ?? Number.NaN;
  let start = values[index] ?? Number.NaN;
  if (isCounter && end < start) start = 0;
  return start + ((end - start) * (instantMs - startMs)) / (endMs - startMs);
}

/** The series without staleness markers between two times; itself when there are none. */
export function withoutStale(series: Series, fromMs: number, toMs: number): Series {
  const { labels, timestamps, values, summary } = series;
  const from = countUpTo(timestamps, fromMs - 1, 0);
  const to = countUpTo(timestamps, toMs, from);
  let stale = 0;
  for (let i = from; i < to; i++) {
    if (Number.isNaN(values[i]) && isStaleAt(values, i)) stale++;
  }
  if (stale === 0) return series;
  const keep = (column: Float64Array): Float64Array => {
    const kept = new Float64Array(to - from - stale);
    let at = 0;
    for (let i = from; i < to; i++) {
      if (!isStaleAt(values, i)) kept[at++] = column[i] ?? Number.NaN;
    }
    return kept;
  };
  const kept = { labels, timestamps: keep(timestamps), values: keep(values) };
  if (summary === undefined) return kept;
  return { ...kept, summary: mapSummary(summary, keep) };
}
