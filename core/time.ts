const MS_PER_DAY = 86_400_000;

/**
 * ISO 8601 in UTC with milliseconds, as `Date.toISOString` has it; core has no `Date`, lest somebody
 * ask it for the time. Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms",
 * civil_from_days.
 */
export function isoTime(timestampMs: number): string {
  const days = Math.floor(timestampMs / MS_PER_DAY);
  const ms = timestampMs - days * MS_PER_DAY;
  const [year, month, day] = civilFromDays(days);
  const clock = [ms / 3_600_000, (ms / 60_000) % 60, (ms / 1000) % 60].map((part) => pad(part, 2));
  return `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}T${clock.join(':')}.${pad(ms % 1000, 3)}Z`;
}

function civilFromDays(days: number): [year: number, month: number, day: number] {
  const shifted = days + 719_468; // days from 0000-03-01
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear =
    dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const fromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
  const day = dayOfYear - Math.floor((153 * fromMarch + 2) / 5) + 1;
  return [yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day];
}

function pad(value: number, digits: number): string {
  return String(Math.floor(value)).padStart(digits, '0');
}
