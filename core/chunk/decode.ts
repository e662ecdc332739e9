import { crc32, inflateRawSync } from 'node:zlib';
import { err, ok, type Result } from '../result.ts';
import { formatLabels, labelsKey } from '../series/labels.ts';
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
import { readMode, readValues, type ValueMode } from './values.ts';

/** A chunk read back: series in stored order. */
export interface Chunk {
  readonly series: readonly Series[];
  /** Samples of all series together. */
  readonly sampleCount: number;
}

/**
 * Reads a chunk from bytes nobody vouches for. Any bytes give a chunk or an error, in time and
 * memory bounded by `MAX_BODY_BYTES`.
 */
export function decodeChunk(bytes: Uint8Array): Result<Chunk, ChunkError> {
  try {
    return ok(readBody(new ByteReader(inflateBody(bytes))));
  } catch (fault) {
    if (fault instanceof ChunkFault) return err({ code: fault.code, message: fault.message });
    throw fault;
  }
}

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

function readBody(input: ByteReader): Chunk {
  const columns = readTimes(input);
  const labels = readGroups(input);
  const modes = labels.map(() => readMode(input));
  const timesOf = modes.map((mode, i) => columnAt(columns, mode, i));
  const sampleCount = timesOf.reduce((sum, times) => sum + times.length, 0);
  // Every sample takes a byte or more, so a small body can't ask for a large array.
  if (sampleCount > input.remaining || sampleCount > MAX_SAMPLES) {
    throw new ChunkFault('malformed', `${sampleCount} samples in ${input.remaining} bytes`);
  }
  const values = allocate(timesOf);
  modes.forEach((mode, i) => {
    const own = values[i];
    if (own !== undefined && own.length > 0) readValues(input, mode, own, 0, 1);
  });
  modes.forEach((mode, i) => {
    const own = values[i];
    if (own !== undefined && own.length > 1) readValues(input, mode, own, 1, own.length);
  });
  if (input.remaining > 0)
    throw new ChunkFault('malformed', `${input.remaining} bytes after the end`);
  const series = labels.map((own, i) => ({
    labels: own,
    timestamps: timesOf[i] ?? new Float64Array(),
    values: values[i] ?? new Float64Array(),
  }));
  checkDistinct(series);
  return { series, sampleCount };
}

function columnAt(columns: readonly Float64Array[], mode: ValueMode, index: number): Float64Array {
  const column = columns[mode.column];
  if (column === undefined)
    throw new ChunkFault('malformed', `series ${index}: no time column ${mode.column}`);
  return column;
}

/** One piece of memory for all values, a view of it for each series. */
function allocate(timesOf: readonly Float64Array[]): Float64Array[] {
  const whole = new Float64Array(timesOf.reduce((sum, times) => sum + times.length, 0));
  let from = 0;
  return timesOf.map((times) => {
    const own = whole.subarray(from, from + times.length);
    from += times.length;
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
