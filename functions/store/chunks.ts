import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import {
  ConditionalCheckFailedException,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import { shardOf } from '../../core/host-minute.ts';
import type { Table } from './dynamo.ts';
import { minutePartition, PARTITION_KEY, SORT_KEY, senderOf, TTL_ATTRIBUTE } from './item-keys.ts';

/** One host-minute as the table keeps it, or what a sender wrote of one minute. */
export interface StoredChunk {
  /** Whose it is: the item's sort key. A host, or one of a sender's chunks (`senderSortKey`). */
  readonly writer: string;
  readonly minute: number;
  readonly bytes: Uint8Array;
  /** The earliest timestamp in it: two chunks that begin alike are one agent's, the longer contains the shorter. */
  readonly firstMs: number;
  readonly sampleCount: number;
}

/** What a chunk may take the place of: nothing or a shorter one that begins alike, or just this one. */
export type Replaces = 'shorter' | Pick<StoredChunk, 'firstMs' | 'sampleCount'>;

/** Attributes: `b` the chunk, `f` firstMs, `n` sampleCount. */
const BYTES = 'b';
const FIRST = 'f';
const COUNT = 'n';

/** Reads and writes host-minutes. */
export interface ChunkStore {
  /** One conditional PutItem; `false` if what is there is not what `replaces` allows. */
  readonly put: (chunk: StoredChunk, replaces: Replaces, expiresAtMs: number) => Promise<boolean>;
  readonly get: (writer: string, minute: number) => Promise<StoredChunk | undefined>;
  /** A minute of the whole fleet. Expired items are left out, though DynamoDB may still hold them. */
  readonly minute: (minute: number, nowMs: number) => Promise<StoredChunk[]>;
}

export function createChunkStore({ client, name }: Table, shardCount: number): ChunkStore {
  const keyOf = (writer: string, minute: number) => ({
    [PARTITION_KEY]: {
      S: minutePartition(minute, shardOf(senderOf(writer) ?? writer, shardCount)),
    },
    [SORT_KEY]: { S: writer },
  });

  const put: ChunkStore['put'] = async (chunk, replaces, expiresAtMs) => {
    const [condition, values] = conditionFor(chunk, replaces);
    try {
      await client.send(
        new PutItemCommand({
          TableName: name,
          Item: {
            ...keyOf(chunk.writer, chunk.minute),
            [BYTES]: { B: chunk.bytes },
            [FIRST]: { N: String(chunk.firstMs) },
            [COUNT]: { N: String(chunk.sampleCount) },
            [TTL_ATTRIBUTE]: { N: String(Math.ceil(expiresAtMs / 1000)) },
          },
          ConditionExpression: condition,
          ExpressionAttributeValues: values,
        }),
      );
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  };

  const get: ChunkStore['get'] = async (writer, minute) => {
    const { Item } = await client.send(
      new GetItemCommand({ TableName: name, Key: keyOf(writer, minute), ConsistentRead: true }),
    );
    return Item === undefined ? undefined : chunkOf(Item, minute);
  };

  const shardMinute = async (
    minute: number,
    shard: number,
    nowMs: number,
  ): Promise<StoredChunk[]> => {
    const chunks: StoredChunk[] = [];
    let from: Record<string, AttributeValue> | undefined;
    do {
      const page = await client.send(
        new QueryCommand({
          TableName: name,
          KeyConditionExpression: `${PARTITION_KEY} = :p`,
          ExpressionAttributeValues: { ':p': { S: minutePartition(minute, shard) } },
          ...(from === undefined ? {} : { ExclusiveStartKey: from }),
        }),
      );
      for (const item of page.Items ?? []) {
        if (numberOf(item, TTL_ATTRIBUTE) * 1000 > nowMs) chunks.push(chunkOf(item, minute));
      }
      from = page.LastEvaluatedKey;
    } while (from !== undefined);
    return chunks;
  };

  const minute: ChunkStore['minute'] = async (number, nowMs) => {
    const shards = Array.from({ length: shardCount }, (_, shard) =>
      shardMinute(number, shard, nowMs),
    );
    return (await Promise.all(shards)).flat();
  };
  return { put, get, minute };
}

function conditionFor(
  chunk: StoredChunk,
  replaces: Replaces,
): [string, Record<string, AttributeValue>] {
  if (replaces === 'shorter') {
    return [
      `attribute_not_exists(${PARTITION_KEY}) OR (${FIRST} = :f AND ${COUNT} < :n)`,
      { ':f': { N: String(chunk.firstMs) }, ':n': { N: String(chunk.sampleCount) } },
    ];
  }
  return [
    `${FIRST} = :f AND ${COUNT} = :n`,
    { ':f': { N: String(replaces.firstMs) }, ':n': { N: String(replaces.sampleCount) } },
  ];
}

function chunkOf(item: Record<string, AttributeValue>, minute: number): StoredChunk {
  const writer = item[SORT_KEY]?.S;
  const bytes = item[BYTES]?.B;
  if (writer === undefined || bytes === undefined)
    throw new Error(`minute ${minute}: an item without sort key or chunk`);
  return {
    writer,
    minute,
    bytes,
    firstMs: numberOf(item, FIRST),
    sampleCount: numberOf(item, COUNT),
  };
}

function numberOf(item: Record<string, AttributeValue>, attribute: string): number {
  const text = item[attribute]?.N;
  if (text === undefined)
    throw new Error(`item ${item[PARTITION_KEY]?.S}/${item[SORT_KEY]?.S}: no number ${attribute}`);
  return Number(text);
}
