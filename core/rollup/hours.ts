import { MINUTE_MS } from '../host-minute.ts';
import { HOUR_MS } from '../time.ts';

/**
 * The host-hour, the unit of rolling up: 60 host-minutes, so that no chunk lies in two. Hours and days
 * are counted from 1970; they begin with the phase of the writer.
 */
export const MINUTES_PER_HOUR = HOUR_MS / MINUTE_MS;
const HOURS_PER_DAY = 24;

/** So long after its end an hour is rolled up; what comes later makes it anew. */
const HOUR_SETTLED_MS = 10 * MINUTE_MS;

/** The greatest phase of a host. */
const PHASE_MAX_MS = MINUTE_MS;

export function hourOfMinute(minute: number): number {
  return Math.floor(minute / MINUTES_PER_HOUR);
}

export function dayOfHour(hour: number): number {
  return Math.floor(hour / HOURS_PER_DAY);
}

/** The first instant of a writer's hour. */
export function hourStartMs(hour: number, writerPhaseMs: number): number {
  return hour * HOUR_MS + writerPhaseMs;
}

/** The newest hour that is over for every host, and has settled. */
export function lastSettledHour(nowMs: number): number {
  return Math.floor((nowMs - HOUR_SETTLED_MS - PHASE_MAX_MS) / HOUR_MS) - 1;
}

/** Does a chunk of this hour come when the hour may have been rolled up already? */
export function isLate(hour: number, nowMs: number): boolean {
  // A minute early costs one rollup more; a moment late would lose what came.
  return (hour + 1) * HOUR_MS + HOUR_SETTLED_MS - MINUTE_MS < nowMs;
}
