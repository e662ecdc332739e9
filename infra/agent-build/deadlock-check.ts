/** Offsets within a 64-bit header, a section's header and a symbol. Source: elf(5). */
const HEADER = { sectionsOffset: 40, sectionCount: 60 };
const SECTION = { bytes: 64, type: 4, address: 16, offset: 24, size: 32, link: 40 };
const SYMBOL = { bytes: 24, name: 0, section: 6, value: 8, size: 16 };
const SYMBOL_TABLE = 2;

/** `absl::synch_deadlock_detection`, as compilers for Linux spell it. */
const VARIABLE = '_ZN4absl12_GLOBAL__N_124synch_deadlock_detectionE';

/** Values of `absl::OnDeadlockCycle`. Source: Abseil's absl/synchronization/mutex.h. */
const IGNORE = 0;
const ABORT = 2;

/**
 * An executable of Node whose mutexes don't keep account of who locks what after what. V8's Abseil is
 * built with that help for developers, which takes 1 MB and some time for each lock, and can only be
 * switched off by a call from within (`absl::SetMutexDeadlockDetectionMode`): here the variable
 * behind it begins with the value that the call would give it. What has no such variable, or one
 * with another value, is left as it is. Must come before the symbols are stripped.
 */
export function withoutDeadlockCheck(elf: Uint8Array): Uint8Array {
  const file = Buffer.from(elf);
  const at = offsetOf(file, VARIABLE);
  if (at === undefined || file.readUInt32LE(at) !== ABORT) return elf;
  file.writeUInt32LE(IGNORE, at);
  return file;
}

/** Where in the file a variable of 4 bytes begins. */
function offsetOf(file: Buffer, name: string): number | undefined {
  const sections = sectionHeaders(file);
  const table = sections.find((header) => header.readUInt32LE(SECTION.type) === SYMBOL_TABLE);
  const names = table === undefined ? undefined : sections[table.readUInt32LE(SECTION.link)];
  if (table === undefined || names === undefined) return undefined;
  const nameAt = bytesOf(file, names).indexOf(`\0${name}\0`) + 1;
  if (nameAt === 0) return undefined;
  const symbols = bytesOf(file, table);
  for (let i = 0; i < symbols.length; i += SYMBOL.bytes) {
    const symbol = symbols.subarray(i, i + SYMBOL.bytes);
    if (symbol.readUInt32LE(SYMBOL.name) !== nameAt) continue;
    const section = sections[symbol.readUInt16LE(SYMBOL.section)];
    if (section === undefined || symbol.readBigUInt64LE(SYMBOL.size) !== 4n) return undefined;
    const value = symbol.readBigUInt64LE(SYMBOL.value);
    const within = value - section.readBigUInt64LE(SECTION.address);
    return Number(section.readBigUInt64LE(SECTION.offset) + within);
  }
  return undefined;
}

function sectionHeaders(file: Buffer): readonly Buffer[] {
  const start = Number(file.readBigUInt64LE(HEADER.sectionsOffset));
  return Array.from({ length: file.readUInt16LE(HEADER.sectionCount) }, (_, index) => {
    const at = start + index * SECTION.bytes;
    return file.subarray(at, at + SECTION.bytes);
  });
}

function bytesOf(file: Buffer, header: Buffer): Buffer {
  const start = Number(header.readBigUInt64LE(SECTION.offset));
  return file.subarray(start, start + Number(header.readBigUInt64LE(SECTION.size)));
}
