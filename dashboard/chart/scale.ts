/** Values of a chart's axis. */
export interface Scale {
  readonly min: number;
  readonly max: number;
}

type Unit = string;

const ABOUT_TICKS = 4;

/**
 * The distance between ticks that is near to a wanted one and reads well: 1, 2, 5 x a power of ten; of bytes powers
 * of two, so that labels are whole KiB, MiB, GiB.
 */
function niceStep(wanted: number, unit: Unit): number {
  if (!(wanted > 0)) return 1;
  if (isBytes(unit)) return Math.max(1, 2 ** Math.ceil(Math.log2(wanted)));
  const power = 10 ** Math.floor(Math.log10(wanted));
  const factor = [1, 2, 2.5, 5, 10].find((one) => one * power >= wanted * (1 - 1e-9)) ?? 10;
  // A count has no half.
  return unit === 'count' ? Math.max(1, Math.ceil(factor * power)) : factor * power;
}

function isBytes(unit: Unit): boolean {
  return unit === 'bytes' || unit === 'bytes_per_second';
}

/**
 * What the axis shows: from zero (or below, where values are), up to the greatest value with room above it. Thresholds
 * count where the values come near them, or are a percentage: far above they would press the line flat.
 */
export function scaleOf(
  low: number | undefined,
  high: number | undefined,
  thresholds: readonly number[],
  unit: Unit,
): Scale {
  const near = thresholds.filter(
    (value) => unit === 'percent' || (high !== undefined && value <= Math.max(high, 0) * 4),
  );
  const most = Math.max(high ?? 0, ...near, 0);
  const least = Math.min(low ?? 0, ...near, 0);
  if (most === 0 && least === 0) return { min: 0, max: unit === 'percent' ? 5 : 1 };
  const step = niceStep((most - least) / ABOUT_TICKS, unit);
  const room = (most - least) * 0.04;
  let max = Math.ceil((most + room) / step) * step;
  // A part of a whole ends with it.
  if (unit === 'percent' && most <= 100 && max > 100) max = 100;
  return { min: Math.floor(least / step) * step, max };
}

/** Where the axis has its ticks. */
export function ticksOf({ min, max }: Scale, unit: Unit, most = ABOUT_TICKS + 1): number[] {
  const step = niceStep((max - min) / most, unit);
  const ticks: number[] = [];
  for (let i = Math.ceil(min / step); i * step <= max * (1 + 1e-9) + step * 1e-9; i++) {
    // Without the last bits of a product: 0.30000000000000004.
    ticks.push(Number((i * step).toPrecision(12)));
  }
  return ticks;
}

/** Least and greatest of all values; `undefined` where there are none. */
export function extremesOf(
  series: readonly { readonly values: readonly (number | null | undefined)[] }[],
): { readonly low: number | undefined; readonly high: number | undefined } {
  let low: number | undefined;
  let high: number | undefined;
  for (const { values } of series) {
    for (const value of values) {
      if (value === null || value === undefined) continue;
      if (low === undefined || value < low) low = value;
      if (high === undefined || value > high) high = value;
    }
  }
  return { low, high };
}

/**
 * Values put on top of one another, lowest first. Where one is missing the others stay as they are; where all are
 * missing is a gap.
 */
export function stacked(
  series: readonly (readonly (number | null | undefined)[])[],
  count: number,
): (number | null)[][] {
  const below = new Array<number>(count).fill(0);
  const isAny = Array.from({ length: count }, (_, i) =>
    series.some((values) => values[i] !== null && values[i] !== undefined),
  );
  return series.map((values) =>
    Array.from({ length: count }, (_, i) => {
      below[i] = (below[i] ?? 0) + (values[i] ?? 0);
      return isAny[i] ? (below[i] ?? null) : null;
    }),
  );
}

/** The index of the time nearest to one; -1: there are none. */
export function nearestIndex(timesMs: readonly number[], atMs: number): number {
  let [low, high] = [0, timesMs.length - 1];
  if (high < 0) return -1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((timesMs[middle] ?? 0) < atMs) low = middle + 1;
    else high = middle;
  }
  const [before, here] = [timesMs[low - 1], timesMs[low] ?? 0];
  return before !== undefined && atMs - before <= here - atMs ? low - 1 : low;
}

/** Points that have no neighbour: no line would show them. */
export function lonePoints(values: readonly (number | null | undefined)[]): number[] {
  const isThere = (i: number) => values[i] !== null && values[i] !== undefined;
  return values.flatMap((_, i) => (isThere(i) && !isThere(i - 1) && !isThere(i + 1) ? [i] : []));
}
