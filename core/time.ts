/**
 * The calendar. Core has no `Date`, lest somebody ask it for the time; these are functions of a time
 * that is given. Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms",
 * civil_from_days and days_from_civil.
 */
export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

/** From 0000-03-01, so that a leap day ends its year, to 1970-01-01. */
const EPOCH_DAYS = 719_468;
const ERA_DAYS = 146_097; // 400 years
const ERA_YEARS = 400;

/** A day of the Gregorian calendar. */
export interface CivilDate {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  /** 1 to 31. */
  readonly day: number;
}

/** A moment in UTC as a calendar and a clock show it. */
export interface CivilTime extends CivilDate {
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly millisecond: number;
  /** 0 is Sunday. */
  readonly weekday: number;
}

/** The date of a day counted from 1970-01-01; NaN throughout for NaN. */
export function civilDate(days: number): CivilDate {
  const shifted = days + EPOCH_DAYS;
  const era = Math.floor(shifted / ERA_DAYS);
  const dayOfEra = shifted - era * ERA_DAYS;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear = dayOfEra - daysOfYears(yearOfEra);
  const fromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
  return {
    year: yearOfEra + era * ERA_YEARS + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - daysOfMonths(fromMarch) + 1,
  };
}

/** The day of a date, counted from 1970-01-01: the inverse of `civilDate`. */
export function daysSince1970({ year, month, day }: CivilDate): number {
  const marchYear = month > 2 ? year : year - 1;
  const era = Math.floor(marchYear / ERA_YEARS);
  const dayOfYear = daysOfMonths(month > 2 ? month - 3 : month + 9) + day - 1;
  return era * ERA_DAYS + daysOfYears(marchYear - era * ERA_YEARS) + dayOfYear - EPOCH_DAYS;
}

/** Date and clock of a time in ms since 1970. */
export function civilTime(atMs: number): CivilTime {
  const days = Math.floor(atMs / DAY_MS);
  const ms = Math.floor(atMs - days * DAY_MS);
  return {
    ...civilDate(days),
    hour: Math.floor(ms / 3_600_000),
    minute: Math.floor(ms / 60_000) % 60,
    second: Math.floor(ms / 1000) % 60,
    millisecond: ms % 1000,
    weekday: (((days + 4) % 7) + 7) % 7,
  };
}

/** ISO 8601 in UTC with milliseconds, as `Date.toISOString` has it for years 0 to 9999. */
export function isoTime(timestampMs: number): string {
  const { year, month, day, hour, minute, second, millisecond } = civilTime(timestampMs);
  const date = [pad(year, 4), pad(month, 2), pad(day, 2)].join('-');
  const clock = [hour, minute, second].map((part) => pad(part, 2)).join(':');
  return `${date}T${clock}.${pad(millisecond, 3)}Z`;
}

/** Days in so many years of an era, which begin in March. */
function daysOfYears(years: number): number {
  return 365 * years + Math.floor(years / 4) - Math.floor(years / 100);
}

/** Days in so many months from March on. */
function daysOfMonths(months: number): number {
  return Math.floor((153 * months + 2) / 5);
}

function pad(value: number, digits: number): string {
  return String(value).padStart(digits, '0');
}
