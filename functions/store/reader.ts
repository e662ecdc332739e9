import { FUTURE_LIMIT_MS } from '../../core/host-minute.ts';
import { err, ok, type Result } from '../../core/result.ts';
import type { Series } from '../../core/series/series.ts';
import { Assembly, minuteText } from './assembly.ts';
import { BATCH_KEYS, type ChunkKey, type ChunkStore, type StoredChunk } from './chunks.ts';
import { isStoreBusy } from './errors.ts';
import type { CachedInventory } from './inventory.ts';
import {
  planRead,
  type ReadCost,
  type ReadLimits,
  type ReadPlan,
  type Reporters,
  type Selection,
} from './read-plan.ts';
import { UP_LOOKBACK_MS, upOf, wantsUp } from './read-up.ts';

/** What the reader needs of the world. */
export interface ReaderPorts {
  readonly chunks: Pick<ChunkStore, 'batch' | 'minute' | 'senderMinute'>;
  readonly inventory: CachedInventory;
  readonly shardCount: number;
  /** How long minute chunks are kept: before it there is nothing to read. */
  readonly retentionMs: number;
  readonly limits: ReadLimits;
  readonly clockMs: () => number;
}

/** What was read. Every series has all its samples of the selections that want it, and maybe more. */
export interface ReadSeries {
  readonly series: readonly Series[];
  /** What is missing, and why. A line each. */
  readonly warnings: readonly string[];
  readonly cost: ReadCost;
}

/** `too_much`: refused before anything was read. `timeout`, `busy`: nothing of it can be used. */
export interface ReadFailure {
  readonly code: 'too_much' | 'timeout' | 'busy';
  readonly message: string;
}

/** 320 MB as two arrays of floats, and as much again while parts are put together. */
const MAX_SAMPLES = 20_000_000;
/** Each is held against every series of every chunk. A long dashboard query has ten. */
const MAX_SELECTORS = 500;
/** DynamoDB's client has 50 connections, and other queries want some. */
const READS_AT_ONCE = 16;

/** Reads what selections want from the table, as it is at `nowMs`; gives up at `deadlineMs`. */
export async function readSeries(
  ports: ReaderPorts,
  selections: readonly Selection[],
  nowMs: number,
  deadlineMs: number,
): Promise<Result<ReadSeries, ReadFailure>> {
  try {
    const reporters: Reporters = {
      hosts: () => ports.inventory.hosts(nowMs),
      senders: () => ports.inventory.senders(nowMs),
    };
    const selectors = new Set(selections.map(({ matchers }) => matchers)).size;
    if (selectors > MAX_SELECTORS) {
      const message = `the query has ${selectors} selectors; at most ${MAX_SELECTORS} are read`;
      return err({ code: 'too_much', message });
    }
    const wanted = selections.flatMap((selection) => clamped(selection, nowMs, ports.retentionMs));
    const reading = wanted.map((selection) =>
      wantsUp(selection) ? { ...selection, fromMs: selection.fromMs - UP_LOOKBACK_MS } : selection,
    );
    const plan = await planRead(reading, reporters, ports.limits, ports.shardCount);
    if (!plan.ok) return err({ code: 'too_much', message: plan.error });
    const assembly = new Assembly(wanted);
    const failure = await readPlan(ports, plan.value, assembly, nowMs, deadlineMs);
    if (failure !== undefined) return err(failure);
    const ups = wanted.filter(wantsUp);
    const up = ups.length === 0 ? [] : upOf(ups, assembly, await reporters.hosts(), nowMs);
    return ok({
      series: [...assembly.series(), ...up],
      warnings: assembly.warnings(),
      cost: plan.value.cost,
    });
  } catch (error) {
    if (!isStoreBusy(error)) throw error;
    return err({ code: 'busy', message: `the table can't be read just now: ${error.name}` });
  }
}

/** The part of a selection's time of which there can be samples; none if there is no such part. */
function clamped(selection: Selection, nowMs: number, retentionMs: number): Selection[] {
  const fromMs = Math.max(selection.fromMs, nowMs - retentionMs);
  const toMs = Math.min(selection.toMs, nowMs + FUTURE_LIMIT_MS);
  return toMs < fromMs ? [] : [{ ...selection, fromMs, toMs }];
}

async function readPlan(
  { chunks, clockMs }: ReaderPorts,
  plan: ReadPlan,
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
      assembly.missMinute(what);
    }
  };
  for (const minute of plan.fleetMinutes)
    reads.push(query(minuteText(minute), () => chunks.minute(minute, nowMs)));
  for (const [minute, senders] of plan.senderMinutes) {
    const [only] = senders.size === 1 ? senders : [];
    const what = `${[...senders].join(', ')} ${minuteText(minute)}`;
    reads.push(query(what, () => chunks.senderMinute(minute, nowMs, only)));
  }
  for (const keys of inBatches(keysOf(plan.hostMinutes), BATCH_KEYS)) {
    reads.push(async () => {
      const { chunks: found, unread } = await chunks.batch(keys, nowMs);
      assembly.add(found);
      for (const { writer, minute } of unread) assembly.missHost(writer, minute);
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
  if (assembly.chunks === 0 && assembly.missed > 0)
    return { code: 'busy', message: "the table can't be read just now: it is throttled" };
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
