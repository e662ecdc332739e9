import { civilTime, DAY_MS, daysSince1970 } from '../time.ts';
import type { AlertmanagerConfig, Route } from './config-types.ts';

/** One `time_interval` of a configuration: all that is given must hold. Empty lists hold always. */
export interface TimeInterval {
  /** Minutes of the day: from, to (exclusive, up to 1440). */
  readonly times: readonly (readonly [number, number])[];
  /** 0 Sunday to 6 Saturday, both inclusive. */
  readonly weekdays: readonly (readonly [number, number])[];
  /** 1 to 31, or negative from the end of the month; both inclusive. */
  readonly daysOfMonth: readonly (readonly [number, number])[];
  /** 1 to 12, both inclusive. */
  readonly months: readonly (readonly [number, number])[];
  readonly years: readonly (readonly [number, number])[];
  /** IANA name; `UTC` unless given. */
  readonly location: string;
}

/** Whether a route is told to say nothing at a time, and by which time intervals. */
export interface TimeMute {
  readonly muted: boolean;
  /** Names of the mute intervals that hold now, or of all active intervals when none does. */
  readonly by: readonly string[];
}

/**
 * Does the interval hold at that time? As Alertmanager's, but for one thing: it counts a month's
 * days as its hours / 24, so that a month in which the clock goes forward is a day short to it.
 * Source: alertmanager/timeinterval, ContainsTime.
 */
export function isWithin(interval: TimeInterval, nowMs: number): boolean {
  const { year, month, day, hour, minute, weekday } = civilTime(localMs(interval.location, nowMs));
  const minutes = hour * 60 + minute;
  return (
    holds(interval.times, ([from, to]) => minutes >= from && minutes < to) &&
    holds(interval.daysOfMonth, (range) => hasDay(range, day, daysInMonth(year, month))) &&
    holds(interval.months, contains(month)) &&
    holds(interval.weekdays, contains(weekday)) &&
    holds(interval.years, contains(year))
  );
}

/** Is the route muted at that time? Its intervals must be in the configuration. */
export function mutedByTime(
  route: Pick<Route, 'muteTimeIntervals' | 'activeTimeIntervals'>,
  config: Pick<AlertmanagerConfig, 'timeIntervals'>,
  nowMs: number,
): TimeMute {
  const isNow = (name: string): boolean => {
    const intervals = config.timeIntervals.get(name);
    if (intervals === undefined) throw new Error(`no time interval "${name}" is configured`);
    return intervals.some((interval) => isWithin(interval, nowMs));
  };
  const muting = route.muteTimeIntervals.filter(isNow);
  if (muting.length > 0) return { muted: true, by: muting };
  const active = route.activeTimeIntervals;
  if (active.length === 0 || active.some(isNow)) return { muted: false, by: [] };
  return { muted: true, by: active };
}

/**
 * What is wrong with the name of a time zone; absent: nothing. Go takes names as the time zone
 * database spells them, so other spellings that `Intl` would take are refused.
 */
export function locationProblem(name: string): string | undefined {
  if (name === 'Local')
    return 'location "Local" means nothing where nobody knows the machine; name a zone, e.g. Europe/Berlin';
  if (!/^[A-Za-z]/.test(name)) return `unknown time zone ${name}`;
  try {
    const known = new Intl.DateTimeFormat('en-US', { timeZone: name }).resolvedOptions().timeZone;
    if (known !== name && known.toLowerCase() === name.toLowerCase())
      return `unknown time zone ${name}; did you mean ${known}?`;
    return undefined;
  } catch {
    return `unknown time zone ${name}`;
  }
}

type Range = readonly [from: number, to: number];

function holds(ranges: readonly Range[], isIn: (range: Range) => boolean): boolean {
  return ranges.length === 0 || ranges.some(isIn);
}

function contains(value: number): (range: Range) => boolean {
  return ([from, to]) => value >= from && value <= to;
}

/** Negative days count from the month's end; a range beyond a short month is cut off at its end. */
function hasDay([from, to]: Range, day: number, days: number): boolean {
  const first = from < 0 ? days + from + 1 : from;
  const last = to < 0 ? days + to + 1 : to;
  return day >= first && day <= last;
}

function daysInMonth(year: number, month: number): number {
  const next = month === 12 ? { year: year + 1, month: 1 } : { year, month: month + 1 };
  return daysSince1970({ ...next, day: 1 }) - daysSince1970({ year, month, day: 1 });
}

/** Making one takes longer than using it; there are some 600 zones. */
const formats = new Map<string, Intl.DateTimeFormat>();

/** The time that a clock on the wall there shows, in ms as if it were UTC; to the minute. */
function localMs(location: string, nowMs: number): number {
  if (location === 'UTC') return nowMs;
  const parts = new Map<string, number>();
  for (const { type, value } of format(location).formatToParts(nowMs))
    parts.set(type, Number(value));
  const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? Number.NaN;
  const days = daysSince1970({ year: part('year'), month: part('month'), day: part('day') });
  return days * DAY_MS + (part('hour') * 60 + part('minute')) * 60_000;
}

function format(location: string): Intl.DateTimeFormat {
  const known = formats.get(location);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone: location,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  });
  formats.set(location, made);
  return made;
}
