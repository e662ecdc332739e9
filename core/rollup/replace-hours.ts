import { labelsKey } from '../series/labels.ts';
import { bitsOf } from '../series/series.ts';
import type { HourPoints } from './hour-points.ts';

/**
 * Hour points with those of `[fromMs, toMs)` taken out and `fresh` put in: an hour made anew. Rows of
 * `fresh` lie within; a series that is in one of both only keeps what it has.
 */
export function replaceHours(
  known: readonly HourPoints[],
  fresh: readonly HourPoints[],
  fromMs: number,
  toMs: number,
): HourPoints[] {
  const replaced = new Map(known.map((points) => [labelsKey(points.labels), points]));
  for (const [key, points] of replaced) {
    const left = [cutRows(points, -Infinity, fromMs), cutRows(points, toMs, Infinity)];
    replaced.set(key, joinRows(points, left));
  }
  for (const points of fresh) {
    const key = labelsKey(points.labels);
    const rest = replaced.get(key);
    const parts = [
      ...(rest === undefined ? [] : [cutRows(rest, -Infinity, fromMs)]),
      points,
      ...(rest === undefined ? [] : [cutRows(rest, toMs, Infinity)]),
    ];
    replaced.set(key, joinRows(points, parts));
  }
  return [...replaced.values()].filter(({ timestamps }) => timestamps.length > 0);
}

const COLUMNS = ['timestamps', 'last', 'min', 'max', 'avg', 'count'] as const;
export type Rows = Pick<HourPoints, (typeof COLUMNS)[number]>;

/** The rows of `[fromMs, toMs)`. */
export function cutRows(points: Rows, fromMs: number, toMs: number): Rows {
  const { timestamps } = points;
  const from = indexFrom(timestamps, fromMs);
  const to = indexFrom(timestamps, toMs);
  return mapColumns((column) => points[column].subarray(from, to));
}

/** Rows that follow each other as one series' points. */
export function joinRows(
  { labels }: Pick<HourPoints, 'labels'>,
  parts: readonly Rows[],
): HourPoints {
  const length = parts.reduce((sum, { timestamps }) => sum + timestamps.length, 0);
  const rows = mapColumns((column) => {
    const whole = new Float64Array(length);
    // By their bits: a staleness marker may not survive being a number.
    const bits = bitsOf(whole);
    let at = 0;
    for (const part of parts) {
      bits.set(bitsOf(part[column]), at);
      at += part[column].length;
    }
    return whole;
  });
  return { labels, ...rows };
}

function mapColumns(make: (column: (typeof COLUMNS)[number]) => Float64Array): Rows {
  return {
    timestamps: make('timestamps'),
    last: make('last'),
    min: make('min'),
    max: make('max'),
    avg: make('avg'),
    count: make('count'),
  };
}

/** The first index whose timestamp is not before `ms`. */
function indexFrom(timestamps: Float64Array, ms: number): number {
  let low = 0;
  let high = timestamps.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((timestamps[middle] ?? 0) < ms) low = middle + 1;
    else high = middle;
  }
  return low;
}
