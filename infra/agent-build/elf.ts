/** Offsets within a 64-bit header and a section's header. Source: elf(5). */
const HEADER = { sectionsOffset: 40, sectionCount: 60, namesIndex: 62 };
const SECTION = { bytes: 64, type: 4, flags: 8, offset: 24, size: 32 };
const NO_BITS = 8;
const ALLOCATED = 2;

interface Section {
  readonly header: Buffer;
  readonly isAllocated: boolean;
  readonly start: number;
  readonly end: number;
}

/**
 * An executable without what is not loaded when it runs: debugging information and the table of
 * static symbols, which of Node's are a seventh. The exported symbols stay. Done here rather than by
 * `strip`, as that knows only the processors it was built for, and its bytes differ by version.
 * Throws for what is not a 64-bit little-endian ELF file whose loaded sections come first.
 */
export function stripElf(bytes: Uint8Array): Uint8Array {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (file.readUInt32BE(0) !== 0x7f454c46 || file.readUInt16LE(4) !== 0x0102)
    throw new Error('not a 64-bit little-endian ELF file');
  const sections = readSections(file);
  const names = sections[file.readUInt16LE(HEADER.namesIndex)];
  if (names === undefined) throw new Error('ELF: no section has the names of sections');
  // The first is empty by definition.
  const first = sections.findIndex(({ isAllocated }, index) => index > 0 && !isAllocated);
  if (first < 0) return bytes;
  const kept = sections.slice(0, first);
  if (sections.slice(first).some(({ isAllocated }) => isAllocated))
    throw new Error('ELF: a section that is loaded comes after one that is not');
  const loadedEnd = Math.max(...kept.map(({ end }) => end));
  return assemble(file, kept, names, loadedEnd);
}

function readSections(file: Buffer): Section[] {
  const start = Number(file.readBigUInt64LE(HEADER.sectionsOffset));
  return Array.from({ length: file.readUInt16LE(HEADER.sectionCount) }, (_, index) => {
    const at = start + index * SECTION.bytes;
    const header = file.subarray(at, at + SECTION.bytes);
    const offset = Number(header.readBigUInt64LE(SECTION.offset));
    const size = Number(header.readBigUInt64LE(SECTION.size));
    const hasBits = header.readUInt32LE(SECTION.type) !== NO_BITS;
    return {
      header,
      isAllocated: (header.readBigUInt64LE(SECTION.flags) & BigInt(ALLOCATED)) !== 0n,
      start: offset,
      end: hasBits ? offset + size : offset,
    };
  });
}

/** What is loaded, the names, and a table of what is left. The order of sections is kept: they refer to each other by it. */
function assemble(
  file: Buffer,
  kept: readonly Section[],
  names: Section,
  loadedEnd: number,
): Uint8Array {
  const nameBytes = file.subarray(names.start, names.end);
  const namesHeader = Buffer.from(names.header);
  namesHeader.writeBigUInt64LE(BigInt(loadedEnd), SECTION.offset);
  const padding = Buffer.alloc(-(loadedEnd + nameBytes.length) & 7);
  const stripped = Buffer.concat([
    ...[file.subarray(0, loadedEnd), nameBytes, padding],
    ...[...kept.map(({ header }) => header), namesHeader],
  ]);
  const tableOffset = loadedEnd + nameBytes.length + padding.length;
  stripped.writeBigUInt64LE(BigInt(tableOffset), HEADER.sectionsOffset);
  stripped.writeUInt16LE(kept.length + 1, HEADER.sectionCount);
  stripped.writeUInt16LE(kept.length, HEADER.namesIndex);
  return stripped;
}
