/** Offsets within a Windows executable. Source: Microsoft, "PE Format". */
const HEADER_AT = 0x3c;
const OPTIONAL_HEADER = 24;
const PE32_PLUS = 0x20b;
const CERTIFICATE_TABLE = 112 + 4 * 8;

/**
 * A 64-bit Windows executable without its Authenticode signature: it would be wrong once something
 * is put in, and Windows distrusts a wrong signature more than none. Throws when the signature is
 * not at the end of the file, where it always is.
 */
export function removeAuthenticode(bytes: Uint8Array): Uint8Array {
  const file = Buffer.from(bytes);
  const header = file.readUInt32LE(HEADER_AT) + OPTIONAL_HEADER;
  if (file.readUInt16LE(header) !== PE32_PLUS) throw new Error('not a 64-bit Windows executable');
  const entry = header + CERTIFICATE_TABLE;
  const offset = file.readUInt32LE(entry);
  const size = file.readUInt32LE(entry + 4);
  if (size === 0) return file;
  if (offset + size !== file.length)
    throw new Error(`a signature of ${size} bytes at ${offset} is not at the end of the file`);
  file.fill(0, entry, entry + 8);
  return file.subarray(0, offset);
}
