import { bitsOf } from '../series/series.ts';
import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';
import { ChunkFault } from './format.ts';

/**
 * One series' values, as a mode byte in one stream, the first value in a second and the rest in a
 * third:
 *
 * - mode 0..UNITS-1: every value is a whole multiple n of a unit (a KiB, 0.01 ...), bit for bit; n is
 *   kept, the first as it is, the others as differences, zigzag varints;
 * - mode RAW: any floats, each XORed with the one before (the first with 0), of which the bytes
 *   between the leading and the trailing zero bytes are kept.
 */
interface Unit {
  /** The value of n, exactly as the source rounded it. */
  readonly toValue: (n: number) => number;
  readonly toCount: (value: number) => number;
}

/**
 * Coarsest first: the first that fits gives the smallest numbers. The order is part of the format.
 * Fractions divide by a power of ten, as rounding to 0.01 does: multiplying by 0.01 is off by a bit.
 */
const UNITS: readonly Unit[] = [
  times(1 << 20),
  times(1024),
  times(1),
  per(10),
  per(100),
  per(1000),
  per(10_000),
  per(1_000_000),
];
const RAW = 0x0f;

/** Differences of two such counts, zigzagged, stay below 2^53. */
const MAX_COUNT = 2 ** 50;

function times(size: number): Unit {
  return { toValue: (n) => n * size, toCount: (value) => value / size };
}

function per(parts: number): Unit {
  return { toValue: (n) => n / parts, toCount: (value) => Math.round(value * parts) };
}

/** The three streams of all series' values. */
export interface ValueStreams {
  readonly modes: ByteWriter;
  readonly firsts: ByteWriter;
  readonly rests: ByteWriter;
}

/** Writes one series' values; `column` (below 2^49) is the number of its time column. */
export function writeValues(out: ValueStreams, values: Float64Array, column: number): void {
  const mode = UNITS.findIndex((unit) => fits(unit, values));
  const unit = UNITS[mode];
  // The usual series uses the first time column: then the mode is the whole of the varint.
  out.modes.varint(column * 16 + (unit === undefined ? RAW : mode));
  if (unit === undefined) writeRaw(out, values);
  else writeCounts(out, values, unit);
}

function fits(unit: Unit, values: Float64Array): boolean {
  for (const value of values) {
    const n = unit.toCount(value);
    // A count has no -0, so such a value is kept raw.
    if (
      !Number.isInteger(n) ||
      Object.is(n, -0) ||
      Math.abs(n) > MAX_COUNT ||
      unit.toValue(n) !== value
    )
      return false;
  }
  return true;
}

function writeCounts(out: ValueStreams, values: Float64Array, unit: Unit): void {
  let previous = 0;
  values.forEach((value, i) => {
    const n = unit.toCount(value);
    (i === 0 ? out.firsts : out.rests).zigzag(n - previous);
    previous = n;
  });
}

function writeRaw(out: ValueStreams, values: Float64Array): void {
  const word = new DataView(new ArrayBuffer(8));
  let previous = 0n;
  bitsOf(values).forEach((bits, i) => {
    const stream = i === 0 ? out.firsts : out.rests;
    word.setBigUint64(0, bits ^ previous);
    previous = bits;
    let from = 0;
    let to = 8;
    while (from < 8 && word.getUint8(from) === 0) from++;
    while (to > from && word.getUint8(to - 1) === 0) to--;
    stream.u8(from * 9 + to);
    for (let at = from; at < to; at++) stream.u8(word.getUint8(at));
  });
}

/** A mode read back: the unit, or none for raw floats, and the time column. */
export interface ValueMode {
  readonly unit: Unit | undefined;
  readonly column: number;
}

/** Those of the first time column, which nearly all series have: made once. */
const USUAL_MODES = Array.from(
  { length: 16 },
  (_, mode): ValueMode => ({ unit: UNITS[mode], column: 0 }),
);

export function readMode(input: ByteReader): ValueMode {
  const mode = input.varint('value mode');
  const usual = USUAL_MODES[mode % 16];
  if (usual === undefined || (usual.unit === undefined && mode % 16 !== RAW))
    throw new ChunkFault('malformed', `value mode ${mode}`);
  return mode < 16 ? usual : { unit: usual.unit, column: Math.floor(mode / 16) };
}

/**
 * Reads one part of a series' values (the first, or the rest) into `values[from..to)`. Called twice
 * a series, since the firsts of all series come before the rests.
 */
export function readValues(
  input: ByteReader,
  mode: ValueMode,
  values: Float64Array,
  from: number,
  to: number,
): void {
  if (mode.unit === undefined) {
    readRaw(input, values, from, to);
    return;
  }
  const before = values[from - 1];
  let n = before === undefined ? 0 : mode.unit.toCount(before);
  for (let i = from; i < to; i++) {
    n += input.zigzag('value');
    if (Math.abs(n) > MAX_COUNT) throw new ChunkFault('malformed', `value ${i} is out of range`);
    values[i] = mode.unit.toValue(n);
  }
}

/** Passes over so many raw values, which nobody wants; those of a unit are varints. */
export function skipRaw(input: ByteReader, count: number): void {
  for (let i = 0; i < count; i++) {
    const span = input.u8('raw value');
    input.raw(Math.max(0, (span % 9) - Math.floor(span / 9)), 'raw value');
  }
}

function readRaw(input: ByteReader, values: Float64Array, from: number, to: number): void {
  const all = bitsOf(values);
  let bits = all[from - 1] ?? 0n;
  for (let i = from; i < to; i++) {
    const span = input.u8('raw value');
    const end = span % 9;
    let word = 0n;
    for (let at = Math.floor(span / 9); at < end; at++)
      word |= BigInt(input.u8('raw value')) << BigInt(8 * (7 - at));
    bits ^= word;
    all[i] = bits;
  }
}
