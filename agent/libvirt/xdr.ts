import { err, ok, type Result } from '../../core/result.ts';

/**
 * Why bytes are not the XDR (RFC 4506) they were taken for.
 * - `truncated`: they end too early; - `too_long`: a length above its bound; - `bad_value`: a value
 *   the type does not have; - `trailing`: more bytes than the type has.
 */
export interface XdrError {
  readonly code: 'truncated' | 'too_long' | 'bad_value' | 'trailing';
  readonly message: string;
}

/** Thrown inside `decodeXdr` only, and caught there. */
class XdrProblem extends Error {
  readonly code: XdrError['code'];
  constructor(code: XdrError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * Reads the values of a type one after the other. Its methods throw on bytes that are wrong;
 * `decodeXdr` makes that an error value. Nothing is allocated by a length that was only claimed.
 */
export class XdrReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  int(): number {
    return this.#bytes.readInt32BE(this.#take(4));
  }

  uint(): number {
    return this.#bytes.readUInt32BE(this.#take(4));
  }

  /** As a number: exact up to 2^53; above, as near as a float64 comes. */
  hyper(): number {
    return Number(this.#bytes.readBigInt64BE(this.#take(8)));
  }

  /** As a number: exact up to 2^53; above, as near as a float64 comes. */
  uhyper(): number {
    const at = this.#take(8);
    return this.#bytes.readUInt32BE(at) * 2 ** 32 + this.#bytes.readUInt32BE(at + 4);
  }

  double(): number {
    return this.#bytes.readDoubleBE(this.#take(8));
  }

  boolean(): boolean {
    const value = this.uint();
    if (value > 1) throw new XdrProblem('bad_value', `boolean ${value} at byte ${this.#at - 4}`);
    return value === 1;
  }

  /** Bytes of a length both sides know. */
  fixedOpaque(length: number): Buffer {
    const at = this.#take(padded(length));
    return this.#bytes.subarray(at, at + length);
  }

  /** All bytes that are left, whatever they are. */
  rest(): Buffer {
    const at = this.#take(this.remaining);
    return this.#bytes.subarray(at);
  }

  string(maxBytes: number): string {
    const length = this.#length(maxBytes, 'string');
    const at = this.#take(padded(length));
    // Straight from the bytes: an answer about 10 VMs has a thousand names.
    return this.#bytes.toString('utf8', at, at + length);
  }

  /** A pointer of the protocol: there or not. */
  optional<T>(read: (reader: XdrReader) => T): T | undefined {
    return this.boolean() ? read(this) : undefined;
  }

  array<T>(maxItems: number, read: (reader: XdrReader) => T): T[] {
    const items: T[] = [];
    for (let left = this.arrayLength(maxItems); left > 0; left--) items.push(read(this));
    return items;
  }

  /** So many items of an array follow. */
  arrayLength(maxItems: number): number {
    return this.#length(maxItems, 'array');
  }

  /** The value of a union's or enum's tag that the type does not have. */
  reject(what: string): never {
    throw new XdrProblem('bad_value', `${what} before byte ${this.#at}`);
  }

  #length(max: number, what: string): number {
    const length = this.uint();
    if (length > max) {
      throw new XdrProblem('too_long', `${what} of ${length} at byte ${this.#at}, at most ${max}`);
    }
    return length;
  }

  #take(length: number): number {
    const at = this.#at;
    const next = at + length;
    if (next > this.#bytes.length) {
      throw new XdrProblem(
        'truncated',
        `${length} bytes wanted at byte ${at}, ${this.remaining} left`,
      );
    }
    this.#at = next;
    return at;
  }
}

/** All of `bytes` as one value of the type that `read` reads. */
export function decodeXdr<T>(bytes: Buffer, read: (reader: XdrReader) => T): Result<T, XdrError> {
  const reader = new XdrReader(bytes);
  try {
    const value = read(reader);
    if (reader.remaining === 0) return ok(value);
    return err({ code: 'trailing', message: `${reader.remaining} bytes too many` });
  } catch (problem) {
    if (!(problem instanceof XdrProblem)) throw problem;
    return err({ code: problem.code, message: problem.message });
  }
}

/** Writes values one after the other. */
export class XdrWriter {
  readonly #parts: Buffer[] = [];

  int(value: number): this {
    const part = Buffer.alloc(4);
    part.writeInt32BE(value);
    return this.#push(part);
  }

  uint(value: number): this {
    const part = Buffer.alloc(4);
    part.writeUInt32BE(value);
    return this.#push(part);
  }

  uhyper(value: number): this {
    const part = Buffer.alloc(8);
    part.writeBigUInt64BE(BigInt(value));
    return this.#push(part);
  }

  double(value: number): this {
    const part = Buffer.alloc(8);
    part.writeDoubleBE(value);
    return this.#push(part);
  }

  fixedOpaque(bytes: Buffer): this {
    const part = Buffer.alloc(padded(bytes.length));
    bytes.copy(part);
    return this.#push(part);
  }

  string(value: string): this {
    const bytes = Buffer.from(value, 'utf8');
    return this.uint(bytes.length).fixedOpaque(bytes);
  }

  bytes(): Buffer {
    return Buffer.concat(this.#parts);
  }

  #push(part: Buffer): this {
    this.#parts.push(part);
    return this;
  }
}

/** Every XDR item fills a multiple of four bytes. */
function padded(length: number): number {
  return Math.ceil(length / 4) * 4;
}
