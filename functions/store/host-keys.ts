import { createHash, randomBytes } from 'node:crypto';
import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { Table } from './dynamo.ts';
import { HOST_KEY_PARTITION, PARTITION_KEY, SORT_KEY } from './item-keys.ts';

/** 192 random bits: beyond guessing, so a plain hash of it is safe to store. */
const KEY_BYTES = 24;

/** What a key looks like; anything else is refused without asking the table. */
export const HOST_KEY_FORMAT = /^hv_[A-Za-z0-9_-]{32}$/;

/** A host's name: it becomes a sort key, in which "@" begins a sender's. */
const HOST_NAME = /^[^@\s]\S{0,252}$/;

/** Makes a key for a host and stores its hash. The key itself is nowhere but in the answer. */
export async function addHostKey(
  { client, name }: Table,
  host: string,
  nowMs: number,
): Promise<string> {
  if (!HOST_NAME.test(host)) {
    throw new Error(
      `"${host}" can't name a host: 1 to 253 characters without spaces, the first not "@"`,
    );
  }
  const key = `hv_${randomBytes(KEY_BYTES).toString('base64url')}`;
  await client.send(
    new PutItemCommand({
      TableName: name,
      Item: {
        [PARTITION_KEY]: { S: HOST_KEY_PARTITION },
        [SORT_KEY]: { S: hashHostKey(key) },
        host: { S: host },
        createdAtMs: { N: String(nowMs) },
      },
    }),
  );
  return key;
}

/** The host a key was made for, or `undefined` for a key nobody made. */
export async function hostOfKey({ client, name }: Table, key: string): Promise<string | undefined> {
  const { Item } = await client.send(
    new GetItemCommand({
      TableName: name,
      Key: { [PARTITION_KEY]: { S: HOST_KEY_PARTITION }, [SORT_KEY]: { S: hashHostKey(key) } },
    }),
  );
  return Item?.['host']?.S;
}

function hashHostKey(key: string): string {
  return createHash('sha256').update(key).digest('base64url');
}
