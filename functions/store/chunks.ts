import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import {
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import { shardOf } from '../../core/host-minute.ts';
import { hourOfMinute } from '../../core/rollup/hours.ts';
import { type ShardEpochs, shardCountAt } from '../../core/shard-epochs.ts';
import type { Table } from './dynamo.ts';
import { isStoreBusy } from './errors.ts';
import {
  minutePartition,
  PARTITION_KEY,
  SORT_KEY,
  senderOf,
  senderPrefix,
  TTL_ATTRIBUTE,
} from './item-keys.ts';
import { type Shards, shardsOf } from './shards.ts';

/** One host-minute as the table keeps it, or what a sender wrote of one minute. */
export interface StoredChunk {
  /** Whose it is: the item's sort key. A host, or one of a sender's chunks (`senderSortKey`). */
  readonly writer: string;
  readonly minute: number;
  readonly bytes: Uint8Array;
  /** The earliest timestamp in it: of two chunks of one origin that begin alike the longer contains the shorter. */
  readonly firstMs: number;
  readonly sampleCount: number;
  /**
   * From which boot of the host's system it is; absent where that is not known, or it is from
   * several. Two machines under one name sample at the same instants: this tells their chunks apart.
   */
  readonly origin?: string;
}

/** What a chunk may take the place of: nothing or a shorter one of its origin that begins alike, or just this one. */
export type Replaces = 'shorter' | Pick<StoredChunk, 'firstMs' | 'sampleCount'>;

/** Attributes: `b` the chunk, `f` firstMs, `n` sampleCount, `o` origin. */
const BYTES = 'b';
const FIRST = 'f';
const COUNT = 'n';
const ORIGIN = 'o';

/** Reads and writes host-minutes. */
export interface ChunkStore {
  /** One conditional PutItem; `false` if what is there is not what `replaces` allows. */
  readonly put: (chunk: StoredChunk, replaces: Replaces, expiresAtMs: number) => Promise<boolean>;
  readonly get: (writer: string, minute: number) => Promise<StoredChunk | undefined>;
  /** A minute of the whole fleet. Expired items are left out, though DynamoDB may still hold them. */
  readonly minute: (minute: number, nowMs: number) => Promise<StoredChunk[]>;
  /** What senders wrote of a minute; of one sender, if it is named. */
  readonly senderMinute: (minute: number, nowMs: number, sender?: string) => Promise<StoredChunk[]>;
  /** A minute of the writers of one shard within a range of names. */
  readonly slice: (
    minute: number,
    shard: number,
    range: WriterRange,
    nowMs: number,
  ) => Promise<StoredChunk[]>;
  /** Up to `BATCH_KEYS` host-minutes in one call, and more calls only for what the table left out. */
  readonly batch: (keys: readonly ChunkKey[], nowMs: number) => Promise<ChunkBatch>;
}

/** Writers from one name up to, but without, another, as DynamoDB orders them: by their UTF-8. */
export interface WriterRange {
  readonly from?: string | undefined;
  readonly before?: string | undefined;
}

/** Before and after all sort keys. */
const LEAST_KEY = ' ';
const GREATEST_KEY = '\u{10ffff}';

export type ChunkKey = Pick<StoredChunk, 'writer' | 'minute'>;

export interface ChunkBatch {
  readonly chunks: readonly StoredChunk[];
  /** Not read: the table was too busy, several times. */
  readonly unread: readonly ChunkKey[];
}

/** DynamoDB's limit for a BatchGetItem. */
export const BATCH_KEYS = 100;

/** Waits before each further try of keys a BatchGetItem left; some half a second together. */
const BATCH_RETRY_MS = [30, 60, 120, 240];

/** `shards`: how many the minutes are spread over; a number where there has only ever been one count. */
export function createChunkStore({ client, name }: Table, shards: Shards | number): ChunkStore {
  const { upTo } = shardsOf(shards);
  const countOf = async (minute: number) => {
    const hour = hourOfMinute(minute);
    return shardCountAt(await upTo(hour), hour);
  };

  const put: ChunkStore['put'] = async (chunk, replaces, expiresAtMs) => {
    const [condition, values] = conditionFor(chunk, replaces);
    const key = keyOf(chunk, await countOf(chunk.minute));
    try {
      await client.send(
        new PutItemCommand({
          TableName: name,
          Item: {
            ...key,
            [BYTES]: { B: chunk.bytes },
            [FIRST]: { N: String(chunk.firstMs) },
            [COUNT]: { N: String(chunk.sampleCount) },
            ...(chunk.origin === undefined ? {} : { [ORIGIN]: { S: chunk.origin } }),
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
      new GetItemCommand({
        TableName: name,
        Key: keyOf({ writer, minute }, await countOf(minute)),
        ConsistentRead: true,
      }),
    );
    return Item === undefined ? undefined : chunkOf(Item, minute);
  };

  const queryShard = (
    minute: number,
    shard: number,
    nowMs: number,
    prefix?: string,
  ): Promise<StoredChunk[]> =>
    prefix === undefined
      ? query(minute, shard, nowMs)
      : query(minute, shard, nowMs, `begins_with(${SORT_KEY}, :s)`, { ':s': { S: prefix } });

  const query = async (
    minute: number,
    shard: number,
    nowMs: number,
    sortCondition?: string,
    sortValues?: Record<string, AttributeValue>,
  ): Promise<StoredChunk[]> => {
    const chunks: StoredChunk[] = [];
    let from: Record<string, AttributeValue> | undefined;
    do {
      const page = await client.send(
        new QueryCommand({
          TableName: name,
          KeyConditionExpression: `${PARTITION_KEY} = :p${sortCondition === undefined ? '' : ` AND ${sortCondition}`}`,
          ExpressionAttributeValues: {
            ':p': { S: minutePartition(minute, shard) },
            ...sortValues,
          },
          ...(from === undefined ? {} : { ExclusiveStartKey: from }),
        }),
      );
      for (const item of page.Items ?? []) {
        if (!isExpired(item, nowMs)) chunks.push(chunkOf(item, minute));
      }
      from = page.LastEvaluatedKey;
    } while (from !== undefined);
    return chunks;
  };

  const queryShards = async (
    minute: number,
    nowMs: number,
    prefix?: string,
  ): Promise<StoredChunk[]> => {
    const found = Array.from({ length: await countOf(minute) }, (_, shard) =>
      queryShard(minute, shard, nowMs, prefix),
    );
    return (await Promise.all(found)).flat();
  };

  const senderMinute: ChunkStore['senderMinute'] = async (minute, nowMs, sender) => {
    if (sender === undefined) return queryShards(minute, nowMs, senderPrefix());
    const shard = shardOf(sender, await countOf(minute));
    return queryShard(minute, shard, nowMs, senderPrefix(sender));
  };

  const slice: ChunkStore['slice'] = async (minute, shard, { from, before }, nowMs) => {
    const values = { ':a': { S: from ?? LEAST_KEY }, ':b': { S: before ?? GREATEST_KEY } };
    const found = await query(minute, shard, nowMs, `${SORT_KEY} BETWEEN :a AND :b`, values);
    // BETWEEN takes in both ends.
    return found.filter(({ writer }) => writer !== before);
  };

  const batch: ChunkStore['batch'] = async (keys, nowMs) => {
    const chunks: StoredChunk[] = [];
    if (keys.length === 0) return { chunks, unread: [] };
    const epochs = await upTo(Math.max(...keys.map(({ minute }) => hourOfMinute(minute))));
    const itemKeys = keys.map((key) => keyAt(key, epochs));
    const wanted = new Map(keys.map((key, i) => [keyText(itemKeys[i] ?? {}), key]));
    let left: Record<string, AttributeValue>[] = itemKeys;
    let stalls = 0;
    while (left.length > 0) {
      const page = await readKeys(left);
      for (const item of page.items) {
        const key = wanted.get(keyText(item));
        if (key === undefined) throw new Error(`${keyText(item)}: was not asked for`);
        if (!isExpired(item, nowMs)) chunks.push(chunkOf(item, key.minute));
      }
      // A page of 16 MB ends early too: that is progress, and nothing to wait for.
      stalls = page.unprocessed.length < left.length ? 0 : stalls + 1;
      left = page.unprocessed;
      if (stalls === 0) continue;
      const waitMs = BATCH_RETRY_MS[stalls - 1];
      if (waitMs === undefined) break;
      await pause(waitMs * (0.5 + Math.random()));
    }
    const unread = left.map((key) => wanted.get(keyText(key)));
    return { chunks, unread: unread.filter((key) => key !== undefined) };
  };

  const readKeys = async (keys: Record<string, AttributeValue>[]) => {
    try {
      const { Responses, UnprocessedKeys } = await client.send(
        new BatchGetItemCommand({ RequestItems: { [name]: { Keys: keys } } }),
      );
      return {
        items: Responses?.[name] ?? [],
        unprocessed: UnprocessedKeys?.[name]?.Keys ?? [],
      };
    } catch (error) {
      // The whole call was refused, after the SDK's own tries.
      if (!isStoreBusy(error)) throw error;
      return { items: [], unprocessed: keys };
    }
  };

  return { put, get, minute: queryShards, senderMinute, slice, batch };
}

function keyAt(key: ChunkKey, epochs: ShardEpochs): Record<string, AttributeValue> {
  return keyOf(key, shardCountAt(epochs, hourOfMinute(key.minute)));
}

function keyOf({ writer, minute }: ChunkKey, shardCount: number): Record<string, AttributeValue> {
  const shard = shardOf(senderOf(writer) ?? writer, shardCount);
  return { [PARTITION_KEY]: { S: minutePartition(minute, shard) }, [SORT_KEY]: { S: writer } };
}

function conditionFor(
  chunk: StoredChunk,
  replaces: Replaces,
): [string, Record<string, AttributeValue>] {
  if (replaces === 'shorter') {
    const { origin } = chunk;
    const ofOrigin = origin === undefined ? `attribute_not_exists(${ORIGIN})` : `${ORIGIN} = :o`;
    return [
      `attribute_not_exists(${PARTITION_KEY}) OR (${FIRST} = :f AND ${COUNT} < :n AND ${ofOrigin})`,
      {
        ':f': { N: String(chunk.firstMs) },
        ':n': { N: String(chunk.sampleCount) },
        ...(origin === undefined ? {} : { ':o': { S: origin } }),
      },
    ];
  }
  return [
    `${FIRST} = :f AND ${COUNT} = :n`,
    { ':f': { N: String(replaces.firstMs) }, ':n': { N: String(replaces.sampleCount) } },
  ];
}

function isExpired(item: Record<string, AttributeValue>, nowMs: number): boolean {
  return numberOf(item, TTL_ATTRIBUTE) * 1000 <= nowMs;
}

/** A key as one string, for maps. */
function keyText(item: Record<string, AttributeValue>): string {
  return `${item[PARTITION_KEY]?.S}/${item[SORT_KEY]?.S}`;
}

function pause(waitMs: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, waitMs);
  });
}

function chunkOf(item: Record<string, AttributeValue>, minute: number): StoredChunk {
  const writer = item[SORT_KEY]?.S;
  const bytes = item[BYTES]?.B;
  if (writer === undefined || bytes === undefined)
    throw new Error(`minute ${minute}: an item without sort key or chunk`);
  const origin = item[ORIGIN]?.S;
  return {
    writer,
    minute,
    bytes,
    firstMs: numberOf(item, FIRST),
    sampleCount: numberOf(item, COUNT),
    ...(origin === undefined ? {} : { origin }),
  };
}

function numberOf(item: Record<string, AttributeValue>, attribute: string): number {
  const text = item[attribute]?.N;
  if (text === undefined)
    throw new Error(`item ${item[PARTITION_KEY]?.S}/${item[SORT_KEY]?.S}: no number ${attribute}`);
  return Number(text);
}
