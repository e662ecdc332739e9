/** A number that was read at a time of the agent's day. */
export interface Reading {
  readonly hour: number;
  readonly value: number;
}

/** The least of each hour: what a collection of garbage leaves, and no work under way adds to. */
export function hourlyMinima(readings: readonly Reading[]): readonly Reading[] {
  const least = new Map<number, number>();
  for (const { hour, value } of readings) {
    const whole = Math.floor(hour);
    least.set(whole, Math.min(least.get(whole) ?? Number.POSITIVE_INFINITY, value));
  }
  return [...least].map(([hour, value]) => ({ hour, value }));
}

/** Growth in 24 hours, by the line with the least squares. `undefined` for fewer than three readings. */
export function growthPerDay(readings: readonly Reading[]): number | undefined {
  const count = readings.length;
  if (count < 3) return undefined;
  const mean = (of: (one: Reading) => number) =>
    readings.reduce((sum, one) => sum + of(one), 0) / count;
  const meanHour = mean(({ hour }) => hour);
  const meanValue = mean(({ value }) => value);
  const along = mean(({ hour, value }) => (hour - meanHour) * (value - meanValue));
  const spread = mean(({ hour }) => (hour - meanHour) ** 2);
  return (along / spread) * 24;
}
