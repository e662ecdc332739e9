import { readFileSync } from 'node:fs';

const AT_PAGESZ = 6n;
const ENTRY_BYTES = 16;

/**
 * Bytes of a memory page, as the kernel told this process when it started: 4 KiB nearly everywhere,
 * 16 or 64 KiB on some arm64 and POWER kernels. 4096 where it cannot be read.
 * Source: getauxval(3), AT_PAGESZ. Every platform Node runs on has 64-bit little-endian entries,
 * but for s390x, whose pages are of 4 KiB.
 */
export function readPageBytes(): number {
  try {
    const vector = readFileSync('/proc/self/auxv');
    for (let at = 0; at + ENTRY_BYTES <= vector.length; at += ENTRY_BYTES) {
      if (vector.readBigUInt64LE(at) === AT_PAGESZ) return Number(vector.readBigUInt64LE(at + 8));
    }
  } catch {
    // Not Linux, or hidden from us: the usual size is right nearly everywhere.
  }
  return 4096;
}
