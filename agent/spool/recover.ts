import { minuteOf } from '../../core/host-minute.ts';
import type { Batch } from '../batch.ts';
import { decodeHead, headOf } from './head.ts';
import { type InterruptedMinute, readOpenMinute } from './open-minute.ts';
import { Replay, type Replayed } from './replay.ts';
import type { SpoolFiles } from './spool-files.ts';

export const HEAD_NAME = 'head';
const SEGMENT_NAME = /^segment-(\d{10})$/;
const OPEN_NAME = /^open-(\d+)$/;

export function segmentName(number: number): string {
  return `segment-${String(number).padStart(10, '0')}`;
}

/** The log of an open minute. */
export function openName(id: number): string {
  return `open-${id}`;
}

/** What a folder holds. */
export interface RecoveredSpool extends Replayed {
  /** The host that the minutes are of; `undefined` for a new spool or a head that can't be read. */
  readonly host: string | undefined;
  /** Bytes of each segment, oldest first. */
  readonly segments: ReadonlyMap<number, number>;
  /** Minutes that were open when the agent ended, oldest first. */
  readonly interrupted: readonly { readonly id: number; readonly minute: InterruptedMinute }[];
  /** Files that are not needed any more. */
  readonly leftovers: readonly string[];
}

/** Reads a folder; changes nothing. */
export async function readSpool(files: SpoolFiles, host: string): Promise<RecoveredSpool> {
  const names = await files.list();
  const numbers = numbersIn(names, SEGMENT_NAME);
  const stored = names.includes(HEAD_NAME) ? decodeHead(await files.read(HEAD_NAME)) : undefined;
  const head = stored ?? headOf(host, numbers);
  const kept = numbers.filter((number) => number >= head.firstSegment);
  const replay = new Replay(head);
  const segments = new Map<number, number>();
  for (const number of kept) {
    const bytes = await files.read(segmentName(number));
    segments.set(number, bytes.byteLength);
    replay.add(number, bytes);
  }
  const openIds = numbersIn(names, OPEN_NAME);
  const open = [];
  for (const id of openIds) {
    open.push({ id, minute: readOpenMinute(await files.read(openName(id))) });
  }
  const openTotal = Math.max(0, ...open.map(({ minute }) => minute.totalBefore));
  const replayed = replay.finish(new Set(openIds), openTotal);
  const interrupted = open.filter(({ id }) => !replayed.closedIds.has(id));
  return {
    ...replayed,
    host: stored?.host,
    segments,
    interrupted,
    lastMs: Math.max(replayed.lastMs, ...interrupted.map(({ minute }) => minute.columns.lastMs)),
    leftovers: [
      ...numbers.filter((number) => number < head.firstSegment).map(segmentName),
      ...openIds.filter((id) => replayed.closedIds.has(id)).map(openName),
      ...names.filter((name) => name.endsWith('.new')),
    ],
  };
}

/** Minutes as batches: those in segments first, then those that were never closed. */
export function batchesOf({ waiting, interrupted }: RecoveredSpool, host: string): Batch[] {
  const batches: Batch[] = waiting.map((minute) => ({
    ...minute,
    minute: minuteOf(host, minute.lastMs),
    chunk: undefined,
  }));
  for (const { id, minute } of interrupted) {
    const { columns, settledCount } = minute;
    const { lastMs, sampleCount } = columns;
    if (sampleCount === settledCount) continue;
    batches.push({
      id,
      minute: minuteOf(host, lastMs),
      lastMs,
      sampleCount,
      freshCount: sampleCount - settledCount,
      chunk: columns.toChunk(),
      place: undefined,
    });
  }
  return batches;
}

function numbersIn(names: Iterable<string>, pattern: RegExp): readonly number[] {
  const numbers: number[] = [];
  for (const name of names) {
    const digits = pattern.exec(name)?.[1];
    if (digits !== undefined) numbers.push(Number(digits));
  }
  return numbers.sort((a, b) => a - b);
}
