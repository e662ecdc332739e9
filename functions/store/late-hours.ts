import { ConditionalCheckFailedException, DeleteItemCommand } from '@aws-sdk/client-dynamodb';
import type { Table } from './dynamo.ts';
import { lateHourPartition, lateHourSortKey, PARTITION_KEY, SORT_KEY } from './item-keys.ts';
import { checkVersion } from './item-version.ts';
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

/** The attribute that holds `markedAtMs`. */
export const MARKED_AT = 'm';

/** Marks that something came late, to be read and taken away by whoever rolls up. */
export interface LateHours {
  readonly list: (shard: number) => Promise<LateHour[]>;
  /** Takes a mark away, unless it was renewed. */
  readonly done: (shard: number, late: LateHour) => Promise<void>;
}

export function createLateHours({ client, name }: Table): LateHours {
  return {
    list: async (shard) => {
      const found: LateHour[] = [];
      for await (const item of partitionItems({ client, name }, lateHourPartition(shard))) {
        checkVersion(item);
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
