import { extendedRate } from './extended-range.ts';
import { integral } from './integral.ts';
import { KahanSum, Mean, quantile } from './numerics.ts';
import { extrapolated, lastTwo } from './rate.ts';
import { doubleExponential, regression } from './regression.ts';
import { countUpTo } from './samples.ts';
import type { Window } from './window.ts';

/** A function of one window; `args` are its scalar arguments at that step, in order. */
export type RangeFunction = (window: Window, args: readonly number[]) => number | undefined;

const mean = new Mean();

/** Every function of a range vector but absent_over_time. */
export const RANGE_FUNCTIONS: ReadonlyMap<string, RangeFunction> = new Map<string, RangeFunction>([
  ['rate', (window) => difference(window, true, true)],
  ['increase', (window) => difference(window, true, false)],
  ['delta', (window) => difference(window, false, false)],
  ['irate', (window) => lastTwo(window, true)],
  ['idelta', (window) => lastTwo(window, false)],
  ['deriv', (window) => regression(window, window.timestamps[window.from] ?? 0)?.slope],
  ['predict_linear', predictLinear],
  ['double_exponential_smoothing', (w, [sf, tf]) => doubleExponential(w, sf ?? 0, tf ?? 0)],
  ['integral', integral],
  ['avg_over_time', average],
  ['sum_over_time', total],
  ['count_over_time', ({ from, to }) => to - from],
  ['min_over_time', (window) => window.values[extreme(window, (a, b) => a < b)]],
  ['max_over_time', (window) => window.values[extreme(window, (a, b) => a > b)]],
  [
    'ts_of_min_over_time',
    (window) =>
      seconds(
        window,
        extreme(window, (a, b) => a <= b),
      ),
  ],
  [
    'ts_of_max_over_time',
    (window) =>
      seconds(
        window,
        extreme(window, (a, b) => a >= b),
      ),
  ],
  ['first_over_time', ({ values, from }) => values[from]],
  ['last_over_time', ({ values, to }) => values[to - 1]],
  ['ts_of_first_over_time', (window) => seconds(window, window.from)],
  ['ts_of_last_over_time', (window) => seconds(window, window.to - 1)],
  ['present_over_time', () => 1],
  ['absent_over_time', () => 1],
  ['quantile_over_time', (window, [q]) => quantile(q ?? Number.NaN, copy(window))],
  ['mad_over_time', medianAbsoluteDeviation],
  ['stdvar_over_time', variance],
  ['stddev_over_time', (window) => Math.sqrt(variance(window))],
  ['changes', changes],
  ['resets', resets],
]);

/** Functions that give a sample of the series itself and so keep its name. */
export const NAME_KEEPING: ReadonlySet<string> = new Set(['last_over_time', 'first_over_time']);

function difference(window: Window, isCounter: boolean, isRate: boolean): number | undefined {
  if (window.extended === undefined) return extrapolated(window, isCounter, isRate);
  return extendedRate(window, window.extended === 'smoothed', isCounter, isRate);
}

function predictLinear(window: Window, [aheadS = 0]: readonly number[]): number | undefined {
  const line = regression(window, window.evalMs);
  return line === undefined ? undefined : line.slope * aheadS + line.intercept;
}

function average(window: Window): number {
  const { values, from, to } = window;
  // What `Mean` does as long as all is finite, which it nearly always is; in local variables.
  let total = values[from] ?? Number.NaN;
  let lost = 0;
  for (let i = from + 1; i < to; i++) {
    const value = values[i] ?? Number.NaN;
    const next = total + value;
    lost += Math.abs(total) >= Math.abs(value) ? total - next + value : value - next + total;
    total = next;
  }
  const count = to - from;
  return Number.isFinite(total) ? total / count + lost / count : carefulAverage(window);
}

function carefulAverage({ values, from, to }: Window): number {
  mean.reset();
  for (let i = from; i < to; i++) mean.add(values[i] ?? Number.NaN);
  return mean.value;
}

function total({ values, from, to }: Window): number {
  let sum = 0;
  let lost = 0;
  for (let i = from; i < to; i++) {
    const value = values[i] ?? Number.NaN;
    const next = sum + value;
    lost += Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum;
    sum = next;
  }
  // Once the sum is infinite, what rounding lost is no number any more.
  return Number.isFinite(sum) ? sum + lost : sum;
}

/** The place of the first value that none is `better` than; a NaN loses to any number. */
function extreme(
  { values, from, to }: Window,
  better: (value: number, best: number) => boolean,
): number {
  let place = from;
  let best = values[from] ?? Number.NaN;
  for (let i = from; i < to; i++) {
    const value = values[i] ?? Number.NaN;
    if (better(value, best) || Number.isNaN(best)) {
      best = value;
      place = i;
    }
  }
  return place;
}

function seconds(window: Window, index: number): number {
  return (window.timestamps[index] ?? Number.NaN) / 1000;
}

function copy({ values, from, to }: Window): Float64Array {
  return values.slice(from, to);
}

function medianAbsoluteDeviation(window: Window): number {
  const values = copy(window);
  if (values.some(Number.isNaN)) return Number.NaN;
  const median = quantile(0.5, values);
  return quantile(
    0.5,
    values.map((value) => Math.abs(value - median)),
  );
}

/** Welford's running variance with compensated sums. Source: `varianceOverTime`. */
function variance({ values, from, to }: Window): number {
  const average = new KahanSum();
  const squares = new KahanSum();
  for (let i = from; i < to; i++) {
    const value = values[i] ?? Number.NaN;
    const delta = value - average.total;
    average.add(delta / (i - from + 1));
    squares.add(delta * (value - average.total));
  }
  return squares.total / (to - from);
}

function changes(window: Window): number | undefined {
  const { values, to } = window;
  const first = firstCompared(window);
  if (first === undefined) return undefined;
  let count = 0;
  for (let i = first + 1; i < to; i++) {
    const value = values[i] ?? Number.NaN;
    const previous = values[i - 1] ?? Number.NaN;
    if (value !== previous && !(Number.isNaN(value) && Number.isNaN(previous))) count++;
  }
  return count;
}

function resets(window: Window): number | undefined {
  const { values, to } = window;
  const first = firstCompared(window);
  if (first === undefined) return undefined;
  let count = 0;
  for (let i = first + 1; i < to; i++) {
    if ((values[i] ?? Number.NaN) < (values[i - 1] ?? Number.NaN)) count++;
  }
  return count;
}

/** Of an `anchored` range the last sample at or before its start; none if there is nothing after. */
function firstCompared({ timestamps, from, to, startMs, extended }: Window): number | undefined {
  if (extended === undefined) return from;
  const after = countUpTo(timestamps, startMs, from);
  return after >= to ? undefined : Math.max(from, after - 1);
}
