import * as v from 'valibot';
import { SHARDS_MAX } from '../../core/shard-epochs.ts';
import { getEntry, putEntry } from './conf-items.ts';
import type { Table } from './dynamo.ts';
import { COMPACTION_PARTITION } from './item-keys.ts';

/** A shard while one run has it: others that come meanwhile leave it alone. */
export interface Lease {
  /** The newest hour (counted from 1970) of which all before it are rolled up; `undefined`: none ever was. */
  readonly doneHour: number | undefined;
  /** The newest block of days of which all before it are put together; `undefined`: none ever was. */
  readonly doneBlock: number | undefined;
  /** Says that a block is done; `false` if the shard is another's by now. */
  readonly advanceBlock: (block: number) => Promise<boolean>;
  /** Says that an hour is done; `false` if the shard is another's by now. */
  readonly advance: (hour: number) => Promise<boolean>;
  readonly release: () => Promise<void>;
}

/** How far each shard's rollups are. Losing this costs work, never data: all of it may be done again. */
export interface CompactionProgress {
  /** `undefined` while another run has the shard. A run that dies has it until `untilMs`. */
  readonly take: (shard: number, nowMs: number, untilMs: number) => Promise<Lease | undefined>;
  /** How far a shard is, as a lease says it. */
  readonly read: (shard: number) => Promise<Pick<Lease, 'doneHour' | 'doneBlock'>>;
}

const schema = v.object({
  doneHour: v.exactOptional(v.number()),
  doneBlock: v.exactOptional(v.number()),
  leaseUntilMs: v.number(),
});
type Progress = v.InferOutput<typeof schema>;

export function createCompactionProgress(table: Table): CompactionProgress {
  return {
    read: async (shard) => {
      const found = await getEntry(table, COMPACTION_PARTITION, String(shard));
      const progress = found === undefined ? undefined : v.parse(schema, found.value);
      return { doneHour: progress?.doneHour, doneBlock: progress?.doneBlock };
    },
    take: async (shard, nowMs, untilMs) => {
      const sortKey = String(shard);
      const found = await getEntry(table, COMPACTION_PARTITION, sortKey);
      const before: Progress =
        found === undefined ? { leaseUntilMs: 0 } : v.parse(schema, found.value);
      if (before.leaseUntilMs > nowMs) return undefined;
      let revision = found?.revision ?? 0;
      const put = async (value: Progress): Promise<boolean> => {
        // It does not end: a shard that is no more keeps saying that its hours are done.
        const entry = { sortKey, revision, value };
        const done = await putEntry(table, COMPACTION_PARTITION, entry, undefined);
        if (done) revision++;
        return done;
      };
      let now: Progress = { ...before, leaseUntilMs: untilMs };
      if (!(await put(now))) return undefined;
      return {
        doneHour: before.doneHour,
        doneBlock: before.doneBlock,
        advance: (hour) => {
          now = { ...now, doneHour: hour };
          return put(now);
        },
        advanceBlock: (block) => {
          now = { ...now, doneBlock: block };
          return put(now);
        },
        release: async () => {
          await put({ ...now, leaseUntilMs: 0 });
        },
      };
    },
  };
}

/** Earlier releases noted all shards there were each hour, with an end so long after it. */
const UNTOUCHED_MS = 86_400_000;

/**
 * How many shards an earlier release had; `undefined` where none ever was rolled up. By key, as not every function
 * that asks may query: one read, where there are none.
 */
export async function earlierShardCount(table: Table): Promise<number | undefined> {
  const endOf = async (shard: number): Promise<number | undefined> =>
    (await getEntry(table, COMPACTION_PARTITION, String(shard)))?.expiresAtMs;
  const first = await endOf(0);
  if (first === undefined) return undefined;
  const others = Array.from({ length: SHARDS_MAX - 1 }, (_, i) => endOf(i + 1));
  const all = [first, ...(await Promise.all(others))];
  const newest = Math.max(...all.map((endMs = 0) => endMs));
  return all.findLastIndex((endMs) => endMs !== undefined && endMs + UNTOUCHED_MS >= newest) + 1;
}
