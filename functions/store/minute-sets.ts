import { MINUTE_MS, minuteOf } from '../../core/host-minute.ts';
import type { Span } from './selection.ts';

/** Minutes by who wrote them, for reading by key or by writer. */
export type WriterMinutes = Map<number, Set<string>>;

/** Which items of samples as they came a query reads. */
export interface MinuteSets {
  /** Minutes read whole, time-major: every host, and every sender with it. */
  readonly fleetMinutes: ReadonlySet<number>;
  /** Minutes of some hosts, read by key. */
  readonly hostMinutes: ReadonlyMap<number, ReadonlySet<string>>;
  /** Minutes of senders, beyond those read whole. */
  readonly senderMinutes: ReadonlyMap<number, ReadonlySet<string>>;
}

/** The first minute of the fleet that may hold samples of this instant or later: one of any host begins up to 59 s after the clock's. */
export function firstFleetMinute(fromMs: number): number {
  return Math.floor(fromMs / MINUTE_MS) - 1;
}

/** Adds minutes of the whole fleet, and tells how many they are, as far as `most`. */
export function addFleetMinutes(
  minutes: Set<number>,
  spans: readonly Span[],
  most: number,
): number {
  let count = 0;
  for (const { fromMs, toMs } of spans) {
    const first = firstFleetMinute(fromMs);
    const last = Math.floor(toMs / MINUTE_MS);
    count += last - first;
    if (count > most) return count;
    for (let minute = first; minute <= last; minute++) minutes.add(minute);
  }
  return count;
}

/** Adds the minutes of each writer and tells how many there are of it all, as far as `most`. */
export function addMinutes(
  minutes: WriterMinutes,
  writers: readonly string[],
  spans: readonly Span[],
  most: number,
): number {
  let count = 0;
  for (const [index, writer] of writers.entries()) {
    for (const { fromMs, toMs } of spans) {
      const last = minuteOf(writer, toMs);
      const first = minuteOf(writer, fromMs);
      count += last - first + 1;
      if (count > most) return count * Math.ceil(writers.length / (index + 1));
      for (let minute = first; minute <= last; minute++) addMinute(minutes, minute, writer);
    }
  }
  return count;
}

export function addMinute(minutes: WriterMinutes, minute: number, writer: string): void {
  const known = minutes.get(minute);
  if (known === undefined) minutes.set(minute, new Set([writer]));
  else known.add(writer);
}
