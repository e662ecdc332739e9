import { Buffer } from 'node:buffer';
import { ChunkFault } from './format.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Reads what `ByteWriter` wrote, from bytes nobody vouches for. Every fault is a `ChunkFault`. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  /** The same bytes. */
  readonly #text: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  get offset(): number {
    return this.#at;
  }

  u8(what: string): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined)
      throw new ChunkFault('truncated', `${what}: the body ends at byte ${this.#at}`);
    this.#at++;
    return byte;
  }

  varint(what: string): number {
    let value = 0;
    let unit = 1;
    for (;;) {
      const byte = this.u8(what);
      value += (byte & 0x7f) * unit;
      if (value > Number.MAX_SAFE_INTEGER) {
        throw new ChunkFault('malformed', `${what}: a number above 2^53 before byte ${this.#at}`);
      }
      if (byte < 0x80) return value;
      unit *= 0x80;
    }
  }

  zigzag(what: string): number {
    const value = this.varint(what);
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  /** Passes over so many varints without reading their numbers. */
  skipVarints(count: number, what: string): void {
    let at = this.#at;
    for (let i = 0; i < count; i++) {
      while ((this.#bytes[at] ?? 0) >= 0x80) at++;
      at++;
    }
    if (at > this.#bytes.length)
      throw new ChunkFault('truncated', `${what}: the body ends at byte ${this.#bytes.length}`);
    this.#at = at;
  }

  /** A count of things that take at least a byte each: never more than there are bytes left. */
  count(what: string, most: number): number {
    const count = this.varint(what);
    if (count > most) throw new ChunkFault('too_large', `${what}: ${count}, more than ${most}`);
    if (count > this.remaining) {
      throw new ChunkFault('malformed', `${what}: ${count}, with ${this.remaining} bytes left`);
    }
    return count;
  }

  raw(length: number, what: string): Uint8Array {
    if (length > this.remaining) {
      throw new ChunkFault('truncated', `${what}: ${length} bytes wanted, ${this.remaining} left`);
    }
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  /** The UTF-8 up to the next `end`, which is passed over. */
  text(end: number, what: string): string {
    const from = this.#at;
    const stop = this.#bytes.indexOf(end, from);
    if (stop < 0) throw new ChunkFault('truncated', `${what}: not ended`);
    this.#at = stop + 1;
    // Nearly all is ASCII, which takes a fraction of the time.
    for (let at = from; at < stop; at++)
      if ((this.#bytes[at] ?? 0) >= 0x80) return decodeUtf8(this.#bytes.subarray(from, stop), what);
    return this.#text.toString('latin1', from, stop);
  }

  /** Passes over these bytes, if they are the next. */
  skipIfNext(bytes: Uint8Array): boolean {
    const end = this.#at + bytes.length;
    if (Buffer.compare(this.#bytes.subarray(this.#at, end), bytes) !== 0) return false;
    this.#at = end;
    return true;
  }

  /** What was read from this offset on. */
  since(offset: number): Uint8Array {
    return this.#bytes.subarray(offset, this.#at);
  }

  peek(): number | undefined {
    return this.#bytes[this.#at];
  }
}

/** UTF-8 to a string; bytes that are not UTF-8 are a fault. */
function decodeUtf8(bytes: Uint8Array, what: string): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new ChunkFault('malformed', `${what}: not UTF-8`);
  }
}
