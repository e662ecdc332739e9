import * as v from 'valibot';
import { getEntry, putEntry } from './conf-items.ts';
import type { Table } from './dynamo.ts';
import { COMPACTION_PARTITION } from './item-keys.ts';

/** A shard while one run has it: others that come meanwhile leave it alone. */
export interface Lease {
  /** The newest hour (counted from 1970) of which all before it are rolled up; `undefined`: none ever was. */
  readonly doneHour: number | undefined;
  /** Says that an hour is done; `false` if the shard is another's by now. */
  readonly advance: (hour: number) => Promise<boolean>;
  readonly release: () => Promise<void>;
}

/** How far each shard's rollups are. Losing this costs work, never data: all of it may be done again. */
export interface CompactionProgress {
  /** `undefined` while another run has the shard. A run that dies has it until `untilMs`. */
  readonly take: (shard: number, nowMs: number, untilMs: number) => Promise<Lease | undefined>;
  /** The newest hour of which all before it are rolled up; `undefined`: none ever was. */
  readonly doneHour: (shard: number) => Promise<number | undefined>;
}

const schema = v.object({
  doneHour: v.exactOptional(v.number()),
  leaseUntilMs: v.number(),
});
type Progress = v.InferOutput<typeof schema>;

/** A deployment that rests for a year begins anew. */
const KEEP_MS = 400 * 86_400_000;

export function createCompactionProgress(table: Table): CompactionProgress {
  return {
    doneHour: async (shard) => {
      const found = await getEntry(table, COMPACTION_PARTITION, String(shard));
      return found === undefined ? undefined : v.parse(schema, found.value).doneHour;
    },
    take: async (shard, nowMs, untilMs) => {
      const sortKey = String(shard);
      const found = await getEntry(table, COMPACTION_PARTITION, sortKey);
      const before: Progress =
        found === undefined ? { leaseUntilMs: 0 } : v.parse(schema, found.value);
      if (before.leaseUntilMs > nowMs) return undefined;
      let revision = found?.revision ?? 0;
      const put = async (value: Progress): Promise<boolean> => {
        const done = await putEntry(
          table,
          COMPACTION_PARTITION,
          { sortKey, revision, value },
          nowMs + KEEP_MS,
        );
        if (done) revision++;
        return done;
      };
      let now: Progress = { ...before, leaseUntilMs: untilMs };
      if (!(await put(now))) return undefined;
      return {
        doneHour: before.doneHour,
        advance: (hour) => {
          now = { doneHour: hour, leaseUntilMs: untilMs };
          return put(now);
        },
        release: async () => {
          await put({ ...now, leaseUntilMs: 0 });
        },
      };
    },
  };
}
