import { createHash, randomBytes } from 'node:crypto';
import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { Table } from './dynamo.ts';
import { EVALUATOR_SENDER, HOST_KEY_PARTITION, PARTITION_KEY, SORT_KEY } from './item-keys.ts';

/** 192 random bits: beyond guessing, so a plain hash of it is safe to store. */
const KEY_BYTES = 24;

/** What a key looks like; anything else is refused without asking the table. */
export const HOST_KEY_FORMAT = /^hv_[A-Za-z0-9_-]{32}$/;

/** A host's or sender's name: it becomes a part of sort keys, in which "@" begins a sender's. */
const HOST_NAME = /^[^@\s]\S{0,252}$/;

/**
 * What a key may write. A `host` key: what has its own name in the `host` label, and by remote write
 * also what has no `host` label. A `sender` key (a Prometheus, say): any labels, by remote write only.
 */
export type KeyKind = 'host' | 'sender';

/** Whose a key is. */
export interface KeyOwner {
  readonly name: string;
  readonly kind: KeyKind;
}

/**
 * Makes a key for a host or a sender and stores its hash. The key itself is nowhere but in the
 * answer. Throws for a name that can't be one.
 */
export async function addHostKey(
  { client, name }: Table,
  owner: string,
  nowMs: number,
  kind: KeyKind = 'host',
): Promise<string> {
  if (!HOST_NAME.test(owner)) {
    throw new Error(
      `"${owner}" can't name a ${kind}: 1 to 253 characters without spaces, the first not "@"`,
    );
  }
  if (kind === 'sender' && owner === EVALUATOR_SENDER)
    throw new Error(`"${owner}" is the name under which the rules' own series are kept`);
  const key = `hv_${randomBytes(KEY_BYTES).toString('base64url')}`;
  await client.send(
    new PutItemCommand({
      TableName: name,
      Item: {
        [PARTITION_KEY]: { S: HOST_KEY_PARTITION },
        [SORT_KEY]: { S: hashHostKey(key) },
        host: { S: owner },
        ...(kind === 'host' ? {} : { kind: { S: kind } }),
        createdAtMs: { N: String(nowMs) },
      },
    }),
  );
  return key;
}

/** Whose this key is, or `undefined` for a key nobody made. */
export async function ownerOfKey(
  { client, name }: Table,
  key: string,
): Promise<KeyOwner | undefined> {
  const { Item } = await client.send(
    new GetItemCommand({
      TableName: name,
      Key: { [PARTITION_KEY]: { S: HOST_KEY_PARTITION }, [SORT_KEY]: { S: hashHostKey(key) } },
    }),
  );
  const owner = Item?.['host']?.S;
  if (owner === undefined) return undefined;
  return { name: owner, kind: Item?.['kind']?.S === 'sender' ? 'sender' : 'host' };
}

/** The host a key was made for, or `undefined` for a sender's key and for one nobody made. */
export async function hostOfKey(table: Table, key: string): Promise<string | undefined> {
  const owner = await ownerOfKey(table, key);
  return owner?.kind === 'host' ? owner.name : undefined;
}

function hashHostKey(key: string): string {
  return createHash('sha256').update(key).digest('base64url');
}
