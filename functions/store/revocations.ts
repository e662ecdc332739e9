import { randomBytes } from 'node:crypto';
import { type AttributeValue, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { Table } from './dynamo.ts';
import { PARTITION_KEY, REVOKED_PARTITION, REVOKED_SORT_KEY, SORT_KEY } from './item-keys.ts';

/**
 * How long a warm function may remember a key or token, at most, while the stamp stays the same. Whoever
 * lets a key end sooner than this from now on writes the stamp anew.
 */
export const KEY_REMEMBERED_MS = 3_600_000;

/** By so much the clocks of two functions may differ, and a little. */
const CLOCKS_DIFFER_MS = 300_000;

const STAMP = 'n';
const STAMP_BYTES = 12;

/** What is remembered of a key that never ended until now: can it be wrong when this end comes? */
export function mustBeTold(endsAtMs: number, nowMs: number): boolean {
  return endsAtMs < nowMs + KEY_REMEMBERED_MS + CLOCKS_DIFFER_MS;
}

/**
 * Makes all functions forget what keys and tokens they remember, within a minute: call it once the end of one
 * is written, not before, as a function that looks in between would remember it anew. If it fails, call it
 * again: until then the key is taken for up to `KEY_REMEMBERED_MS`.
 */
export async function tellRevocation({ client, name }: Table): Promise<void> {
  const stamp = randomBytes(STAMP_BYTES).toString('base64url');
  const Item = { ...ITEM_KEY, [STAMP]: { S: stamp } };
  await client.send(new PutItemCommand({ TableName: name, Item }));
}

/** Another one after each `tellRevocation`; empty if there was none ever. */
export async function readRevocationStamp({ client, name }: Table): Promise<string> {
  const { Item } = await client.send(
    new GetItemCommand({ TableName: name, Key: ITEM_KEY, ConsistentRead: true }),
  );
  return Item?.[STAMP]?.S ?? '';
}

const ITEM_KEY: Record<string, AttributeValue> = {
  [PARTITION_KEY]: { S: REVOKED_PARTITION },
  [SORT_KEY]: { S: REVOKED_SORT_KEY },
};
