import {
  type AttributeValue,
  DeleteItemCommand,
  PutItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import type { Table } from './dynamo.ts';
import {
  PARTITION_KEY,
  SORT_KEY,
  STATE_PARTITION,
  statePartPrefix,
  statePartSortKey,
  TTL_ATTRIBUTE,
} from './item-keys.ts';

/**
 * A segment of the state, or once a whole state, in as many items as it takes. Its writer gives it a name that
 * nobody else uses before a head tells of it, and nobody ever changes it: what a head names is whole, or gone.
 */
export interface PartsName {
  readonly nonce: string;
  readonly count: number;
  /** When the items end by themselves, seconds since 1970. */
  readonly endsAtS: number;
}

const BYTES = 'b';

/** Some 3 MB on the way at once. */
const WRITES_AT_ONCE = 8;

/** Writes all parts; where one fails this throws, and what was written ends by itself. */
export async function writeParts(
  { client, name }: Table,
  { nonce, count, endsAtS }: PartsName,
  bytes: Uint8Array,
  partBytes: number,
): Promise<void> {
  await forEachIndex(count, (index) =>
    client.send(
      new PutItemCommand({
        TableName: name,
        Item: {
          ...partKey(nonce, index),
          [BYTES]: { B: bytes.subarray(index * partBytes, (index + 1) * partBytes) },
          [TTL_ATTRIBUTE]: { N: String(endsAtS) },
        },
      }),
    ),
  );
}

/** The parts put together; `undefined` if one is missing. */
export async function readParts(table: Table, parts: PartsName): Promise<Uint8Array | undefined> {
  // What is there never changes, so that all are there is enough, at half the price.
  return (await queryParts(table, parts, false)) ?? queryParts(table, parts, true);
}

async function queryParts(
  { client, name }: Table,
  { nonce, count }: PartsName,
  isConsistent: boolean,
): Promise<Uint8Array | undefined> {
  const parts: Uint8Array[] = [];
  let from: Record<string, AttributeValue> | undefined;
  do {
    const page = await client.send(
      new QueryCommand({
        TableName: name,
        KeyConditionExpression: `${PARTITION_KEY} = :p AND begins_with(${SORT_KEY}, :s)`,
        ExpressionAttributeValues: {
          ':p': { S: STATE_PARTITION },
          ':s': { S: statePartPrefix(nonce) },
        },
        ConsistentRead: isConsistent,
        ...(from === undefined ? {} : { ExclusiveStartKey: from }),
      }),
    );
    for (const item of page.Items ?? []) {
      const bytes = item[BYTES]?.B;
      if (bytes !== undefined) parts.push(bytes);
    }
    from = page.LastEvaluatedKey;
  } while (from !== undefined);
  // Sorted by index, as the index has a fixed width.
  return parts.length === count ? Buffer.concat(parts) : undefined;
}

/** Best effort: what stays ends by itself. */
export async function deleteParts(
  { client, name }: Table,
  all: readonly PartsName[],
): Promise<void> {
  try {
    for (const { nonce, count } of all)
      await forEachIndex(count, (index) =>
        client.send(new DeleteItemCommand({ TableName: name, Key: partKey(nonce, index) })),
      );
  } catch {
    // The state is written or refused by now; whoever asked must hear of that and not of litter.
  }
}

function partKey(nonce: string, index: number): Record<string, AttributeValue> {
  return {
    [PARTITION_KEY]: { S: STATE_PARTITION },
    [SORT_KEY]: { S: statePartSortKey(nonce, index) },
  };
}

async function forEachIndex(
  count: number,
  act: (index: number) => Promise<unknown>,
): Promise<void> {
  for (let at = 0; at < count; at += WRITES_AT_ONCE) {
    const some = Math.min(WRITES_AT_ONCE, count - at);
    await Promise.all(Array.from({ length: some }, (_, i) => act(at + i)));
  }
}
