import { randomBytes } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { Table } from './dynamo.ts';
import { PARTITION_KEY, SORT_KEY, TTL_ATTRIBUTE } from './item-keys.ts';
import { checkVersion } from './item-version.ts';
import { partitionItems } from './partition-items.ts';

/**
 * Small entries that people make and that end by themselves, as deflated JSON with a revision.
 * Attributes: `h` the entry, `v` its revision, `n` a nonce of the write that made it.
 */
const ENTRY = 'h';
const REVISION = 'v';
const NONCE = 'n';
/** A bound against damage: what is written is far smaller. */
const MAX_ENTRY_BYTES = 1 << 20;

/** An entry, and the revision a writer must name to replace it. */
export interface ConfEntry {
  readonly sortKey: string;
  readonly revision: number;
  /** As JSON had it. */
  readonly value: unknown;
}

/** Writes one; `false` if it is not at `revision` any more (0: if there is one). `undefined`: it does not end. */
export async function putEntry(
  { client, name }: Table,
  partition: string,
  { sortKey, revision, value }: ConfEntry,
  expiresAtMs: number | undefined,
): Promise<boolean> {
  const nonce = randomBytes(8).toString('hex');
  const key = { [PARTITION_KEY]: { S: partition }, [SORT_KEY]: { S: sortKey } };
  try {
    await client.send(
      new PutItemCommand({
        TableName: name,
        Item: {
          ...key,
          [ENTRY]: { B: deflateRawSync(JSON.stringify(value)) },
          [REVISION]: { N: String(revision + 1) },
          [NONCE]: { S: nonce },
          ...(expiresAtMs === undefined
            ? {}
            : { [TTL_ATTRIBUTE]: { N: String(Math.ceil(expiresAtMs / 1000)) } }),
        },
        ...(revision === 0
          ? { ConditionExpression: `attribute_not_exists(${PARTITION_KEY})` }
          : {
              ConditionExpression: `${REVISION} = :v`,
              ExpressionAttributeValues: { ':v': { N: String(revision) } },
            }),
      }),
    );
    return true;
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    // The client tries again where an answer was lost; then what stands in the way is this very write.
    const { Item } = await client.send(
      new GetItemCommand({ TableName: name, Key: key, ConsistentRead: true }),
    );
    return Item?.[NONCE]?.S === nonce;
  }
}

/**
 * One entry, `undefined` if there is none. Whoever writes next needs the revision of an expired one
 * too: DynamoDB may hold it for days.
 */
export async function getEntry(
  { client, name }: Table,
  partition: string,
  sortKey: string,
): Promise<(ConfEntry & { readonly expiresAtMs: number }) | undefined> {
  const { Item } = await client.send(
    new GetItemCommand({
      TableName: name,
      Key: { [PARTITION_KEY]: { S: partition }, [SORT_KEY]: { S: sortKey } },
      // Who made it looks for it at once.
      ConsistentRead: true,
    }),
  );
  return Item === undefined ? undefined : readEntry(Item, partition);
}

/** Everything in a partition that has not expired, by sort key. */
export async function listEntries(
  table: Table,
  partition: string,
  nowMs: number,
): Promise<ConfEntry[]> {
  const entries: ConfEntry[] = [];
  for await (const item of partitionItems(table, partition)) {
    const entry = readEntry(item, partition);
    if (entry.expiresAtMs > nowMs) entries.push(entry);
  }
  return entries;
}

/** An item of a partition of such entries. */
export function readEntry(
  item: Readonly<Record<string, AttributeValue>>,
  partition: string,
): ConfEntry & { readonly expiresAtMs: number } {
  checkVersion(item);
  const sortKey = item[SORT_KEY]?.S;
  const bytes = item[ENTRY]?.B;
  if (sortKey === undefined || bytes === undefined)
    throw new Error(`${partition}/${sortKey}: an item without sort key or entry`);
  const text = inflateRawSync(bytes, { maxOutputLength: MAX_ENTRY_BYTES }).toString('utf8');
  return {
    sortKey,
    revision: Number(item[REVISION]?.N),
    value: JSON.parse(text),
    expiresAtMs: Number(item[TTL_ATTRIBUTE]?.N ?? Infinity) * 1000,
  };
}
