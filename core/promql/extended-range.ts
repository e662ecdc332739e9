import { countUpTo, interpolate, type Samples } from './samples.ts';
import type { Window } from './window.ts';

type Range = Pick<Window, 'timestamps' | 'values' | 'from' | 'to' | 'startMs' | 'endMs'>;

/** Values at the ends of a range, and the samples strictly between: `from` to `to` (exclusive). */
interface Ends {
  readonly left: number;
  readonly right: number;
  readonly from: number;
  readonly to: number;
}

/**
 * rate, increase and delta of an `anchored` or `smoothed` range: the difference between the values at
 * its very ends, counter resets mended. Undefined without a sample after the range's start.
 * Source: prometheus/promql/functions.go, `extendedRate`.
 */
export function extendedRate(
  window: Range,
  smoothed: boolean,
  isCounter: boolean,
  isRate: boolean,
): number | undefined {
  const { timestamps, values, startMs, endMs } = window;
  const first = firstIndex(window);
  if (smoothed && (timestamps[first] ?? 0) > endMs) return undefined;
  const ends = endsOf(window, smoothed, isCounter);
  if (ends === undefined) return undefined;
  const rise = ends.right - ends.left + (isCounter ? lostByResets(ends, values) : 0);
  return isRate ? rise / ((endMs - startMs) / 1000) : rise;
}

/** What the counter stood at before each of its resets, summed. */
function lostByResets({ left, right, from, to }: Ends, values: Float64Array): number {
  let lost = 0;
  let previous = left;
  for (let i = from; i < to; i++) {
    const value = values[i] ?? Number.NaN;
    if (value < previous) lost += previous;
    previous = value;
  }
  return right < previous ? lost + previous : lost;
}

/** The last sample at or before the range's start; the first of all when there is none. */
function firstIndex({ timestamps, from, to, startMs }: Range): number {
  return Math.max(from, Math.min(countUpTo(timestamps, startMs, from), to - 1) - 1);
}

function endsOf(window: Range, smoothed: boolean, isCounter: boolean): Ends | undefined {
  const { timestamps, values, from, to, startMs, endMs } = window;
  const first = firstIndex(window);
  // The first sample at or after the end, or the last of all.
  const last = smoothed ? Math.min(countUpTo(timestamps, endMs - 0.5, from), to - 1) : to - 1;
  const firstMs = timestamps[first] ?? 0;
  const lastMs = timestamps[last] ?? 0;
  if (lastMs <= startMs) return undefined;
  const samples: Samples = { timestamps, values };
  const left =
    smoothed && firstMs < startMs
      ? interpolate(samples, first, startMs, isCounter)
      : (values[first] ?? Number.NaN);
  let right = values[last] ?? Number.NaN;
  if (smoothed && lastMs > endMs && last > from)
    right = interpolate(samples, last - 1, endMs, isCounter);
  return {
    left,
    right,
    from: firstMs <= startMs ? first + 1 : first,
    to: lastMs >= endMs ? last : last + 1,
  };
}

/** The samples of such a range as a value: those between its ends, and one at either end. */
export function extendedSamples(window: Range, smoothed: boolean): Samples {
  const ends = window.from === window.to ? undefined : endsOf(window, smoothed, false);
  if (ends === undefined) return { timestamps: new Float64Array(0), values: new Float64Array(0) };
  const { timestamps, values, startMs, endMs } = window;
  const to = Math.max(ends.from, ends.to);
  return {
    timestamps: Float64Array.of(startMs, ...timestamps.subarray(ends.from, to), endMs),
    values: Float64Array.of(ends.left, ...values.subarray(ends.from, to), ends.right),
  };
}
