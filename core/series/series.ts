import type { Labels } from './labels.ts';

/**
 * Samples of one series. `timestamps` are milliseconds since 1970 (whole numbers, strictly
 * rising); `values[i]` belongs to `timestamps[i]`. A typed array keeps every bit of a float, so a
 * staleness marker stays one; read it with `isStaleAt`, never by comparing numbers.
 */
export interface Series {
  readonly labels: Labels;
  readonly timestamps: Float64Array;
  readonly values: Float64Array;
  /** Of samples that stand for many; absent where each stands for itself. */
  readonly summary?: Summary;
}

/**
 * What the samples of a series stand for, each a row of columns as long as `timestamps`. Row `i` tells
 * of the samples after row `i - 1`; a single sample's least, greatest,
 * average and last are itself and its count is 1. A
 * count of 0 marks one that is there beside the row that counts it: a counter before and after a reset.
 */
export interface Summary {
  readonly min: Float64Array;
  readonly max: Float64Array;
  readonly avg: Float64Array;
  readonly last: Float64Array;
  readonly count: Float64Array;
  /** How far apart rows may be, ms, while nothing is missing. */
  readonly spacingMs: number;
}

/**
 * Prometheus' staleness marker: a NaN with these bits says that a series ended here.
 * Source: prometheus/model/value/value.go, `StaleNaN`.
 */
const STALE_BITS = 0x7ff0000000000002n;

/** Sets a value to the staleness marker. Through its bits: as a number it might become any NaN. */
export function setStaleAt(values: Float64Array, index: number): void {
  bitsOf(values)[index] = STALE_BITS;
}

/** Is the value at `index` the staleness marker? (An ordinary NaN is not.) */
export function isStaleAt(values: Float64Array, index: number): boolean {
  return Number.isNaN(values[index]) && bitsOf(values)[index] === STALE_BITS;
}

/** The same memory as 64-bit patterns. */
export function bitsOf(values: Float64Array): BigUint64Array {
  return new BigUint64Array(values.buffer, values.byteOffset, values.length);
}

/** The summary with each column changed alike. */
export function mapSummary(
  { min, max, avg, last, count, spacingMs }: Summary,
  change: (column: Float64Array) => Float64Array,
): Summary {
  return {
    min: change(min),
    max: change(max),
    avg: change(avg),
    last: change(last),
    count: change(count),
    spacingMs,
  };
}
