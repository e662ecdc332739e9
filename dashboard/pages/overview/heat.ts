import { type Unit, unitOf } from '../../format/unit.ts';

/** So many colours, from pale to dark (in the dark the other way round); told apart by whoever sees no red or green, too. */
const HEAT_STEPS = 7;

/** What values stand for which colour. */
export interface HeatScale {
  readonly unit: Unit;
  /** Where each colour begins, rising; the first is 0. */
  readonly from: readonly number[];
}

const PERCENT_FROM = [0, 10, 25, 50, 75, 85, 95];

/**
 * The scale of a metric. Percents have the same one always, so that a colour means the same tomorrow; of all else the
 * greatest value decides, rounded up so that it rarely changes.
 */
export function heatScale(metric: string, values: Iterable<number | undefined>): HeatScale {
  const unit = unitOf(metric);
  if (unit === 'percent') return { unit, from: PERCENT_FROM };
  let most = 0;
  for (const value of values) if (value !== undefined && value > most) most = value;
  const greatest = rounded(most);
  // Each is twice the one before: of rates and times most are small, and a few are not.
  const from = Array.from({ length: HEAT_STEPS }, (_, i) =>
    i === 0 ? 0 : greatest / 2 ** (HEAT_STEPS - i),
  );
  return { unit, from };
}

/** 1, 2 or 5 times a power of ten, at least as much. */
function rounded(value: number): number {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const times = [1, 2, 5, 10].find((one) => one * power >= value) ?? 10;
  return times * power;
}

/** The colour of a value, 0 to 6; `undefined` where there is none. */
export function heatStep({ from }: HeatScale, value: number | undefined): number | undefined {
  if (value === undefined) return undefined;
  return Math.max(
    0,
    from.findLastIndex((begin) => value >= begin),
  );
}
