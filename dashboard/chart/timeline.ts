import type { TimeSpan } from './range.ts';

/** A time in which something was in one state. */
export interface Segment<S extends string = string> extends TimeSpan {
  readonly state: S;
}

/**
 * Segments from states at instants, neighbours of one state joined; `undefined`: nothing is known, which is no
 * segment. A state holds from the instant it is first seen until the next instant's.
 *
 * @param endMs up to when the last instant's state is taken to hold
 */
export function segmentsOf<S extends string>(
  timesMs: readonly number[],
  states: readonly (S | undefined)[],
  endMs: number,
): Segment<S>[] {
  const segments: Segment<S>[] = [];
  for (const [i, fromMs] of timesMs.entries()) {
    const state = states[i];
    if (state === undefined) continue;
    const toMs = Math.max(timesMs[i + 1] ?? endMs, fromMs);
    const last = segments.at(-1);
    if (last?.state === state && last.toMs === fromMs)
      segments[segments.length - 1] = { ...last, toMs };
    else segments.push({ fromMs, toMs, state });
  }
  return segments;
}

/** What of the segments lies within a time. */
export function within<S extends TimeSpan>(segments: readonly S[], span: TimeSpan): S[] {
  return segments.flatMap((segment) => {
    const fromMs = Math.max(segment.fromMs, span.fromMs);
    const toMs = Math.min(segment.toMs, span.toMs);
    return toMs > fromMs ? [{ ...segment, fromMs, toMs }] : [];
  });
}

/** Times between segments, longer than what lies between two instants anyway; those before the first and after the last, too. */
export function gapsOf(
  segments: readonly TimeSpan[],
  { fromMs, toMs }: TimeSpan,
  leastMs: number,
): TimeSpan[] {
  const ends = [fromMs, ...segments.map((segment) => segment.toMs)];
  const starts = [...segments.map((segment) => segment.fromMs), toMs];
  return ends.flatMap((endMs, i) => {
    const startMs = starts[i] ?? toMs;
    return startMs - endMs > leastMs ? [{ fromMs: endMs, toMs: startMs }] : [];
  });
}

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const TICK_STEPS_MS = [
  ...[1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720].map((minutes) => minutes * MINUTE_MS),
  ...[1, 2, 7, 14, 28, 56, 112].map((days) => days * DAY_MS),
];

/** Texts nearer to an end would be cut off. */
const EDGE = 0.05;

/**
 * Round times within a span, at most so many.
 *
 * @param zoneMinutes how far UTC is ahead of local time, as `getTimezoneOffset` has it: days begin at midnight there
 */
export function timeTicks(
  { fromMs, toMs }: TimeSpan,
  most: number,
  zoneMinutes: number,
): { readonly timesMs: number[]; readonly stepMs: number } {
  const lengthMs = toMs - fromMs;
  const stepMs = TICK_STEPS_MS.find((ms) => lengthMs / ms <= most) ?? lengthMs;
  const zoneMs = zoneMinutes * MINUTE_MS;
  const first = Math.ceil((fromMs - zoneMs) / stepMs) * stepMs + zoneMs;
  const timesMs: number[] = [];
  for (let ms = first; ms < toMs - lengthMs * EDGE; ms += stepMs)
    if (ms > fromMs + lengthMs * EDGE) timesMs.push(ms);
  return { timesMs, stepMs };
}
