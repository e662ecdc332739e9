import { KahanSum } from './numerics.ts';
import type { Window } from './window.ts';

/** How an interval between two samples counts: its first value, its last, or the mean of both. */
const LEFT = 0;
const RIGHT = 1;
const TRAPEZOIDAL = 2;

/** Is it a way of counting that `integral` knows? Any other counts as the mean. */
export function isIntegralStrategy(strategy: number): boolean {
  return strategy === LEFT || strategy === RIGHT || strategy === TRAPEZOIDAL;
}

/**
 * The area under the samples of a window, in units times seconds; NaN counts as 0.
 * Source: prometheus/promql/functions.go, `funcIntegral`.
 */
export function integral(
  { timestamps, values, from, to }: Window,
  [strategy = TRAPEZOIDAL]: readonly number[],
): number {
  const area = new KahanSum();
  for (let i = from + 1; i < to; i++) {
    const previous = numberOrZero(values[i - 1]);
    const current = numberOrZero(values[i]);
    const seconds = ((timestamps[i] ?? 0) - (timestamps[i - 1] ?? 0)) / 1000;
    if (strategy === LEFT || strategy === RIGHT) {
      const height = strategy === LEFT ? previous : current;
      if (height !== 0) area.add(height * seconds);
      continue;
    }
    const height = meanOfTwo(previous, current);
    if (height.sum === 0 && height.lost === 0) continue;
    area.lost += height.lost * seconds;
    area.add(height.sum * seconds);
  }
  return Math.abs(area.sum) === Number.POSITIVE_INFINITY ? area.sum : area.total;
}

function numberOrZero(value: number | undefined): number {
  return value === undefined || Number.isNaN(value) ? 0 : value;
}

function meanOfTwo(previous: number, current: number): KahanSum {
  const sum = new KahanSum().reset(previous).add(current);
  const finite = Number.isFinite(previous) && Number.isFinite(current);
  if (finite && !Number.isFinite(sum.sum)) return sum.reset(previous / 2).add(current / 2);
  return sum.reset(sum.sum / 2, sum.lost / 2);
}
