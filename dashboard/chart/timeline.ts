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

/** The segment at a time. */
export function segmentAt<S extends TimeSpan>(segments: readonly S[], atMs: number): S | undefined {
  return segments.find(({ fromMs, toMs }) => fromMs <= atMs && atMs < toMs);
}
