import { cut } from '../../../core/chunk/encode-in-parts.ts';
import type { Series } from '../../../core/series/series.ts';
import { HOUR_MS } from '../../../core/time.ts';

/** A piece of a series that lies in one hour (counted from 1970). */
export interface HourPiece {
  readonly hour: number;
  readonly series: Series;
}

/** A series in order cut at a sender's hours, which begin `phaseMs` past the clock's. */
export function* splitHours(series: Series, phaseMs: number): Generator<HourPiece> {
  const { timestamps } = series;
  for (let at = 0; at < timestamps.length; ) {
    const hour = Math.floor(((timestamps[at] ?? 0) - phaseMs) / HOUR_MS);
    const endMs = (hour + 1) * HOUR_MS + phaseMs;
    let end = at + 1;
    while (end < timestamps.length && (timestamps[end] ?? 0) < endMs) end++;
    yield { hour, series: cut(series, at, end) };
    at = end;
  }
}
