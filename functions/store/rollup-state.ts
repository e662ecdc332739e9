import type { CompactionProgress } from './compaction-progress.ts';
import type { LateHours } from './late-hours.ts';
import { remembered } from './remembered.ts';

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
  shardCount: number,
): (nowMs: number) => Promise<RollupState> {
  return remembered(async () => {
    const shards = Array.from({ length: shardCount }, (_, shard) => shard);
    const [done, marks] = await Promise.all([
      Promise.all(shards.map(progress.read)),
      Promise.all(shards.map(lateHours.list)),
    ]);
    const late = new Map<string, Set<number>>();
    for (const { writer, hour } of marks.flat()) {
      const known = late.get(writer);
      if (known === undefined) late.set(writer, new Set([hour]));
      else known.add(hour);
    }
    // One border for all: that of the shard that is least far.
    return {
      doneHour: least(done.map(({ doneHour }) => doneHour)),
      doneBlock: least(done.map(({ doneBlock }) => doneBlock)),
      late,
    };
  });
}

function least(all: readonly (number | undefined)[]): number | undefined {
  const known = all.filter((one) => one !== undefined);
  return known.length < all.length ? undefined : Math.min(...known);
}
