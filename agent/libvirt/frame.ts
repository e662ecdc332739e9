import { decodeXdr, XdrWriter } from './xdr.ts';

/*
 * A message on the wire: its length (32 bits, itself included), then six words of header, then the
 * payload. Source: libvirt's virnetprotocol.x.
 */
const LENGTH_BYTES = 4;
const HEADER_BYTES = 24;

/** libvirt's own bound is 32 MiB. One VM's statistics are some 3 KiB, so this is about 5,000 VMs. */
const FRAME_MAX_BYTES = 16 << 20;

/** The program of hypervisor calls, and its version. */
export const REMOTE_PROGRAM = 0x20008086;
export const REMOTE_VERSION = 1;

export const MESSAGE_TYPE = { call: 0, reply: 1, event: 2 } as const;
export const MESSAGE_STATUS = { ok: 0, error: 1 } as const;

export interface Frame {
  readonly program: number;
  readonly version: number;
  readonly procedure: number;
  readonly type: number;
  /** A reply carries its call's. */
  readonly serial: number;
  readonly status: number;
  readonly payload: Buffer;
}

/** The bytes of a message. */
export function encodeFrame(frame: Frame): Buffer {
  const writer = new XdrWriter().uint(LENGTH_BYTES + HEADER_BYTES + frame.payload.length);
  writer.uint(frame.program).uint(frame.version).int(frame.procedure);
  writer.int(frame.type).uint(frame.serial).int(frame.status);
  return Buffer.concat([writer.bytes(), frame.payload]);
}

/** Thrown by a `FrameSplitter` when the peer can't be speaking this protocol. */
export class FrameError extends Error {}

/**
 * Cuts a stream into messages. It holds the bytes that came and no more, whatever length a message
 * claims.
 */
export class FrameSplitter {
  #chunks: Buffer[] = [];
  #held = 0;

  /** The messages this chunk completes. Throws a `FrameError` on a length that cannot be. */
  push(chunk: Buffer): Frame[] {
    this.#chunks.push(chunk);
    this.#held += chunk.length;
    const frames: Frame[] = [];
    for (let length = this.#nextLength(); length !== undefined; length = this.#nextLength()) {
      const bytes = this.#joined();
      frames.push(decodeFrame(bytes.subarray(LENGTH_BYTES, length)));
      this.#chunks = [bytes.subarray(length)];
      this.#held = bytes.length - length;
    }
    return frames;
  }

  /** Length of the next message, once all of it is here. */
  #nextLength(): number | undefined {
    if (this.#held < LENGTH_BYTES) return undefined;
    let first = this.#chunks[0];
    if (first === undefined || first.length < LENGTH_BYTES) first = this.#joined();
    const length = first.readUInt32BE(0);
    if (length < LENGTH_BYTES + HEADER_BYTES || length > FRAME_MAX_BYTES) {
      throw new FrameError(`a message of ${length} bytes`);
    }
    return this.#held < length ? undefined : length;
  }

  #joined(): Buffer {
    const [first, ...rest] = this.#chunks;
    if (first !== undefined && rest.length === 0) return first;
    const bytes = Buffer.concat(this.#chunks);
    this.#chunks = [bytes];
    return bytes;
  }
}

function decodeFrame(bytes: Buffer): Frame {
  const header = decodeXdr(bytes, (reader) => ({
    program: reader.uint(),
    version: reader.uint(),
    procedure: reader.int(),
    type: reader.int(),
    serial: reader.uint(),
    status: reader.int(),
    payload: reader.rest(),
  }));
  // The splitter has made sure of a whole header, so this can't be for the peer to cause.
  if (!header.ok) throw new Error(`frame header of ${bytes.length} bytes: ${header.error.message}`);
  return header.value;
}
