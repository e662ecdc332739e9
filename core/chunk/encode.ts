import { constants, crc32, deflateRawSync } from 'node:zlib';
import { formatLabels, labelsKey } from '../series/labels.ts';
import type { Series } from '../series/series.ts';
import { ByteWriter } from './byte-writer.ts';
import { CURRENT_DICTIONARY, dictionaryBytes } from './dictionary.ts';
import { CHECKSUM_BYTES, CHUNK_VERSION, MAX_LABELS_PER_SERIES } from './format.ts';
import { groupSeries, writeGroups } from './targets.ts';
import { findColumns, writeTimes } from './times.ts';
import { writeValues } from './values.ts';

/**
 * A chunk (format.ts) of these series. Their order is not kept; everything else is, to the bit.
 * Series must be distinct, with as many values as strictly rising timestamps; anything else is a
 * bug of the caller, and throws.
 */
export function encodeChunk(series: readonly Series[]): Uint8Array {
  checkSeries(series);
  const body = encodeBody(series);
  const packed = deflateRawSync(body, {
    level: constants.Z_BEST_COMPRESSION,
    memLevel: 9,
    dictionary: dictionaryBytes(CURRENT_DICTIONARY),
  });
  const out = new ByteWriter();
  out.u8(CHUNK_VERSION);
  out.u8(CURRENT_DICTIONARY);
  out.varint(body.length);
  out.raw(packed);
  const checksum = new Uint8Array(CHECKSUM_BYTES);
  new DataView(checksum.buffer).setUint32(0, crc32(out.bytes()), true);
  out.raw(checksum);
  return out.bytes().slice();
}

/** The body before deflating. */
function encodeBody(series: readonly Series[]): Uint8Array {
  const groups = groupSeries(series);
  const stored = groups.flatMap((group) => group.indexes.map((index) => seriesAt(series, index)));
  const { columns, columnOf } = findColumns(stored);
  const out = new ByteWriter();
  writeTimes(out, columns);
  writeGroups(out, groups);
  const streams = { modes: new ByteWriter(), firsts: new ByteWriter(), rests: new ByteWriter() };
  stored.forEach((one, i) => {
    writeValues(streams, one.values, columnOf[i] ?? 0);
  });
  out.raw(streams.modes.bytes());
  out.raw(streams.firsts.bytes());
  out.raw(streams.rests.bytes());
  return out.bytes();
}

function seriesAt(series: readonly Series[], index: number): Series {
  const one = series[index];
  if (one === undefined) throw new Error(`no series ${index} of ${series.length}`);
  return one;
}

function checkSeries(series: readonly Series[]): void {
  const seen = new Set<string>();
  for (const { labels, timestamps, values } of series) {
    const key = labelsKey(labels);
    if (seen.has(key)) throw new Error(`${formatLabels(labels)}: twice in one chunk`);
    seen.add(key);
    // Names are sorted.
    if (labels.length > 0 && labels[0] === '')
      throw new Error(`${formatLabels(labels)}: a label without a name`);
    if (labels.length > 2 * MAX_LABELS_PER_SERIES)
      throw new Error(`${formatLabels(labels)}: too many labels`);
    if (!labels.every((text) => text.isWellFormed()))
      throw new Error(`${formatLabels(labels)}: not Unicode text`);
    if (timestamps.length !== values.length) {
      throw new Error(
        `${formatLabels(labels)}: ${timestamps.length} timestamps, ${values.length} values`,
      );
    }
    timestamps.forEach((timestamp, i) => {
      const previous = timestamps[i - 1];
      if (!Number.isSafeInteger(timestamp) || (previous !== undefined && timestamp <= previous)) {
        throw new Error(`${formatLabels(labels)}: timestamp ${timestamp} after ${previous}`);
      }
    });
  }
}
