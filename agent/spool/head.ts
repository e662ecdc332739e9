import { crc32 } from 'node:zlib';
import * as v from 'valibot';
import { newerVersionText } from '../../core/newer-version.ts';
import type { SpoolHead } from './replay.ts';

const VERSION = 1;

const Head = v.object({
  host: v.string(),
  firstSegment: v.number(),
  sequence: v.number(),
  total: v.optional(v.number()),
  nextId: v.number(),
  lastMs: v.number(),
  dropped: v.record(v.string(), v.number()),
});

/** A head of the first version does not say so. */
const Newer = v.looseObject({ version: v.pipe(v.number(), v.minValue(VERSION + 1)) });

/** The head as a file: a line of JSON and a line with its CRC-32. */
export function encodeHead(head: SpoolHead): Buffer {
  const json = JSON.stringify(head);
  return Buffer.from(`${json}\n${crc32(json).toString(16)}\n`);
}

/** `undefined` for bytes that are not what was written. Throws for what a newer agent wrote. */
export function decodeHead(bytes: Buffer): SpoolHead | undefined {
  const [json = '', checksum] = bytes.toString('utf8').split('\n');
  if (crc32(json).toString(16) !== checksum) return undefined;
  const stored: unknown = JSON.parse(json);
  if (v.is(Newer, stored))
    throw new Error(newerVersionText("the spool's head", stored.version, VERSION));
  const head = v.safeParse(Head, stored);
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
