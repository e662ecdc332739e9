import { roundTo } from '../catalogue/metric.ts';

/** Of an average that no resolution rounds. */
const SIGNIFICANT_DIGITS = 7;
/** As many as a chunk packs well (core/chunk/values.ts). */
const MAX_DECIMALS = 6;
/** Six decimals are too few of what is smaller. */
const LEAST_ROUNDED = 0.1;

/**
 * An average as it is kept: to its metric's resolution; where there is none, to seven significant digits, but
 * six decimals at most, a whole number from 1,000,000 on, and below 0.1 as it is. So it is off by 0.0005 % at
 * most: its last bits mean nothing, and took more room than all else of a series. Again, it changes nothing.
 */
export function roundAverage(mean: number, resolution: number | undefined): number {
  if (!Number.isFinite(mean)) return mean;
  if (resolution !== undefined) return roundTo(resolution, mean);
  const size = Math.abs(mean);
  if (size < LEAST_ROUNDED) return mean;
  const decimals = SIGNIFICANT_DIGITS - 1 - Math.floor(Math.log10(size));
  return roundTo(10 ** -Math.min(MAX_DECIMALS, Math.max(0, decimals)), mean);
}
