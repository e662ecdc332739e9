import { type CivilDate, civilDate, daysSince1970 } from '../time.ts';

/** Functions of one number, applied to every sample. */
export const MATH_FUNCTIONS: ReadonlyMap<string, (value: number) => number> = new Map([
  ['abs', Math.abs],
  ['ceil', Math.ceil],
  ['floor', Math.floor],
  ['exp', Math.exp],
  ['sqrt', Math.sqrt],
  ['ln', Math.log],
  ['log2', Math.log2],
  ['log10', Math.log10],
  ['sgn', (value: number) => (value < 0 ? -1 : value > 0 ? 1 : value)],
  ['sin', Math.sin],
  ['cos', Math.cos],
  ['tan', Math.tan],
  ['asin', Math.asin],
  ['acos', Math.acos],
  ['atan', Math.atan],
  ['sinh', Math.sinh],
  ['cosh', Math.cosh],
  ['tanh', Math.tanh],
  ['asinh', Math.asinh],
  ['acosh', Math.acosh],
  ['atanh', Math.atanh],
  ['rad', (value: number) => value * (Math.PI / 180)],
  ['deg', (value: number) => value * (180 / Math.PI)],
]);

const DAY_S = 86_400;

/** Functions of an instant in seconds since 1970, in UTC. NaN and infinities give NaN. */
export const DATE_FUNCTIONS: ReadonlyMap<string, (seconds: number) => number> = new Map([
  ['minute', (s: number) => Math.floor(modulo(Math.trunc(s), 3600) / 60)],
  ['hour', (s: number) => Math.floor(modulo(Math.trunc(s), DAY_S) / 3600)],
  // 1970 began on a Thursday, day 4 of the week.
  ['day_of_week', (s: number) => modulo(dayNumber(s) + 4, 7)],
  ['day_of_month', (s: number) => civilDate(dayNumber(s)).day],
  [
    'day_of_year',
    (s: number) =>
      dayNumber(s) - daysSince1970({ ...civilDate(dayNumber(s)), month: 1, day: 1 }) + 1,
  ],
  ['days_in_month', (s: number) => daysInMonth(civilDate(dayNumber(s)))],
  ['month', (s: number) => civilDate(dayNumber(s)).month],
  ['year', (s: number) => civilDate(dayNumber(s)).year],
]);

function dayNumber(seconds: number): number {
  return Number.isFinite(seconds) ? Math.floor(Math.trunc(seconds) / DAY_S) : Number.NaN;
}

function daysInMonth({ year, month }: CivilDate): number {
  const first = daysSince1970({ year, month, day: 1 });
  const next =
    month === 12 ? { year: year + 1, month: 1, day: 1 } : { year, month: month + 1, day: 1 };
  return daysSince1970(next) - first;
}

function modulo(value: number, divisor: number): number {
  return value - Math.floor(value / divisor) * divisor;
}
