import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { shardOf } from '../../core/host-minute.ts';
import { shardCountAt } from '../../core/shard-epochs.ts';
import type { Table } from './dynamo.ts';
import {
  lateHourPartition,
  lateHourSortKey,
  PARTITION_KEY,
  SORT_KEY,
  TTL_ATTRIBUTE,
  writerName,
} from './item-keys.ts';
import { MARKED_AT } from './late-hours.ts';
import { type Shards, shardsOf } from './shards.ts';

/** So long one function takes its own mark for good; well below `MARK_SETTLED_MS`. */
const MARK_GOOD_MS = 5 * 60_000;
/** One warm function remembers so many; hosts that come back bring a day each. */
const MARKS_MAX = 10_000;

/** Marks an hour of a host, or of `@` and a sender. To be called once a late chunk is stored. */
export type MarkLate = (writer: string, hour: number, nowMs: number) => Promise<void>;

/**
 * A mark lies with the shard that the hour's chunks of the writer are in, which rolled them up.
 * `keepMs`: how long chunks are kept, without which there is nothing to roll up.
 */
export function createLateMarker(
  { client, name }: Table,
  shards: Shards | number,
  keepMs: number,
): MarkLate {
  const { upTo } = shardsOf(shards);
  const marked = new Map<string, number>();
  return async (writer, hour, nowMs) => {
    const sortKey = lateHourSortKey(hour, writer);
    const goodUntilMs = marked.get(sortKey);
    if (goodUntilMs !== undefined && nowMs < goodUntilMs) return;
    const shard = shardOf(writerName(writer), shardCountAt(await upTo(hour), hour));
    await client.send(
      new PutItemCommand({
        TableName: name,
        Item: {
          [PARTITION_KEY]: { S: lateHourPartition(shard) },
          [SORT_KEY]: { S: sortKey },
          [MARKED_AT]: { N: String(nowMs) },
          [TTL_ATTRIBUTE]: { N: String(Math.ceil((nowMs + keepMs) / 1000)) },
        },
      }),
    );
    if (marked.size >= MARKS_MAX) marked.clear();
    marked.set(sortKey, nowMs + MARK_GOOD_MS);
  };
}
