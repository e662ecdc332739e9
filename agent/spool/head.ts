import { crc32 } from 'node:zlib';
import * as v from 'valibot';
import type { SpoolHead } from './replay.ts';

const Head = v.object({
  host: v.string(),
  firstSegment: v.number(),
  sequence: v.number(),
  total: v.optional(v.number()),
  nextId: v.number(),
  lastMs: v.number(),
  dropped: v.record(v.string(), v.number()),
});

/** The head as a file: a line of JSON and a line with its CRC-32. */
export function encodeHead(head: SpoolHead): Buffer {
  const json = JSON.stringify(head);
  return Buffer.from(`${json}\n${crc32(json).toString(16)}\n`);
}

/** `undefined` for bytes that are not what was written. */
export function decodeHead(bytes: Buffer): SpoolHead | undefined {
  const [json = '', checksum] = bytes.toString('utf8').split('\n');
  if (crc32(json).toString(16) !== checksum) return undefined;
  const head = v.safeParse(Head, JSON.parse(json));
  return head.success ? { ...head.output, total: head.output.total } : undefined;
}

/** The head of a spool without one: nothing is known of what was before. */
export function headOf(host: string, segments: readonly number[]): SpoolHead {
  return {
    host,
    firstSegment: Math.min(...segments, Number.MAX_SAFE_INTEGER),
    sequence: 0,
    total: segments.length === 0 ? 0 : undefined,
    nextId: 1,
    lastMs: 0,
    dropped: {},
  };
}
