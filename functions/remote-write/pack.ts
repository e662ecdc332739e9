import { createHash } from 'node:crypto';
import { type ChunkPart, encodeInParts } from '../../core/chunk/encode-in-parts.ts';
import { countSamples } from '../../core/chunk/merge.ts';
import { compareStrings, labelPairs, labelValue, METRIC_NAME } from '../../core/series/labels.ts';
import type { Series } from '../../core/series/series.ts';
import type { StoredChunk } from '../store/chunks.ts';
import { senderSortKey } from '../store/item-keys.ts';

/**
 * Chunks of what a sender wrote of one minute, each small enough for an item. The same samples give
 * the same keys, however a request orders them: a request sent again writes the same items.
 */
export function packMinute(
  sender: string,
  minute: number,
  series: readonly Series[],
): StoredChunk[] {
  return encodeInParts(inChunkOrder(series)).map((part) => chunkOf(sender, minute, part));
}

/**
 * Series with few labels first, those of like labels together: a chunk names labels once for all
 * series that have them, and what a series adds to another's labels (chunk/targets.ts).
 */
function inChunkOrder(series: readonly Series[]): Series[] {
  const keyed = series.map((one) => {
    let key = String(one.labels.length).padStart(3, '0');
    for (const [name, value] of labelPairs(one.labels))
      if (name !== METRIC_NAME) key += `\0${name}\0${value}`;
    return { one, key, metric: labelValue(one.labels, METRIC_NAME) };
  });
  keyed.sort((a, b) => compareStrings(a.key, b.key) || compareStrings(a.metric, b.metric));
  return keyed.map(({ one }) => one);
}

/** As the table keeps it. */
function chunkOf(sender: string, minute: number, { bytes, series }: ChunkPart): StoredChunk {
  let firstMs = Number.POSITIVE_INFINITY;
  for (const { timestamps } of series) firstMs = Math.min(firstMs, timestamps[0] ?? firstMs);
  const writer = senderSortKey(sender, contentHash(series));
  return { writer, minute, bytes, firstMs, sampleCount: countSamples(series) };
}

/** 128 bits: no two contents of a sender's minute ever share them. */
const HASH_CHARACTERS = 22;

/** Of the content, not of its encoding: another version of the encoder names the same samples alike. */
function contentHash(part: readonly Series[]): string {
  const hash = createHash('sha256');
  for (const { labels, timestamps, values } of part) {
    hash.update(JSON.stringify([labels, timestamps.length]));
    hash.update(bytesOf(timestamps));
    hash.update(bytesOf(values));
  }
  return hash.digest('base64url').slice(0, HASH_CHARACTERS);
}

function bytesOf({ buffer, byteOffset, byteLength }: Float64Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
