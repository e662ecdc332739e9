import * as v from 'valibot';
import {
  EPOCHS_SURE_MS,
  type ShardEpochs,
  sameShards,
  withCount,
} from '../../core/shard-epochs.ts';
import { HOUR_MS } from '../../core/time.ts';
import { earlierShardCount } from './compaction-progress.ts';
import { type ConfEntry, getEntry, putEntry } from './conf-items.ts';
import type { Table } from './dynamo.ts';
import { TableCallFailed } from './errors.ts';
import { SHARDS_PARTITION, SHARDS_SORT_KEY } from './item-keys.ts';

/** Over how many shards the minutes of each hour are spread. */
export interface Shards {
  /**
   * The epochs, right for this hour (counted from 1970) and all before it. Throws what the table throws if
   * they must be read and can't be.
   */
  readonly upTo: (hour: number) => Promise<ShardEpochs>;
  /** Reads them, if none are known, while there is something else to wait for. */
  readonly prepare: () => void;
}

/** How far an answer can be trusted. */
interface Known {
  readonly epochs: ShardEpochs;
  /** For hours that begin before it; */
  readonly sureBeforeMs: number;
  /** and no longer than until then. */
  readonly goodUntilMs: number;
}

/** An answer that takes longer is asked for anew: the function may have been frozen meanwhile. */
const ASKED_ANEW_MS = 1000;

/** Who may not write the first epoch looks so often whether there is one. */
const NONE_GOOD_MS = 60_000;

/**
 * The shards of a table. A warm function reads them once an hour, beside its work, in the last minutes before they
 * are needed. Where nothing is written yet, the count that an earlier release had becomes the first one, or `wish`
 * if the table is new; unless `mayBegin` is `false`: then that is taken as if.
 */
export function createShards(
  table: Table,
  wish: number,
  clockMs: () => number,
  mayBegin = true,
): Shards {
  let known: Known | undefined;
  let asking: { readonly atMs: number; readonly done: Promise<void> } | undefined;

  const isKnown = (hour: number): Known | undefined =>
    known !== undefined && hour * HOUR_MS < known.sureBeforeMs && clockMs() < known.goodUntilMs
      ? known
      : undefined;

  /** What was asked just now, if it may still be answered. */
  const asked = (): Promise<void> | undefined =>
    asking !== undefined && Math.abs(clockMs() - asking.atMs) < ASKED_ANEW_MS
      ? asking.done
      : undefined;

  const ask = (): Promise<void> => {
    const atMs = clockMs();
    const read = async (): Promise<void> => {
      try {
        const epochs = mayBegin ? await begun(table, wish) : (await stored(table))?.epochs;
        const asIf = epochs ?? (await firstEpochs(table, wish));
        const sureBeforeMs = atMs + EPOCHS_SURE_MS;
        // One that was frozen may come after one that was asked for later.
        if (known !== undefined && known.sureBeforeMs > sureBeforeMs) return;
        const goodUntilMs = epochs === undefined ? atMs + NONE_GOOD_MS : Infinity;
        known = { epochs: asIf, sureBeforeMs, goodUntilMs };
      } finally {
        if (asking === entry) asking = undefined;
      }
    };
    const entry = { atMs, done: read() };
    asking = entry;
    return entry.done;
  };

  /** What fails here is asked for again when it is needed. */
  const askBeside = (hour: number): void => {
    if (isKnown(hour) === undefined && asked() === undefined) ask().catch(() => {});
  };

  return {
    upTo: async (hour) => {
      // One that was asked beside another request may fail because that one had no more time.
      if (isKnown(hour) === undefined) await asked()?.catch(() => {});
      if (isKnown(hour) === undefined) await ask();
      const found = isKnown(hour);
      if (found === undefined)
        throw new TableCallFailed(
          'ShardsUnknown',
          `the shards of hour ${hour} are not settled yet`,
        );
      askBeside(Math.floor((clockMs() + EPOCHS_SURE_MS - 1) / HOUR_MS));
      return found.epochs;
    },
    prepare: () => askBeside(Math.floor(clockMs() / HOUR_MS)),
  };
}

/** Those of a table that has only ever had one count. */
export function shardsOf(shards: Shards | number): Shards {
  if (typeof shards !== 'number') return shards;
  const epochs = sameShards(shards);
  return { upTo: async () => epochs, prepare: () => {} };
}

/**
 * Makes `wish` the count of a later hour, if it is not the newest one and no other change is under way. Gives all
 * epochs if it did; `undefined` if there was nothing to do, or somebody else did something.
 */
export async function changeShards(
  table: Table,
  wish: number,
  clockMs: () => number,
): Promise<ShardEpochs | undefined> {
  const found = await stored(table);
  if (found === undefined) return undefined;
  const changed = withCount(found.epochs, wish, clockMs());
  if (changed === undefined) return undefined;
  return (await put(table, changed, found.revision)) ? changed : undefined;
}

const schema = v.pipe(
  v.tupleWithRest([v.tuple([v.number(), v.number()])], v.tuple([v.number(), v.number()])),
  v.transform(([first, ...later]): ShardEpochs => [epochOf(first), ...later.map(epochOf)]),
);

function epochOf([from, count]: [number, number]) {
  return { from, count };
}

async function stored(
  table: Table,
): Promise<(Pick<ConfEntry, 'revision'> & { epochs: ShardEpochs }) | undefined> {
  const found = await getEntry(table, SHARDS_PARTITION, SHARDS_SORT_KEY);
  return found && { revision: found.revision, epochs: v.parse(schema, found.value) };
}

/** As stored; if nothing is, the first epochs are, for all hours. */
async function begun(table: Table, wish: number): Promise<ShardEpochs> {
  const found = await stored(table);
  if (found !== undefined) return found.epochs;
  const first = await firstEpochs(table, wish);
  if (await put(table, first, 0)) return first;
  // Another function was quicker.
  const others = await stored(table);
  if (others === undefined) throw new Error(`${SHARDS_PARTITION}: refused, and not there`);
  return others.epochs;
}

/**
 * Earlier releases had the one count that their functions were told, which the deployment that brings this may
 * just have changed; what is stored is where the old one put it, and old functions may write still. That count
 * is how many shards are rolled up.
 */
async function firstEpochs(table: Table, wish: number): Promise<ShardEpochs> {
  return sameShards((await earlierShardCount(table)) ?? wish);
}

/** It does not end: without it nothing that is stored would be found. */
function put(table: Table, epochs: ShardEpochs, revision: number): Promise<boolean> {
  const value = epochs.map(({ from, count }) => [from, count]);
  const entry = { sortKey: SHARDS_SORT_KEY, revision, value };
  return putEntry(table, SHARDS_PARTITION, entry, undefined);
}
