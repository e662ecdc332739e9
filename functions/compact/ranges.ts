import type { WriterRange } from '../store/chunks.ts';

/** A writer, and how large its minute is, in bytes. */
export interface WriterSize {
  readonly writer: string;
  readonly chunkBytes: number;
}

/**
 * All names there may be, in ranges whose known writers have at most so many bytes a minute together (one
 * that has more alone is a range): what is held in memory at once.
 */
export function rangesOf(writers: readonly WriterSize[], maxBytes: number): WriterRange[] {
  const ordered = writers.toSorted((a, b) =>
    Buffer.compare(Buffer.from(a.writer), Buffer.from(b.writer)),
  );
  const ranges: WriterRange[] = [];
  let from: string | undefined;
  let bytes = 0;
  for (const { writer, chunkBytes } of ordered) {
    if (bytes > 0 && bytes + chunkBytes > maxBytes) {
      ranges.push({ from, before: writer });
      from = writer;
      bytes = 0;
    }
    bytes += chunkBytes;
  }
  return [...ranges, { from }];
}
