import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';
import { ChunkFault, MAX_SAMPLES } from './format.ts';

/**
 * Columns of timestamps. Nearly always all series of a chunk share one; a series with a gap uses
 * a subset of it, kept as a bit mask; a stranger (remote write) brings a column of its own.
 *
 *     times  := columns:varint column*
 *     column := 0 count:varint first:varint (delta of delta):zigzag*    of its own
 *             | 1 mask:bytes                                            of the first column
 */
const OWN = 0;
const MASK = 1;

/** The distinct columns of a chunk, and which of them each series uses. */
export interface TimeColumns {
  readonly columns: readonly Float64Array[];
  readonly columnOf: readonly number[];
}

/**
 * Finds the distinct columns. The first is the union of all, if the union is hardly longer than the
 * longest: then all others are masks of it.
 */
export function findColumns(series: readonly { readonly timestamps: Float64Array }[]): TimeColumns {
  const columns: Float64Array[] = [];
  const byKey = new Map<string, number>();
  const add = (timestamps: Float64Array): number => {
    const key = timestamps.join();
    const known = byKey.get(key);
    if (known !== undefined) return known;
    byKey.set(key, columns.length);
    return columns.push(timestamps) - 1;
  };
  const first = series[0]?.timestamps;
  // The usual case at no cost: every series has the same timestamps.
  if (first === undefined || series.every((one) => sameTimes(one.timestamps, first))) {
    return { columns: first === undefined ? [] : [first], columnOf: series.map(() => 0) };
  }
  const union = new Set<number>();
  let longest = 0;
  for (const { timestamps } of series) {
    longest = Math.max(longest, timestamps.length);
    for (const timestamp of timestamps) union.add(timestamp);
  }
  if (union.size <= 2 * longest) add(Float64Array.from(union).sort());
  const columnOf = series.map((one) => add(one.timestamps));
  return { columns, columnOf };
}

function sameTimes(a: Float64Array, b: Float64Array): boolean {
  return a === b || (a.length === b.length && a.every((value, i) => value === b[i]));
}

export function writeTimes(out: ByteWriter, columns: readonly Float64Array[]): void {
  out.varint(columns.length);
  columns.forEach((column, index) => {
    const mask = index === 0 ? undefined : maskOf(column, columns[0] ?? column);
    if (mask !== undefined) {
      out.u8(MASK);
      out.raw(mask);
    } else writeOwn(out, column);
  });
}

function writeOwn(out: ByteWriter, column: Float64Array): void {
  out.u8(OWN);
  out.varint(column.length);
  let previous = 0;
  let delta = 0;
  column.forEach((timestamp, i) => {
    if (i === 0) out.zigzag(timestamp);
    else {
      out.zigzag(timestamp - previous - delta);
      delta = timestamp - previous;
    }
    previous = timestamp;
  });
}

/** Bit i is set where `whole[i]` is in the column; `undefined` if the column has a time of its own. */
function maskOf(column: Float64Array, whole: Float64Array): Uint8Array | undefined {
  const mask = new Uint8Array(Math.ceil(whole.length / 8));
  let found = 0;
  whole.forEach((timestamp, i) => {
    if (timestamp !== column[found]) return;
    found++;
    mask[i >> 3] = (mask[i >> 3] ?? 0) | (1 << (i & 7));
  });
  return found === column.length ? mask : undefined;
}

export function readTimes(input: ByteReader): Float64Array[] {
  const columns: Float64Array[] = [];
  const count = input.count('time columns', MAX_SAMPLES);
  let total = 0;
  for (let i = 0; i < count; i++) {
    const kind = input.u8('time column');
    const column = kind === OWN ? readOwn(input) : readMasked(input, kind, columns[0]);
    total += column.length;
    if (total > MAX_SAMPLES) {
      throw new ChunkFault('too_large', `time columns of more than ${MAX_SAMPLES} timestamps`);
    }
    columns.push(column);
  }
  return columns;
}

function readOwn(input: ByteReader): Float64Array {
  const column = new Float64Array(input.count('timestamps', MAX_SAMPLES));
  let delta = 0;
  for (let i = 0; i < column.length; i++) {
    const step = input.zigzag('timestamp');
    const previous = column[i - 1];
    if (previous === undefined) {
      column[i] = step;
      continue;
    }
    delta += step;
    if (delta <= 0)
      throw new ChunkFault('malformed', `timestamp ${i} is not later than the one before`);
    if (previous + delta > Number.MAX_SAFE_INTEGER)
      throw new ChunkFault('malformed', `timestamp ${i} is beyond 2^53 ms`);
    column[i] = previous + delta;
  }
  return column;
}

function readMasked(
  input: ByteReader,
  kind: number,
  whole: Float64Array | undefined,
): Float64Array {
  if (kind !== MASK || whole === undefined)
    throw new ChunkFault('malformed', `time column of kind ${kind}`);
  const mask = input.raw(Math.ceil(whole.length / 8), 'time mask');
  return whole.filter((_, i) => ((mask[i >> 3] ?? 0) >> (i & 7)) & 1);
}
