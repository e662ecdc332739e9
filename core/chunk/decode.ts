import { crc32, inflateRawSync } from 'node:zlib';
import { err, ok, type Result } from '../result.ts';
import { formatLabels, type Labels, labelsKey } from '../series/labels.ts';
import type { Series } from '../series/series.ts';
import { ByteReader } from './byte-reader.ts';
import { dictionaryBytes } from './dictionary.ts';
import {
  CHECKSUM_BYTES,
  CHUNK_VERSION,
  type ChunkError,
  ChunkFault,
  MAX_BODY_BYTES,
  MAX_CHUNK_BYTES,
  MAX_SAMPLES,
} from './format.ts';
import { readGroups } from './targets.ts';
import { readTimes } from './times.ts';
import { readMode, readValues, skipValues, type ValueMode } from './values.ts';

/** A chunk read back: series in stored order. */
export interface Chunk {
  readonly series: readonly Series[];
  /** Samples of all series in the chunk together, wanted or not. */
  readonly sampleCount: number;
  /** The distinct columns of timestamps, of all series: when there was any sample. */
  readonly times: readonly Float64Array[];
}

/** Is a series wanted? Values of the others are passed over, which takes a fraction of the time. */
export type WantSeries = (labels: Labels) => boolean;

/**
 * Reads a chunk from bytes nobody vouches for, or of a stored one only the series somebody wants.
 * Any bytes give a chunk or an error, in time and memory bounded by `MAX_BODY_BYTES`.
 */
export function decodeChunk(bytes: Uint8Array, want?: WantSeries): Result<Chunk, ChunkError> {
  try {
    return ok(readBody(new ByteReader(inflateBody(bytes)), want ?? everySeries));
  } catch (fault) {
    if (fault instanceof ChunkFault) return err({ code: fault.code, message: fault.message });
    throw fault;
  }
}

const everySeries: WantSeries = () => true;

function inflateBody(bytes: Uint8Array): Uint8Array {
  if (bytes.length > MAX_CHUNK_BYTES) {
    throw new ChunkFault(
      'too_large',
      `a chunk of ${bytes.length} bytes, more than ${MAX_CHUNK_BYTES}`,
    );
  }
  if (bytes.length < CHECKSUM_BYTES + 3)
    throw new ChunkFault('truncated', `a chunk of ${bytes.length} bytes`);
  const end = bytes.length - CHECKSUM_BYTES;
  const checksum = new DataView(bytes.buffer, bytes.byteOffset + end, CHECKSUM_BYTES).getUint32(
    0,
    true,
  );
  if (bytes[0] !== CHUNK_VERSION)
    throw new ChunkFault('version', `chunk version ${bytes[0]}, not ${CHUNK_VERSION}`);
  if (crc32(bytes.subarray(0, end)) !== checksum)
    throw new ChunkFault('checksum', 'the checksum does not match: bytes were lost or changed');
  const input = new ByteReader(bytes.subarray(0, end));
  input.u8('version');
  const dictionary = dictionaryBytes(input.u8('dictionary'));
  if (dictionary === undefined) throw new ChunkFault('version', `no dictionary ${bytes[1]}`);
  const bodyBytes = input.varint('body size');
  if (bodyBytes > MAX_BODY_BYTES)
    throw new ChunkFault('too_large', `a body of ${bodyBytes} bytes, more than ${MAX_BODY_BYTES}`);
  const body = inflate(input.raw(input.remaining, 'body'), dictionary, bodyBytes);
  if (body.length !== bodyBytes)
    throw new ChunkFault('malformed', `a body of ${body.length} bytes, not ${bodyBytes}`);
  return body;
}

function inflate(packed: Uint8Array, dictionary: Uint8Array, bodyBytes: number): Uint8Array {
  try {
    return inflateRawSync(packed, { dictionary, maxOutputLength: Math.max(1, bodyBytes) });
  } catch (cause) {
    throw new ChunkFault(
      'malformed',
      `the body does not inflate: ${cause instanceof Error ? cause.message : cause}`,
    );
  }
}

function readBody(input: ByteReader, want: WantSeries): Chunk {
  const columns = readTimes(input);
  const labels = readGroups(input);
  const modes = labels.map(() => readMode(input));
  const timesOf = modes.map((mode, i) => columnAt(columns, mode, i));
  const sampleCount = timesOf.reduce((sum, times) => sum + times.length, 0);
  // Every sample takes a byte or more, so a small body can't ask for a large array.
  if (sampleCount > input.remaining || sampleCount > MAX_SAMPLES) {
    throw new ChunkFault('malformed', `${sampleCount} samples in ${input.remaining} bytes`);
  }
  const isWanted = labels.map(want);
  const values = allocate(timesOf, isWanted);
  // The first values of all series come before the rest of any.
  modes.forEach((mode, i) => {
    const count = timesOf[i]?.length ?? 0;
    if (count === 0) return;
    const own = values[i];
    if (own === undefined) skipValues(input, mode, 1);
    else readValues(input, mode, own, 0, 1);
  });
  modes.forEach((mode, i) => {
    const count = timesOf[i]?.length ?? 0;
    if (count < 2) return;
    const own = values[i];
    if (own === undefined) skipValues(input, mode, count - 1);
    else readValues(input, mode, own, 1, count);
  });
  if (input.remaining > 0)
    throw new ChunkFault('malformed', `${input.remaining} bytes after the end`);
  const series: Series[] = [];
  labels.forEach((own, i) => {
    const ownTimes = timesOf[i];
    const ownValues = values[i];
    if (ownTimes === undefined || ownValues === undefined) return;
    series.push({ labels: own, timestamps: ownTimes, values: ownValues });
  });
  checkDistinct(series);
  return { series, sampleCount, times: columns };
}

function columnAt(columns: readonly Float64Array[], mode: ValueMode, index: number): Float64Array {
  const column = columns[mode.column];
  if (column === undefined)
    throw new ChunkFault('malformed', `series ${index}: no time column ${mode.column}`);
  return column;
}

/** One piece of memory for all wanted values, a view of it for each series; none for the others. */
function allocate(
  timesOf: readonly Float64Array[],
  isWanted: readonly boolean[],
): (Float64Array | undefined)[] {
  const counts = timesOf.map((times, i) => (isWanted[i] === true ? times.length : 0));
  const whole = new Float64Array(counts.reduce((sum, count) => sum + count, 0));
  let from = 0;
  return counts.map((count, i) => {
    if (isWanted[i] !== true) return undefined;
    const own = whole.subarray(from, from + count);
    from += count;
    return own;
  });
}

function checkDistinct(series: readonly Series[]): void {
  const seen = new Set<string>();
  for (const { labels } of series) {
    const key = labelsKey(labels);
    if (seen.has(key)) throw new ChunkFault('malformed', `${formatLabels(labels)} stands twice`);
    seen.add(key);
  }
}
