import { BLOCK_DAYS } from './rollup/blocks.ts';
import { DAY_MS, HOUR_MS } from './time.ts';

/**
 * Over how many shards each hour of the fleet is spread. The count of an hour never changes once the hour
 * has come: a new count holds from a later hour on, so that what is stored is found where it was put.
 */
export interface ShardEpoch {
  /** The first hour (or block of days) that it holds for, counted from 1970. */
  readonly from: number;
  readonly count: number;
}

/** By `from`, rising, at least one. Before the first one its count holds too. */
export type ShardEpochs = readonly [ShardEpoch, ...ShardEpoch[]];

/** A tick asks each shard of each minute it reads. */
export const SHARDS_MAX = 64;

/** Some 4 KB deflated, or one read unit; a count that is changed weekly fills it in 20 years. */
export const EPOCHS_MAX = 1000;

/**
 * A new count holds from a full hour on that is at least so far ahead when it is decided. Whoever decides
 * has written it within `DECIDED_WITHIN_MS` (no Lambda lives longer) or never does, so at least
 * `DECIDE_AHEAD_MS - DECIDED_WITHIN_MS` remain between the write and the hour.
 */
const DECIDE_AHEAD_MS = 30 * 60_000;
const DECIDED_WITHIN_MS = 15 * 60_000;
const BLOCK_HOURS = (BLOCK_DAYS * DAY_MS) / HOUR_MS;
/** Clocks of two functions differ by less. */
const CLOCK_SKEW_MS = 60_000;

/**
 * Epochs read at a time (by the reader's clock, before it asked) are right for every hour that begins
 * before this much later, whatever was written meanwhile. More than `FUTURE_LIMIT_MS`, so that all that
 * ingest takes is within it.
 */
export const EPOCHS_SURE_MS = DECIDE_AHEAD_MS - DECIDED_WITHIN_MS - CLOCK_SKEW_MS;

/** The epochs of a table that has had one count ever since. */
export function sameShards(count: number): ShardEpochs {
  return [{ from: 0, count }];
}

/** How many shards there are in an hour (or block). */
export function shardCountAt(epochs: ShardEpochs, period: number): number {
  return (epochs.findLast(({ from }) => from <= period) ?? epochs[0]).count;
}

/** The most shards that any hour (or block) from `period` on has. */
export function shardsSince(epochs: ShardEpochs, period: number): number {
  const later = epochs.filter(({ from }) => from > period);
  return later.reduce((most, { count }) => Math.max(most, count), shardCountAt(epochs, period));
}

/**
 * The first hour (or block) after `done` in which there is such a shard, `Infinity` if there is none;
 * `done` `undefined`: the first one at all.
 */
export function nextOfShard(epochs: ShardEpochs, shard: number, done: number | undefined): number {
  const least = done === undefined ? 0 : done + 1;
  for (const [i, { from, count }] of epochs.entries()) {
    const first = i === 0 ? least : Math.max(least, from);
    const end = epochs[i + 1]?.from ?? Infinity;
    if (count > shard && first < end) return first;
  }
  return Infinity;
}

/**
 * The newest hour (or block) of which it and all before are done by all of its shards, `undefined` if
 * there is none. A shard that is not there yet, or no more, holds nothing up.
 */
export function doneByAll(
  epochs: ShardEpochs,
  doneOf: readonly (number | undefined)[],
): number | undefined {
  let done = Infinity;
  for (let shard = 0; shard < shardsSince(epochs, 0); shard++)
    done = Math.min(done, nextOfShard(epochs, shard, doneOf[shard]) - 1);
  return done < 0 ? undefined : done;
}

/** The epochs in blocks of days instead of hours: a block has the shards of its last hour. */
export function inBlocks([first, ...later]: ShardEpochs): ShardEpochs {
  const inBlock = ({ from, count }: ShardEpoch) => ({
    from: Math.floor(from / BLOCK_HOURS),
    count,
  });
  return [inBlock(first), ...later.map(inBlock)];
}

/**
 * The epochs with a new count from a full hour on that nobody can have written to; `undefined` if there
 * is nothing to change, or the last change has yet to begin.
 */
export function withCount(
  epochs: ShardEpochs,
  count: number,
  nowMs: number,
): ShardEpochs | undefined {
  const newest = epochs.at(-1) ?? epochs[0];
  if (newest.count === count || newest.from * HOUR_MS > nowMs) return undefined;
  const from = Math.ceil((nowMs + DECIDE_AHEAD_MS) / HOUR_MS);
  const [first, ...later] = [...epochs, { from, count }].slice(-EPOCHS_MAX);
  return first && [first, ...later];
}
