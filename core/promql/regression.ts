import { KahanSum } from './numerics.ts';
import type { Window } from './window.ts';

/** A line through samples: its slope per second, and its value at the intercept time. */
export interface Line {
  readonly slope: number;
  readonly intercept: number;
}

/**
 * The least-squares line through a window, or undefined with fewer than two samples.
 * Source: prometheus/promql/functions.go, `linearRegression`.
 */
export function regression(window: Window, interceptMs: number): Line | undefined {
  const { timestamps, values, from, to } = window;
  if (to - from < 2) return undefined;
  const firstValue = values[from] ?? Number.NaN;
  const x = new KahanSum();
  const y = new KahanSum();
  const xy = new KahanSum();
  const x2 = new KahanSum();
  let constant = true;
  for (let i = from; i < to; i++) {
    const value = values[i] ?? Number.NaN;
    const seconds = ((timestamps[i] ?? 0) - interceptMs) / 1000;
    if (i > from && value !== firstValue) constant = false;
    x.add(seconds);
    y.add(value);
    xy.add(seconds * value);
    x2.add(seconds * seconds);
  }
  if (constant) {
    if (!Number.isFinite(firstValue)) return { slope: Number.NaN, intercept: Number.NaN };
    return { slope: 0, intercept: firstValue };
  }
  const n = to - from;
  const covariance = xy.total - (x.total * y.total) / n;
  const variance = x2.total - (x.total * x.total) / n;
  const slope = covariance / variance;
  return { slope, intercept: y.total / n - (slope * x.total) / n };
}

/**
 * The smoothed last value, weighing recent samples (`smoothing`) and recent change (`trend`), both
 * in (0, 1). Undefined with fewer than two samples. Source: the same file,
 * `funcDoubleExponentialSmoothing`.
 */
export function doubleExponential(
  { values, from, to }: Window,
  smoothing: number,
  trend: number,
): number | undefined {
  if (to - from < 2) return undefined;
  let before = 0;
  let level = values[from] ?? Number.NaN;
  let slope = (values[from + 1] ?? Number.NaN) - level;
  for (let i = from + 1; i < to; i++) {
    const scaled = smoothing * (values[i] ?? Number.NaN);
    if (i > from + 1) slope = trend * (level - before) + (1 - trend) * slope;
    const next = scaled + (1 - smoothing) * (level + slope);
    before = level;
    level = next;
  }
  return level;
}
