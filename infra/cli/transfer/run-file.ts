import { createReadStream, createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import * as v from 'valibot';
import type { Series } from '../../../core/series/series.ts';

/** A piece of a series, and where it belongs among others: by its rank, in the order of UTF-16. */
export interface Piece {
  readonly rank: string;
  readonly series: Series;
}

/** Nobody reads these files but who wrote them: numbers are in this machine's own order of bytes. */
const HEAD = v.object({ rank: v.string(), labels: v.array(v.string()), count: v.number() });
const COUNT_BYTES = 4;
const WRITTEN_AT_ONCE_BYTES = 1 << 18;

/** Writes pieces to a file, packed. */
export async function writeRun(
  path: string,
  pieces: Iterable<Piece> | AsyncIterable<Piece>,
): Promise<void> {
  const packed = createGzip({ level: 1 });
  await pipeline(Readable.from(blocks(pieces)), packed, createWriteStream(path, { mode: 0o600 }));
}

async function* blocks(pieces: Iterable<Piece> | AsyncIterable<Piece>): AsyncGenerator<Buffer> {
  let parts: Buffer[] = [];
  let bytes = 0;
  for await (const { rank, series } of pieces) {
    const { labels, timestamps, values } = series;
    const head = Buffer.from(JSON.stringify({ rank, labels, count: timestamps.length }));
    const length = Buffer.alloc(COUNT_BYTES);
    length.writeUInt32LE(head.length);
    const block = Buffer.concat([length, head, bytesOf(timestamps), bytesOf(values)]);
    parts.push(block);
    bytes += block.length;
    if (bytes < WRITTEN_AT_ONCE_BYTES) continue;
    yield Buffer.concat(parts);
    parts = [];
    bytes = 0;
  }
  yield Buffer.concat(parts);
}

/** The pieces of a file, in their order. */
export async function* readRun(path: string): AsyncGenerator<Piece> {
  const bytes = new ByteQueue(createReadStream(path).pipe(createGunzip()));
  for (;;) {
    const length = await bytes.take(COUNT_BYTES);
    if (length === undefined) return;
    const head = await bytes.need(length.readUInt32LE());
    const { rank, labels, count } = v.parse(HEAD, JSON.parse(head.toString('utf8')));
    const timestamps = floatsOf(await bytes.need(count * 8));
    const values = floatsOf(await bytes.need(count * 8));
    yield { rank, series: { labels, timestamps, values } };
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: Float64Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

/** A copy, as floats must begin at a multiple of 8. */
function floatsOf(bytes: Buffer): Float64Array {
  const floats = new Float64Array(bytes.length / 8);
  new Uint8Array(floats.buffer).set(bytes);
  return floats;
}

/** Takes so many bytes at a time from a stream. */
class ByteQueue {
  readonly #chunks: AsyncIterator<Buffer>;
  #left: Buffer = Buffer.alloc(0);

  constructor(stream: AsyncIterable<Buffer>) {
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  /** `undefined` at the end of the stream. */
  async take(count: number): Promise<Buffer | undefined> {
    const parts = [this.#left];
    let bytes = this.#left.length;
    while (bytes < count) {
      const next = await this.#chunks.next();
      if (next.done === true) {
        if (bytes === 0) return undefined;
        throw new Error(`a run ends ${count - bytes} bytes too early`);
      }
      parts.push(next.value);
      bytes += next.value.length;
    }
    const all = parts.length === 1 ? this.#left : Buffer.concat(parts, bytes);
    this.#left = all.subarray(count);
    return all.subarray(0, count);
  }

  async need(count: number): Promise<Buffer> {
    const found = await this.take(count);
    if (found !== undefined || count === 0) return found ?? Buffer.alloc(0);
    throw new Error('a run ends in the midst of a piece');
  }
}
