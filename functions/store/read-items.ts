import type { Labels } from '../../core/series/labels.ts';
import { type Assembly, minuteText } from './assembly.ts';
import { BATCH_KEYS, type ChunkKey, type ChunkStore, type StoredChunk } from './chunks.ts';
import { isStoreBusy } from './errors.ts';
import type { ReadPlan } from './read-plan.ts';
import type { RollupReader } from './rollup-reader.ts';

/** `too_much`: refused before anything was read. `timeout`, `busy`: nothing of it can be used. */
export interface ReadFailure {
  readonly code: 'too_much' | 'timeout' | 'busy';
  readonly message: string;
}

/** In a warning. */
const SENDERS_NAMED = 3;

/** Where items are read from. */
export interface ItemPorts {
  readonly chunks: Pick<ChunkStore, 'batch' | 'minute' | 'senderMinute'>;
  readonly rollups: RollupReader;
  readonly clockMs: () => number;
}

/** 320 MB as two arrays of floats, and as much again while parts are put together. */
const MAX_SAMPLES = 20_000_000;
/** DynamoDB's client has 50 connections, and other queries want some. */
const READS_AT_ONCE = 16;

/** Reads a plan's items into an assembly; gives up at `deadlineMs`. */
export async function readPlan(
  { chunks, rollups, clockMs }: ItemPorts,
  plan: Pick<ReadPlan, 'fleetMinutes' | 'hostMinutes' | 'senderMinutes' | 'rollups'>,
  assembly: Assembly,
  nowMs: number,
  deadlineMs: number,
): Promise<ReadFailure | undefined> {
  const reads: (() => Promise<void>)[] = [];
  const query = (what: string, read: () => Promise<StoredChunk[]>) => async () => {
    try {
      assembly.add(await read());
    } catch (error) {
      if (!isStoreBusy(error)) throw error;
      assembly.miss(what);
    }
  };
  for (const minute of plan.fleetMinutes)
    reads.push(query(minuteText(minute), () => chunks.minute(minute, nowMs)));
  for (const [minute, senders] of plan.senderMinutes) {
    const [only] = senders.size === 1 ? senders : [];
    const more = senders.size > SENDERS_NAMED ? ' and others' : '';
    const what = `${[...senders].slice(0, SENDERS_NAMED).join(', ')}${more} ${minuteText(minute)}`;
    reads.push(query(what, () => chunks.senderMinute(minute, nowMs, only)));
  }
  for (const keys of inBatches(keysOf(plan.hostMinutes), BATCH_KEYS)) {
    reads.push(async () => {
      const { chunks: found, unread } = await chunks.batch(keys, nowMs);
      assembly.add(found);
      for (const { writer, minute } of unread) assembly.missHost(writer, minute);
    });
  }
  const want = (labels: Labels) => assembly.wantOfRollups(labels);
  for (const range of plan.rollups) {
    reads.push(async () => {
      try {
        assembly.addRollups(range.tier, range.owner, await rollups.read(range, nowMs, want));
      } catch (error) {
        if (!isStoreBusy(error)) throw error;
        assembly.miss(`history of ${range.owner}`);
      }
    });
  }
  for (const some of inBatches(reads, READS_AT_ONCE)) {
    if (clockMs() > deadlineMs)
      return { code: 'timeout', message: 'query timed out in reading samples' };
    await Promise.all(some.map((read) => read()));
    if (assembly.samples > MAX_SAMPLES) {
      return {
        code: 'too_much',
        message: `query processing would load too many samples into memory: more than ${MAX_SAMPLES}`,
      };
    }
  }
  // Whether there is nothing, or nothing of what could be read, nobody can tell.
  const isEmpty = assembly.samples === 0 && assembly.hosts().length === 0;
  if (isEmpty && assembly.missed > 0) {
    const message = "the table can't be read just now: nothing of what is asked for could be";
    return { code: 'busy', message };
  }
  return undefined;
}

function keysOf(hostMinutes: ReadPlan['hostMinutes']): ChunkKey[] {
  const keys: ChunkKey[] = [];
  for (const [minute, hosts] of hostMinutes)
    for (const writer of hosts) keys.push({ writer, minute });
  return keys;
}

function* inBatches<T>(all: readonly T[], size: number): Generator<readonly T[]> {
  for (let at = 0; at < all.length; at += size) yield all.slice(at, at + size);
}
