import type { Window } from './window.ts';

/**
 * rate, increase and delta: the difference of the window's ends, counter resets mended, stretched to
 * the window's bounds where samples lie close enough to them. Undefined with fewer than two samples.
 * Source: prometheus/promql/functions.go, `extrapolatedRate`.
 */
export function extrapolated(
  window: Window,
  isCounter: boolean,
  isRate: boolean,
): number | undefined {
  const { timestamps, values, from, to } = window;
  const last = to - 1;
  if (last <= from) return undefined;
  const firstMs = timestamps[from] ?? 0;
  const lastMs = timestamps[last] ?? 0;
  const firstValue = values[from] ?? Number.NaN;
  let result = (values[last] ?? Number.NaN) - firstValue;
  if (isCounter) {
    let previous = firstValue;
    for (let i = from + 1; i < to; i++) {
      const value = values[i] ?? Number.NaN;
      if (value < previous) result += previous;
      previous = value;
    }
  }
  let toStart = (firstMs - window.startMs) / 1000;
  let toEnd = (window.endMs - lastMs) / 1000;
  const sampled = (lastMs - firstMs) / 1000;
  const average = sampled / (last - from);
  // A sample missing where one is expected means the series begins or ends there: half a step more.
  const threshold = average * 1.1;
  if (toStart >= threshold) toStart = average / 2;
  if (isCounter) {
    // A counter was never below 0: do not stretch it to before it was born.
    let toZero = toStart;
    if (result > 0 && firstValue >= 0) toZero = sampled * (firstValue / result);
    if (toZero < toStart) toStart = toZero;
  }
  if (toEnd >= threshold) toEnd = average / 2;
  let factor = sampled === 0 ? 1 : (sampled + toStart + toEnd) / sampled;
  if (isRate) factor /= (window.endMs - window.startMs) / 1000;
  return result * factor;
}

/** irate and idelta: from the last two samples alone. Source: the same file, `instantValue`. */
export function lastTwo(window: Window, isRate: boolean): number | undefined {
  const { timestamps, values, from, to } = window;
  if (to - from < 2) return undefined;
  const seconds = ((timestamps[to - 1] ?? 0) - (timestamps[to - 2] ?? 0)) / 1000;
  if (seconds === 0) return undefined;
  const last = values[to - 1] ?? Number.NaN;
  const previous = values[to - 2] ?? Number.NaN;
  const change = isRate && last < previous ? last : last - previous;
  return isRate ? change / seconds : change;
}
