import { doneByAll, inBlocks, type ShardEpochs, shardsSince } from '../../core/shard-epochs.ts';
import { HOUR_MS } from '../../core/time.ts';
import type { CompactionProgress } from './compaction-progress.ts';
import type { LateHours } from './late-hours.ts';
import { remembered } from './remembered.ts';
import { type Shards, shardsOf } from './shards.ts';

/** How far rollups are, over all shards. */
export interface RollupState {
  /** The newest hour (counted from 1970) of which all before it are rolled up; `undefined`: none ever was. */
  readonly doneHour: number | undefined;
  /** The newest block of days of which all before it are put together; `undefined`: none ever was. */
  readonly doneBlock: number | undefined;
  /** Hours of writers (a host, or `@` and a sender) in which something came after they were rolled up. */
  readonly late: ReadonlyMap<string, ReadonlySet<number>>;
}

/** Asks at most once a minute, and only if a query is long enough to need it. */
export function cacheRollupState(
  progress: Pick<CompactionProgress, 'read'>,
  lateHours: Pick<LateHours, 'list'>,
  shards: Shards | number,
): (nowMs: number) => Promise<RollupState> {
  const { upTo } = shardsOf(shards);
  return remembered(async (nowMs) => {
    const epochs = await upTo(Math.floor(nowMs / HOUR_MS));
    const [done, marks] = await Promise.all([
      readDone(progress, epochs),
      Promise.all(shardsEver(epochs).map(lateHours.list)),
    ]);
    const late = new Map<string, Set<number>>();
    for (const { writer, hour } of marks.flat()) {
      const known = late.get(writer);
      if (known === undefined) late.set(writer, new Set([hour]));
      else known.add(hour);
    }
    return { ...done, late };
  });
}

/** How far all shards are: one border for all writers. */
export async function readDone(
  progress: Pick<CompactionProgress, 'read'>,
  epochs: ShardEpochs,
): Promise<Pick<RollupState, 'doneHour' | 'doneBlock'>> {
  const done = await Promise.all(shardsEver(epochs).map(progress.read));
  const hours = done.map(({ doneHour }) => doneHour);
  const blocks = done.map(({ doneBlock }) => doneBlock);
  return {
    doneHour: doneByAll(epochs, hours),
    doneBlock: doneByAll(inBlocks(epochs), blocks),
  };
}

/** Also those that are no more: something may still be left to do, or come late, for an hour of theirs. */
function shardsEver(epochs: ShardEpochs): number[] {
  return Array.from({ length: shardsSince(epochs, 0) }, (_, shard) => shard);
}
