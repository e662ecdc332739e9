import { FUTURE_LIMIT_MS } from '../../core/host-minute.ts';
import type { SampleSource } from '../../core/promql/source.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { HOUR_MS } from '../../core/rollup/hour-points.ts';
import type { Labels } from '../../core/series/labels.ts';
import type { Series } from '../../core/series/series.ts';
import { Assembly, minuteText } from './assembly.ts';
import { BATCH_KEYS, type ChunkKey, type ChunkStore, type StoredChunk } from './chunks.ts';
import { isStoreBusy } from './errors.ts';
import type { CachedInventory } from './inventory-cache.ts';
import {
  planRead,
  type ReadCost,
  type ReadLimits,
  type ReadPlan,
  type TieredSelection,
} from './read-plan.ts';
import { UP_LOOKBACK_MS, upHosts, upOf, wantsUp } from './read-up.ts';
import type { RollupReader } from './rollup-reader.ts';
import type { RollupState } from './rollup-state.ts';
import type { Selection } from './selection.ts';
import { byBorders, sourceOf, tierInfos } from './tiered-source.ts';
import { bordersOf, coarsestTier, type Retention, rawFromHour, tierOf } from './tiers.ts';
import type { Reporters } from './wanted-writers.ts';

/** What the reader needs of the world. */
export interface ReaderPorts {
  readonly chunks: Pick<ChunkStore, 'batch' | 'minute' | 'senderMinute'>;
  readonly inventory: CachedInventory;
  readonly shardCount: number;
  readonly rollups: RollupReader;
  /** How far rollups are, as a warm function remembers it. */
  readonly rollupState: (nowMs: number) => Promise<RollupState>;
  /** Before what is kept there is nothing to read. */
  readonly retention: Retention;
  readonly limits: ReadLimits;
  readonly clockMs: () => number;
}

/** What was read. Every series has all its samples of the selections that want it, and maybe more. */
export interface ReadSeries {
  /** Of each selection, by the identity of its matchers, each hour from the tier that it is read from. */
  readonly source: SampleSource;
  /** All series there are; one that several selections read from several tiers is there for each. */
  readonly series: readonly Series[];
  /** What is missing, and why. A line each. */
  readonly warnings: readonly string[];
  /** What is not as it came: from which tiers the answer is. A line each. */
  readonly infos: readonly string[];
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
      hosts: (sinceMs) => ports.inventory.hosts(nowMs, sinceMs),
      senders: (isFresh) => ports.inventory.senders(nowMs, isFresh),
    };
    const selectors = new Set(selections.map(({ matchers }) => matchers)).size;
    if (selectors > MAX_SELECTORS) {
      const message = `the query has ${selectors} selectors; at most ${MAX_SELECTORS} are read`;
      return err({ code: 'too_much', message });
    }
    const { retention } = ports;
    const kept = selections.flatMap((selection) => clamped(selection, nowMs, retention));
    const rawFromMs = nowMs - retention.rawMs;
    const needsRollups = kept.some((one) => coarsestTier(one) !== 'raw' || one.fromMs < rawFromMs);
    const state = needsRollups ? await ports.rollupState(nowMs) : NOT_ROLLED;
    const tiered = kept.map((selection) => ({
      selection,
      borders: bordersOf(selection, state.doneHour, retention, nowMs),
    }));
    const reading = tiered.map(({ selection, borders }) => ({
      selection: wantsUp(selection) ? withUpLookback(selection) : selection,
      borders,
    }));
    const there = { fromMs: rawFromMs, state };
    const plan = await planRead(reading, there, reporters, ports.limits, ports.shardCount);
    if (!plan.ok) return err({ code: 'too_much', message: plan.error });
    const wanted = tiered.map(({ selection }) => selection);
    const assembly = new Assembly(wanted);
    const failure = await readPlan(ports, plan.value, assembly, nowMs, deadlineMs);
    if (failure !== undefined) return err(failure);
    const ups = tiered
      .filter(({ selection }) => wantsUp(selection))
      .map((one) => upSelection(one, retention, nowMs));
    const up = ups.length === 0 ? [] : upOf(ups, assembly, await upHosts(ups, reporters), nowMs);
    const rawFrom = rawFromHour(retention, nowMs);
    const answers = [...byBorders(tiered)].map(([borders, some]) => ({
      matchers: new Set(some.map(({ matchers }) => matchers)),
      series: [
        ...assembly.series(some, tierOf(borders, plan.value.late, rawFrom)),
        ...(some.some(wantsUp) ? up : []),
      ],
    }));
    return ok({
      source: sourceOf(answers),
      series: answers.flatMap(({ series }) => series),
      warnings: [...assembly.warnings(), ...lateWarning(plan.value)],
      infos: tierInfos(assembly, tiered),
      cost: plan.value.cost,
    });
  } catch (error) {
    if (!isStoreBusy(error)) throw error;
    return err({ code: 'busy', message: `the table can't be read just now: ${error.name}` });
  }
}

/** The part of a selection's time of which there can be samples; none if there is no such part. */
function clamped(selection: Selection, nowMs: number, retention: Retention): Selection[] {
  const keptMs = Math.max(retention.rawMs, retention.minuteMs, retention.hourMs);
  const fromMs = Math.max(selection.fromMs, nowMs - keptMs);
  const toMs = Math.min(selection.toMs, nowMs + FUTURE_LIMIT_MS);
  return toMs < fromMs ? [] : [{ ...selection, fromMs, toMs }];
}

/** As if nothing was: what is short and kept needs to know no more. */
const NOT_ROLLED: RollupState = {
  doneHour: undefined,
  doneBlock: undefined,
  late: new Map(),
};

/** `up` is made of what was before it. */
function withUpLookback(selection: Selection): Selection {
  const { fromMs, windows } = selection;
  const earlier = { ...selection, fromMs: fromMs - UP_LOOKBACK_MS };
  if (windows === undefined) return earlier;
  const firstFromMs = windows.firstFromMs - UP_LOOKBACK_MS;
  const lengthMs = windows.lengthMs + UP_LOOKBACK_MS;
  return { ...earlier, windows: { ...windows, firstFromMs, lengthMs } };
}

/** The part of a selection's time of which `up` can be told: points of an hour do not say it. */
function upSelection(
  { selection, borders }: TieredSelection,
  { rawMs, minuteMs }: Retention,
  nowMs: number,
): Selection {
  const { hourEnd, minuteEnd } = borders;
  const keptMs = hourEnd < minuteEnd ? minuteMs : rawMs;
  const firstMs = Math.max(hourEnd * HOUR_MS + UP_LOOKBACK_MS, nowMs - keptMs);
  return { ...selection, fromMs: Math.max(selection.fromMs, firstMs) };
}

async function readPlan(
  { chunks, rollups, clockMs }: ReaderPorts,
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
      assembly.miss(what);
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
  if (assembly.chunks === 0 && assembly.missed > 0)
    return { code: 'busy', message: "the table can't be read just now: it is throttled" };
  return undefined;
}

function lateWarning({ lateLeft }: ReadPlan): string[] {
  if (lateLeft === 0) return [];
  return [
    `what came late in ${lateLeft} hours of hosts is missing until it is rolled up, within two hours`,
  ];
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
