import { shardOf } from '../../core/host-minute.ts';
import {
  BLOCK_DAYS,
  lastFinalBlock,
  METRIC_GROUPS,
  metricGroup,
} from '../../core/rollup/blocks.ts';
import type { HourPoints } from '../../core/rollup/hour-points.ts';
import { dayOfHour } from '../../core/rollup/hours.ts';
import { replaceHours } from '../../core/rollup/replace-hours.ts';
import { labelValue, METRIC_NAME } from '../../core/series/labels.ts';
import { inBlocks, nextOfShard, type ShardEpochs, shardCountAt } from '../../core/shard-epochs.ts';
import { DAY_MS } from '../../core/time.ts';
import type { Lease } from '../store/compaction-progress.ts';
import type { RollupStore } from '../store/rollups.ts';

export interface MergePorts {
  readonly rollups: Pick<RollupStore, 'days' | 'putBlock'>;
  readonly epochs: ShardEpochs;
  /** The newest hour of which all before it are rolled up, by all shards: a host may have been in another one. */
  readonly rolledUp: () => Promise<number | undefined>;
  readonly rawRetentionMs: number;
  readonly hourRetentionMs: number;
  readonly nowMs: () => number;
}

const HOSTS_AT_ONCE = 8;

/** Are there blocks of a shard, done up to `doneBlock`, to put together? */
export function hasBlocksLeft(
  { epochs, nowMs, rawRetentionMs }: Pick<MergePorts, 'epochs' | 'nowMs' | 'rawRetentionMs'>,
  shard: number,
  doneBlock: number | undefined,
): boolean {
  return nextOfShard(inBlocks(epochs), shard, doneBlock) <= lastFinalBlock(nowMs(), rawRetentionMs);
}

/**
 * Puts days of points of an hour together in blocks, once nothing can change in them: of those hosts whose
 * block is this shard's. What was broken off is done again. Days stay as they are: of hosts unknown by
 * now there is nothing else.
 */
export async function mergeDays(
  ports: MergePorts,
  lease: Lease,
  shard: number,
  hosts: readonly string[],
  hasTime: () => boolean,
): Promise<void> {
  let { doneBlock } = lease;
  if (!hasBlocksLeft(ports, shard, doneBlock)) return;
  const nowMs = ports.nowMs();
  const oldest = Math.floor((nowMs - ports.hourRetentionMs) / (BLOCK_DAYS * DAY_MS));
  const last = lastFinalBlock(nowMs, ports.rawRetentionMs);
  const blocks = inBlocks(ports.epochs);
  const doneHour = (await ports.rolledUp()) ?? -1;
  const first = Math.max(oldest, (doneBlock ?? -1) + 1);
  let block = nextOfShard(blocks, shard, first - 1);
  for (; block <= last; block = nextOfShard(blocks, shard, block)) {
    if (dayOfHour(doneHour + 1) < (block + 1) * BLOCK_DAYS) return;
    const count = shardCountAt(blocks, block);
    const ofShard = hosts.filter((host) => shardOf(host, count) === shard);
    for (let at = 0; at < ofShard.length; at += HOSTS_AT_ONCE) {
      if (!hasTime()) return;
      const some = ofShard.slice(at, at + HOSTS_AT_ONCE);
      await Promise.all(some.map((host) => mergeBlock(ports, host, block)));
    }
    if (!(await lease.advanceBlock(block))) return;
    doneBlock = block;
  }
  // Blocks that are not kept any more: nobody shall wait for them.
  if (nextOfShard(blocks, shard, doneBlock) <= last) await lease.advanceBlock(last);
}

async function mergeBlock(
  { rollups, hourRetentionMs, nowMs }: MergePorts,
  host: string,
  block: number,
): Promise<void> {
  const [from, to] = [block * BLOCK_DAYS, (block + 1) * BLOCK_DAYS - 1];
  let points: HourPoints[] = [];
  // Each day goes after all there is.
  for (const day of await rollups.days(host, from, to, nowMs()))
    points = replaceHours(points, day, Infinity, Infinity);
  if (points.length === 0) return;
  const expiresAtMs = (to + 1) * DAY_MS + hourRetentionMs;
  for (let group = 0; group < METRIC_GROUPS; group++) {
    const ofGroup = points.filter(
      ({ labels }) => metricGroup(labelValue(labels, METRIC_NAME)) === group,
    );
    // One without series says that there are none.
    await rollups.putBlock(host, group, block, ofGroup, expiresAtMs);
  }
}
