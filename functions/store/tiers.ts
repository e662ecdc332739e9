import { DAY_MS, HOUR_MS } from '../../core/time.ts';
import { wantsUp } from './read-up.ts';
import type { RollupState } from './rollup-state.ts';
import type { Selection } from './selection.ts';

/** Samples as they came, points of a minute, points of an hour. */
export type Tier = 'raw' | 'minute' | 'hour';

/** How long each tier is kept, ms. */
export interface Retention {
  readonly rawMs: number;
  readonly minuteMs: number;
  readonly hourMs: number;
}

/** So much time is read as it came: three hours, and what is looked at before them. */
const RAW_SPAN_MS = 3 * HOUR_MS + 10 * 60_000;
/** A shorter range may hold but two points of a minute. */
const MINUTE_RANGE_MS = 4 * 60_000;
/** Points of an hour answer only charts of days. */
const HOUR_SPAN_MS = 2 * DAY_MS;
const HOUR_STEP_MS = HOUR_MS / 2;
/** An hour more or less at its ends is a quarter of such a range. */
const HOUR_RANGE_MS = 4 * HOUR_MS;

/** The coarsest tier that shows what a selection is asked for. */
export function coarsestTier(selection: Selection): Tier {
  const { fromMs, toMs, rangeMs, stepMs = 0, asItCame, coarsest } = selection;
  const spanMs = toMs - fromMs;
  if (spanMs <= RAW_SPAN_MS || asItCame === true || coarsest === 'raw') return 'raw';
  if (rangeMs !== undefined && rangeMs < MINUTE_RANGE_MS) return 'raw';
  // `up` is made of the instants of samples, which points of an hour do not have.
  if (spanMs < HOUR_SPAN_MS || wantsUp(selection) || coarsest === 'minute') return 'minute';
  const isWide =
    rangeMs === undefined
      ? stepMs >= HOUR_STEP_MS
      : rangeMs >= DAY_MS || (rangeMs >= HOUR_RANGE_MS && (stepMs === 0 || stepMs >= HOUR_STEP_MS));
  return isWide ? 'hour' : 'minute';
}

/** Which hours (counted from 1970) are read from where: before `hourEnd` points of an hour, then before `minuteEnd` points of a minute. */
export interface Borders {
  readonly hourEnd: number;
  readonly minuteEnd: number;
}

/** Nothing is rolled up, or nothing of it is wanted. */
const ALL_RAW: Borders = { hourEnd: -Infinity, minuteEnd: -Infinity };

/** Where what is kept and rolled up allows to read the tier that fits, and what is nearest to it elsewhere. */
export function bordersOf(
  selection: Selection,
  doneHour: number | undefined,
  retention: Retention,
  nowMs: number,
): Borders {
  if (doneHour === undefined || selection.coarsest === 'raw') return ALL_RAW;
  const coarsest = coarsestTier(selection);
  const rolledEnd = doneHour + 1;
  if (coarsest === 'hour') return { hourEnd: rolledEnd, minuteEnd: rolledEnd };
  const rawFrom = rawFromHour(retention, nowMs);
  const minuteFrom = Math.ceil((nowMs - retention.minuteMs) / HOUR_MS);
  const minuteEnd = coarsest === 'raw' ? Math.min(rolledEnd, rawFrom) : rolledEnd;
  const hourEnd = selection.coarsest === 'minute' ? -Infinity : Math.min(minuteFrom, minuteEnd);
  return { hourEnd, minuteEnd };
}

/** The first hour all of whose chunks are kept. */
export function rawFromHour({ rawMs }: Retention, nowMs: number): number {
  return Math.ceil((nowMs - rawMs) / HOUR_MS);
}

/** Which tier each hour of each writer is read from. */
export type TierOf = (writer: string, hour: number) => Tier;

/** What came late and is not rolled up yet is read as it came, if that is kept. */
export function tierOf(
  { hourEnd, minuteEnd }: Borders,
  late: RollupState['late'],
  rawFrom: number,
): TierOf {
  return (writer, hour) => {
    if (hour >= minuteEnd) return 'raw';
    if (hour >= rawFrom && late.get(writer)?.has(hour) === true) return 'raw';
    return hour < hourEnd ? 'hour' : 'minute';
  };
}
