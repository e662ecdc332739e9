import type { Line } from '../../chart/lines.ts';
import { lastValue } from '../../chart/lines.ts';

/** Which of too many series come first. */
export type Ranking = 'peak' | 'newest' | 'lowest';

export const RANKINGS: readonly Ranking[] = ['peak', 'newest', 'lowest'];

/** So many lines can be told apart, with some effort. */
export const LINES_FIRST = 20;
/** More a chart does not draw. */
export const LINES_MOST = 60;

/** Lines in the order in which they matter; those in `first` before all others. Equal ones stay as they are. */
export function rankedLines(
  lines: readonly Line[],
  ranking: Ranking,
  isFirst: (line: Line) => boolean = () => false,
): readonly Line[] {
  const rank = new Map(lines.map((line) => [line, worthOf(line, ranking)]));
  const value = (line: Line) => rank.get(line) ?? Number.NEGATIVE_INFINITY;
  return lines.toSorted(
    (a, b) => Number(isFirst(b)) - Number(isFirst(a)) || compare(value(b), value(a)),
  );
}

function compare(a: number, b: number): number {
  return a === b ? 0 : a - b;
}

function worthOf({ values }: Line, ranking: Ranking): number {
  if (ranking === 'newest') return lastValue(values) ?? Number.NEGATIVE_INFINITY;
  let extreme = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value !== null) extreme = Math.max(extreme, ranking === 'peak' ? value : -value);
  }
  return extreme;
}
