import { crc32 } from 'node:zlib';
import { CHECKSUM_BYTES } from '../../core/chunk/format.ts';

/** A chunk as a release to come may write it: whole, and of another version. */
export function withVersion(chunk: Uint8Array, version: number): Uint8Array {
  const bytes = Buffer.from(chunk);
  bytes[0] = version;
  const end = bytes.length - CHECKSUM_BYTES;
  bytes.writeUInt32LE(crc32(bytes.subarray(0, end)), end);
  return bytes;
}
