import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { shardOf } from '../../core/host-minute.ts';
import type { Table } from './dynamo.ts';
import {
  lateHourPartition,
  lateHourSortKey,
  PARTITION_KEY,
  SORT_KEY,
  TTL_ATTRIBUTE,
  writerName,
} from './item-keys.ts';
import { partitionItems } from './partition-items.ts';

/** An hour of one writer (a host, or `@` and a sender) to be rolled up again. */
export interface LateHour {
  readonly writer: string;
  readonly hour: number;
  /** When something last came late, as the one who stored it saw it. */
  readonly markedAtMs: number;
}

/** Marks whose writer may have stored further chunks without marking them again are left for later. */
export const MARK_SETTLED_MS = 10 * 60_000;
/** So long one function takes its own mark for good; well below `MARK_SETTLED_MS`. */
const MARK_GOOD_MS = 5 * 60_000;
const MARKED_AT = 'm';
/** One warm function remembers so many; hosts that come back bring a day each. */
const MARKS_MAX = 10_000;

export interface LateHours {
  /** To be called once a late chunk is stored. */
  readonly mark: (writer: string, hour: number, nowMs: number) => Promise<void>;
  readonly list: (shard: number) => Promise<LateHour[]>;
  /** Takes a mark away, unless it was renewed. */
  readonly done: (shard: number, late: LateHour) => Promise<void>;
}

export function createLateHours(
  { client, name }: Table,
  shardCount: number,
  keepMs: number,
): LateHours {
  const marked = new Map<string, number>();
  return {
    mark: async (writer, hour, nowMs) => {
      const sortKey = lateHourSortKey(hour, writer);
      const goodUntilMs = marked.get(sortKey);
      if (goodUntilMs !== undefined && nowMs < goodUntilMs) return;
      const shard = shardOf(writerName(writer), shardCount);
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
    },
    list: async (shard) => {
      const found: LateHour[] = [];
      for await (const item of partitionItems({ client, name }, lateHourPartition(shard))) {
        const sortKey = item[SORT_KEY]?.S ?? '';
        const [hour = '', writer = ''] = [sortKey.slice(0, 7), sortKey.slice(8)];
        found.push({ writer, hour: Number(hour), markedAtMs: Number(item[MARKED_AT]?.N) });
      }
      return found;
    },
    done: async (shard, { writer, hour, markedAtMs }) => {
      try {
        await client.send(
          new DeleteItemCommand({
            TableName: name,
            Key: {
              [PARTITION_KEY]: { S: lateHourPartition(shard) },
              [SORT_KEY]: { S: lateHourSortKey(hour, writer) },
            },
            ConditionExpression: `${MARKED_AT} = :m`,
            ExpressionAttributeValues: { ':m': { N: String(markedAtMs) } },
          }),
        );
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
      }
    },
  };
}
