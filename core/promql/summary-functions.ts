import type { Summary } from '../series/series.ts';
import type { Window } from './window.ts';

/** A function of a window whose samples stand for many. */
type SummaryFunction = (window: Window, summary: Summary) => number | undefined;

/**
 * Functions of a range vector that know more of rolled-up samples than their values. What they give is what
 * the samples themselves would, where the window's ends are those of rows; others take the values as they are.
 */
export const SUMMARY_FUNCTIONS: ReadonlyMap<string, SummaryFunction> = new Map<
  string,
  SummaryFunction
>([
  ['min_over_time', (window, { min }) => extreme(window, min, (a, b) => a < b)],
  ['max_over_time', (window, { max }) => extreme(window, max, (a, b) => a > b)],
  ['last_over_time', (window, { last }) => last[window.to - 1]],
  ['count_over_time', (window, summary) => weightOf(window, summary)],
  ['sum_over_time', (window, summary) => weighed(window, summary)],
  ['avg_over_time', average],
]);

function average(window: Window, summary: Summary): number | undefined {
  const { from, to } = window;
  const first = summary.avg[from];
  // What stands still is itself, whatever rounding does to a sum.
  let isSame = true;
  for (let i = from + 1; i < to && isSame; i++) isSame = Object.is(summary.avg[i], first);
  if (isSame) return first;
  const weight = weightOf(window, summary);
  const sum = weighed(window, summary);
  return weight === undefined || sum === undefined ? undefined : sum / weight;
}

/** Of a window that holds but rows counted elsewhere there is nothing to tell. */
function weightOf({ from, to }: Window, { count }: Summary): number | undefined {
  let weight = 0;
  for (let i = from; i < to; i++) weight += count[i] ?? 0;
  return weight === 0 ? undefined : weight;
}

function weighed(window: Window, summary: Summary): number | undefined {
  if (weightOf(window, summary) === undefined) return undefined;
  const { from, to } = window;
  let sum = 0;
  for (let i = from; i < to; i++) {
    const count = summary.count[i] ?? 0;
    if (count > 0) sum += count * (summary.avg[i] ?? Number.NaN);
  }
  return sum;
}

/** A NaN loses to any number. */
function extreme(
  { from, to }: Window,
  column: Float64Array,
  isBetter: (value: number, best: number) => boolean,
): number {
  let best = column[from] ?? Number.NaN;
  for (let i = from + 1; i < to; i++) {
    const value = column[i] ?? Number.NaN;
    if (isBetter(value, best) || Number.isNaN(best)) best = value;
  }
  return best;
}
