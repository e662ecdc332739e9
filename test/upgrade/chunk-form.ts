import { crc32, inflateRawSync } from 'node:zlib';
import { dictionaryBytes } from '../../core/chunk/dictionary.ts';
import { CHECKSUM_BYTES } from '../../core/chunk/format.ts';

/**
 * Every byte of a chunk as hexadecimal digits, once inflated: zlib deflates to other bytes on other processors. What
 * ends it is left out, the checksum. `undefined` for what is no chunk.
 */
export function chunkForm(chunk: Uint8Array): string | undefined {
  const bytes = Buffer.from(chunk);
  const end = bytes.length - CHECKSUM_BYTES;
  if (end < 3 || crc32(bytes.subarray(0, end)) !== bytes.readUInt32LE(end)) return undefined;
  const dictionary = dictionaryBytes(bytes.readUInt8(1));
  // Version and dictionary, then the body's size: as many bytes as have their highest bit set, and one.
  const bodyAt = 3 + bytes.subarray(2).findIndex((byte) => byte < 0x80);
  const body = inflateRawSync(bytes.subarray(bodyAt, end), dictionary && { dictionary });
  return `${bytes.subarray(0, bodyAt).toString('hex')} ${body.toString('hex')}`;
}
