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
  ['rad', (value: number) => (value * Math.PI) / 180],
  ['deg', (value: number) => (value * 180) / Math.PI],
]);

const DAY_S = 86_400;

/** Functions of an instant in seconds since 1970, in UTC. NaN and infinities give NaN. */
export const DATE_FUNCTIONS: ReadonlyMap<string, (seconds: number) => number> = new Map([
  ['minute', (s: number) => Math.floor(modulo(Math.trunc(s), 3600) / 60)],
  ['hour', (s: number) => Math.floor(modulo(Math.trunc(s), DAY_S) / 3600)],
  // 1970 began on a Thursday, day 4 of the week.
  ['day_of_week', (s: number) => modulo(dayNumber(s) + 4, 7)],
  ['day_of_month', (s: number) => civil(dayNumber(s)).day],
  ['day_of_year', (s: number) => dayNumber(s) - daysBefore(civil(dayNumber(s)).year, 1) + 1],
  ['days_in_month', (s: number) => daysInMonth(civil(dayNumber(s)))],
  ['month', (s: number) => civil(dayNumber(s)).month],
  ['year', (s: number) => civil(dayNumber(s)).year],
]);

function dayNumber(seconds: number): number {
  return Number.isFinite(seconds) ? Math.floor(Math.trunc(seconds) / DAY_S) : Number.NaN;
}

interface CivilDate {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

/**
 * The Gregorian date of a day counted from 1970-01-01.
 * Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days.
 */
function civil(days: number): CivilDate {
  const shifted = days + 719_468; // from 0000-03-01, so that a leap day ends its year
  const era = Math.floor(shifted / 146_097);
  const ofEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) /
      365,
  );
  const ofYear =
    ofEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const fromMarch = Math.floor((5 * ofYear + 2) / 153);
  const month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return { year, month, day: ofYear - Math.floor((153 * fromMarch + 2) / 5) + 1 };
}

/** The day number of the first of a month; the inverse of `civil`. */
function daysBefore(year: number, month: number): number {
  const fromMarch = month > 2 ? year : year - 1;
  const era = Math.floor(fromMarch / 400);
  const yearOfEra = fromMarch - era * 400;
  const ofYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5);
  const ofEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + ofYear;
  return era * 146_097 + ofEra - 719_468;
}

function daysInMonth({ year, month }: CivilDate): number {
  const next = month === 12 ? daysBefore(year + 1, 1) : daysBefore(year, month + 1);
  return next - daysBefore(year, month);
}

function modulo(value: number, divisor: number): number {
  return value - Math.floor(value / divisor) * divisor;
}
