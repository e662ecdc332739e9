import { MINUTE_MS } from '../host-minute.ts';
import { bitsOf, type Series } from '../series/series.ts';
import type { HourPoints } from './hour-points.ts';
import { cutRows, joinRows, type Rows } from './replace-hours.ts';

/** What is made of an hour's rows that come to those there are. */
export interface JoinedHour {
  /**
   * - `known`: they are there already;
   * - `added`: they follow what there is, or are all there is;
   * - `replaced`: they are made of as many samples as what there was, or more;
   * - `refused`: they are made of fewer, of the same time: which of the two is right nobody can tell.
   */
  readonly fate: 'known' | 'added' | 'replaced' | 'refused';
  readonly points: HourPoints;
}

/**
 * A series' hour points with an hour's rows put in: those of `[startMs, endMs)`, the first sample of which is
 * of `firstMs`. An hour may come in parts one after another; again, it changes nothing.
 */
export function joinHour(
  known: HourPoints | undefined,
  fresh: HourPoints,
  firstMs: number,
  [startMs, endMs]: readonly [number, number],
): JoinedHour {
  if (known === undefined) return { fate: 'added', points: fresh };
  const there = cutRows(known, startMs, endMs);
  const before = cutRows(known, -Infinity, startMs);
  const after = cutRows(known, endMs, Infinity);
  const put = (...rows: Rows[]) => joinRows(known, [before, ...rows, after]);
  if (firstMs > (there.timestamps.at(-1) ?? -Infinity))
    return { fate: 'added', points: put(there, fresh) };
  if (isPartOf(fresh, there)) return { fate: 'known', points: known };
  if (samplesOf(fresh) < samplesOf(there)) return { fate: 'refused', points: known };
  return { fate: 'replaced', points: put(fresh) };
}

/** Is each row there, with the same numbers? */
function isPartOf(rows: Rows, all: Rows): boolean {
  const at = new Map(Array.from(all.timestamps, (ms, row) => [ms, row]));
  return rows.timestamps.every((ms, row) => {
    const other = at.get(ms);
    return other !== undefined && rowText(rows, row) === rowText(all, other);
  });
}

/** By bits: a staleness marker is NaN, and no number equals it. */
function rowText({ last, min, max, avg, count }: Rows, row: number): string {
  return [last, min, max, avg, count].map((column) => bitsOf(column)[row]).join();
}

function samplesOf({ count }: Rows): number {
  return count.reduce((sum, one) => sum + one, 0);
}

/**
 * Minute points of a series from two parts of an hour. Where both have a minute, the part whose last sample is
 * later has it; the second one if they are alike.
 */
export function joinMinutes(known: Series, fresh: Series, phaseMs: number): Series {
  const [ofKnown, ofFresh] = [byMinute(known, phaseMs), byMinute(fresh, phaseMs)];
  const minutes = [...new Set([...ofKnown.keys(), ...ofFresh.keys()])].sort((a, b) => a - b);
  const points = minutes.flatMap((minute) => {
    const [a = [], b = []] = [ofKnown.get(minute), ofFresh.get(minute)];
    return (a.at(-1)?.[0] ?? -Infinity) > (b.at(-1)?.[0] ?? -Infinity) ? a : b;
  });
  const values = new Float64Array(points.length);
  bitsOf(values).set(points.map(([, bits]) => bits));
  return { labels: known.labels, timestamps: Float64Array.from(points, ([ms]) => ms), values };
}

type Points = [ms: number, bits: bigint][];

function byMinute({ timestamps, values }: Series, phaseMs: number): Map<number, Points> {
  const bits = bitsOf(values);
  const minutes = new Map<number, Points>();
  timestamps.forEach((ms, i) => {
    const minute = Math.floor((ms - phaseMs) / MINUTE_MS);
    const points = minutes.get(minute) ?? [];
    minutes.set(minute, points);
    points.push([ms, bits[i] ?? 0n]);
  });
  return minutes;
}
