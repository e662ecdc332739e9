import { createHash } from 'node:crypto';
import { encodeChunk } from '../../core/chunk/encode.ts';
import { MAX_BODY_BYTES, MAX_CHUNK_BYTES } from '../../core/chunk/format.ts';
import { countSamples } from '../../core/chunk/merge.ts';
import { compareStrings, labelPairs, labelValue, METRIC_NAME } from '../../core/series/labels.ts';
import type { Series } from '../../core/series/series.ts';
import type { StoredChunk } from '../store/chunks.ts';
import { senderSortKey } from '../store/item-keys.ts';
import { cut } from './minutes.ts';

/**
 * Chunks of what a sender wrote of one minute, each small enough for an item. The same samples give
 * the same keys, however a request orders them: a request sent again writes the same items.
 */
export function packMinute(
  sender: string,
  minute: number,
  series: readonly Series[],
): StoredChunk[] {
  const chunks: StoredChunk[] = [];
  for (const part of parts(inChunkOrder(series))) chunks.push(...packPart(sender, minute, part));
  return chunks;
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

/**
 * Half of what a body may be: the estimate leaves out a few bytes a series. A series of a minute has
 * 60,000 samples at most, some 1.1 MB by the estimate, so any one series is within it.
 */
const MAX_PART_BYTES = MAX_BODY_BYTES / 2;

/** Runs of series whose chunk bodies are surely within bounds. */
function* parts(series: readonly Series[]): Generator<Series[]> {
  let part: Series[] = [];
  let bytes = 0;
  for (const one of series) {
    const more = bodyBytesAtMost(one);
    if (part.length > 0 && bytes + more > MAX_PART_BYTES) {
      yield part;
      part = [];
      bytes = 0;
    }
    part.push(one);
    bytes += more;
  }
  if (part.length > 0) yield part;
}

/** A UTF-16 unit takes up to 3 bytes; a sample up to 9 for the value and 9 for the time. */
function bodyBytesAtMost({ labels, timestamps }: Series): number {
  const characters = labels.reduce((sum, text) => sum + text.length + 1, 0);
  return 3 * characters + 18 * timestamps.length + 32;
}

/** One chunk, or the chunks of both halves when it would not fit into an item. */
function packPart(sender: string, minute: number, part: readonly Series[]): StoredChunk[] {
  const bytes = encodeChunk(part);
  if (bytes.length > MAX_CHUNK_BYTES) {
    const [first, second] = halves(part);
    return [...packPart(sender, minute, first), ...packPart(sender, minute, second)];
  }
  let firstMs = Number.POSITIVE_INFINITY;
  for (const { timestamps } of part) firstMs = Math.min(firstMs, timestamps[0] ?? firstMs);
  const writer = senderSortKey(sender, contentHash(part));
  return [{ writer, minute, bytes, firstMs, sampleCount: countSamples(part) }];
}

function halves(part: readonly Series[]): [Series[], Series[]] {
  const [only] = part;
  if (only !== undefined && part.length === 1) {
    const middle = only.timestamps.length >> 1;
    return [[cut(only, 0, middle)], [cut(only, middle, only.timestamps.length)]];
  }
  const middle = part.length >> 1;
  return [part.slice(0, middle), part.slice(middle)];
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
