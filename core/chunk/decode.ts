import { crc32, inflateRawSync } from 'node:zlib';
import { newerVersionText } from '../newer-version.ts';
import { err, ok, type Result } from '../result.ts';
import { type Labels, labelsKey } from '../series/labels.ts';
import type { Series } from '../series/series.ts';
import { ByteReader } from './byte-reader.ts';
import { CURRENT_DICTIONARY, dictionaryBytes } from './dictionary.ts';
import {
  CHECKSUM_BYTES,
  CHUNK_VERSION,
  type ChunkError,
  ChunkFault,
  MAX_BODY_BYTES,
  MAX_CHUNK_BYTES,
  MAX_SAMPLES,
} from './format.ts';
import { type KeyedLabels, type LabelMemory, readSeriesList, standsTwice } from './series-list.ts';
import { readTimes } from './times.ts';
import { readMode, readValues, skipRaw, type ValueMode } from './values.ts';

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

/** Are series of this metric wanted? `''`: those without a name. */
export type WantMetric = (metric: string) => boolean;

/** A series and the key of its labels. */
export interface KeyedSeries extends Series, KeyedLabels {}

/** A chunk of which some metrics were read. */
interface KeyedChunk extends Chunk {
  readonly series: readonly KeyedSeries[];
}

/**
 * Reads a chunk from bytes nobody vouches for, or of a stored one only the series somebody wants.
 * Any bytes give a chunk or an error, in time and memory bounded by `MAX_BODY_BYTES`.
 */
export function decodeChunk(
  bytes: Uint8Array,
  want: WantSeries = everySeries,
): Result<Chunk, ChunkError> {
  return decodeBody(bytes, (input) => readBody(input, want));
}

/**
 * Reads series of some metrics, and remembers in `memory`, which is the writer's own, what the next chunk of that
 * writer will nearly always say again: then it takes a quarter of the time.
 */
export function decodeMetrics(
  bytes: Uint8Array,
  want: WantMetric,
  memory: LabelMemory,
): Result<KeyedChunk, ChunkError> {
  return decodeBody(bytes, (input) => readMetrics(input, want, memory));
}

function decodeBody<T>(bytes: Uint8Array, read: (input: ByteReader) => T): Result<T, ChunkError> {
  try {
    return ok(read(new ByteReader(inflateBody(bytes))));
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
  // First of all: a version that a changed bit made is none.
  if (crc32(bytes.subarray(0, end)) !== checksum)
    throw new ChunkFault('checksum', 'the checksum does not match: bytes were lost or changed');
  const input = new ByteReader(bytes.subarray(0, end));
  const version = input.u8('version');
  if (version > CHUNK_VERSION)
    throw new ChunkFault('version', newerVersionText('the chunk', version, CHUNK_VERSION));
  if (version < CHUNK_VERSION) throw new ChunkFault('malformed', `a chunk of version ${version}`);
  const dictionaryId = input.u8('dictionary');
  const dictionary = dictionaryBytes(dictionaryId);
  if (dictionary === undefined) {
    const what = "the chunk's dictionary";
    throw new ChunkFault('version', newerVersionText(what, dictionaryId, CURRENT_DICTIONARY));
  }
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
  const list = readSeriesList(input);
  const labels = Array.from({ length: list.count }, (_, i) => list.labels(i));
  const isWanted = labels.map(want);
  const { sampleCount, wanted } = readSamples(input, columns, isWanted);
  const series = wanted.map(({ index, timestamps, values }): Series => {
    return { labels: labels[index] ?? [], timestamps, values };
  });
  checkDistinct(series);
  return { series, sampleCount, times: columns };
}

function readMetrics(input: ByteReader, want: WantMetric, memory: LabelMemory): KeyedChunk {
  const columns = readTimes(input);
  const list = memory.read(input);
  const isMetricWanted = list.metrics.map(want);
  const isWanted = list.metricOf.map((metric) => isMetricWanted[metric] === true);
  const { sampleCount, wanted } = readSamples(input, columns, isWanted);
  const series = wanted.map(({ index, timestamps, values }): KeyedSeries => {
    const { key, labels } = list.keyed(index, memory.intern);
    return { key, labels, timestamps, values };
  });
  return { series, sampleCount, times: columns };
}

/** The samples of one wanted series, which is the one at this index. */
interface Samples {
  readonly index: number;
  readonly timestamps: Float64Array;
  readonly values: Float64Array;
}

/** What follows the labels, to the end. */
function readSamples(
  input: ByteReader,
  columns: readonly Float64Array[],
  isWanted: readonly boolean[],
): { sampleCount: number; wanted: Samples[] } {
  const modes = isWanted.map(() => readMode(input));
  const timesOf = modes.map((mode, i) => columnAt(columns, mode, i));
  const sampleCount = timesOf.reduce((sum, times) => sum + times.length, 0);
  // Every sample takes a byte or more, so a small body can't ask for a large array.
  if (sampleCount > input.remaining || sampleCount > MAX_SAMPLES) {
    throw new ChunkFault('malformed', `${sampleCount} samples in ${input.remaining} bytes`);
  }
  const wanted = allocate(timesOf, isWanted);
  // The first values of all series come before the rest of any.
  readPart(input, modes, wanted, timesOf, 0, 1);
  readPart(input, modes, wanted, timesOf, 1, Number.POSITIVE_INFINITY);
  if (input.remaining > 0)
    throw new ChunkFault('malformed', `${input.remaining} bytes after the end`);
  return { sampleCount, wanted };
}

/** Of all series the values from one index up to, but without, another. */
function readPart(
  input: ByteReader,
  modes: readonly ValueMode[],
  wanted: readonly Samples[],
  timesOf: readonly Float64Array[],
  from: number,
  before: number,
): void {
  let next = 0;
  let unwanted = 0;
  modes.forEach((mode, i) => {
    const count = Math.min(before, timesOf[i]?.length ?? 0) - from;
    const own = wanted[next]?.index === i ? wanted[next++] : undefined;
    if (count <= 0) return;
    // Varints of one series or of many are passed over alike.
    if (own === undefined && mode.unit !== undefined) {
      unwanted += count;
      return;
    }
    input.skipVarints(unwanted, 'value');
    unwanted = 0;
    if (own === undefined) skipRaw(input, count);
    else readValues(input, mode, own.values, from, from + count);
  });
  input.skipVarints(unwanted, 'value');
}

function columnAt(columns: readonly Float64Array[], mode: ValueMode, index: number): Float64Array {
  const column = columns[mode.column];
  if (column === undefined)
    throw new ChunkFault('malformed', `series ${index}: no time column ${mode.column}`);
  return column;
}

/** One piece of memory for all wanted values, a view of it for each series. */
function allocate(timesOf: readonly Float64Array[], isWanted: readonly boolean[]): Samples[] {
  let total = 0;
  timesOf.forEach((times, i) => {
    if (isWanted[i] === true) total += times.length;
  });
  const whole = new Float64Array(total);
  const wanted: Samples[] = [];
  let from = 0;
  timesOf.forEach((timestamps, index) => {
    if (isWanted[index] !== true) return;
    const values = whole.subarray(from, from + timestamps.length);
    from += timestamps.length;
    wanted.push({ index, timestamps, values });
  });
  return wanted;
}

function checkDistinct(series: readonly Series[]): void {
  const seen = new Set<string>();
  for (const { labels } of series) {
    const key = labelsKey(labels);
    if (seen.has(key)) throw standsTwice(labels);
    seen.add(key);
  }
}
