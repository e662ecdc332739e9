import { BinaryReader } from '@bufbuild/protobuf/wire';
import { snappyUncompressor } from 'hysnappy';
import { err, ok, type Result } from '../../core/result.ts';
import type { Refusal } from './refusal.ts';

/** 2,000 series with long labels take some 1 MB; 16 MiB leave room for 10,000 and more. */
const MAX_MESSAGE_BYTES = 16 << 20;

let uncompress: ((input: Uint8Array, outputLength: number) => Uint8Array) | undefined;

/**
 * A Snappy block (not the framed format) inflated, by a WebAssembly module that can't write beyond
 * its own memory. The length it claims is checked before any memory is taken for it.
 */
export function unsnap(packed: Uint8Array): Result<Uint8Array, Refusal> {
  let bytes: number;
  try {
    // The block begins with its inflated length, written like a protobuf varint.
    bytes = new BinaryReader(packed).uint32();
  } catch {
    return err(notSnappy('it does not begin with a length'));
  }
  if (bytes > MAX_MESSAGE_BYTES) {
    return err({
      status: 413,
      message: `a message of ${bytes} bytes; at most ${MAX_MESSAGE_BYTES} are taken in one request`,
    });
  }
  try {
    uncompress ??= snappyUncompressor();
    return ok(uncompress(packed, bytes));
  } catch (cause) {
    return err(notSnappy(cause instanceof Error ? cause.message : String(cause)));
  }
}

function notSnappy(reason: string): Refusal {
  return { status: 400, message: `the body is not a Snappy block: ${reason}` };
}
