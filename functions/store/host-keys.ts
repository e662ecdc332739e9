import { createHash, randomBytes } from 'node:crypto';
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { HOST_KEY_PREFIX, isHostName } from '../../core/enrolment.ts';
import type { Table } from './dynamo.ts';
import { claimAnew } from './host-claims.ts';
import { EVALUATOR_SENDER, HOST_KEY_PARTITION, PARTITION_KEY, SORT_KEY } from './item-keys.ts';
import { checkVersion } from './item-version.ts';

/** 192 random bits: beyond guessing, so a plain hash of it is safe to store. */
const KEY_BYTES = 24;

/** Who made a key that `npm run key` or `npm start` made. */
const BY_OPERATOR = 'operator';

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

/** What the table says of a key. */
export interface HostKey extends KeyOwner {
  /** The key's SHA-256; the key itself is nowhere. */
  readonly hash: string;
  readonly createdAtMs: number;
  /** From then on it is worth nothing; absent for a key without end. */
  readonly endsAtMs?: number;
  /** `operator`, the id of an enrolment token, or `rotation`; absent where nobody noted it. */
  readonly by?: string;
}

/**
 * Makes a key for a host or a sender and stores its hash. The key itself is nowhere but in the
 * answer. Others that were made for the same name go on. Throws for a name that can't be one.
 */
export async function addHostKey(
  table: Table,
  owner: string,
  nowMs: number,
  kind: KeyKind = 'host',
): Promise<string> {
  if (!isHostName(owner)) {
    throw new Error(
      `"${owner}" can't name a ${kind}: 1 to 253 characters without spaces, the first not "@"`,
    );
  }
  if (kind === 'sender' && owner === EVALUATOR_SENDER)
    throw new Error(`"${owner}" is the name under which the rules' own series are kept`);
  const key = newHostKey();
  const hash = hashHostKey(key);
  await putHostKey(table, { hash, name: owner, kind, createdAtMs: nowMs, by: BY_OPERATOR });
  if (kind === 'host')
    await claimAnew(table, owner, { keyHash: hash, claimedAtMs: nowMs, isRevoked: false });
  return key;
}

/** Stores a key; `false` if that very key is stored already, whoever's it is. */
export async function putHostKey(
  { client, name }: Table,
  { hash, name: owner, kind, createdAtMs, by }: HostKey,
): Promise<boolean> {
  try {
    await client.send(
      new PutItemCommand({
        TableName: name,
        Item: {
          ...itemKeyOf(hash),
          host: { S: owner },
          ...(kind === 'host' ? {} : { kind: { S: kind } }),
          createdAtMs: { N: String(createdAtMs) },
          ...(by === undefined ? {} : { by: { S: by } }),
        },
        ConditionExpression: `attribute_not_exists(${PARTITION_KEY})`,
      }),
    );
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}

/** What is known of the key with this hash, ended or not, as of the last write. */
export async function readHostKey(
  { client, name }: Table,
  hash: string,
): Promise<HostKey | undefined> {
  const { Item } = await client.send(
    new GetItemCommand({ TableName: name, Key: itemKeyOf(hash), ConsistentRead: true }),
  );
  return Item === undefined ? undefined : hostKeyOf(Item);
}

/**
 * Whose this key is, or `undefined` for a key nobody made and for one that has ended. The table is
 * asked for the key's hash, so how long it takes tells nothing about any key.
 */
export async function ownerOfKey(
  table: Table,
  key: string,
  nowMs: number,
): Promise<KeyOwner | undefined> {
  const known = await readHostKey(table, hashHostKey(key));
  if (known === undefined || hasEnded(known, nowMs)) return undefined;
  return { name: known.name, kind: known.kind };
}

/** The host a key was made for, or `undefined` for a sender's key and for one that is worth nothing. */
export async function hostOfKey(
  table: Table,
  key: string,
  nowMs: number,
): Promise<string | undefined> {
  const owner = await ownerOfKey(table, key, nowMs);
  return owner?.kind === 'host' ? owner.name : undefined;
}

export function hasEnded({ endsAtMs }: Pick<HostKey, 'endsAtMs'>, nowMs: number): boolean {
  return endsAtMs !== undefined && endsAtMs <= nowMs;
}

export function newHostKey(): string {
  return `${HOST_KEY_PREFIX}${randomBytes(KEY_BYTES).toString('base64url')}`;
}

export function hashHostKey(key: string): string {
  return createHash('sha256').update(key).digest('base64url');
}

/** 12 hex digits: ten thousand keys share one with a chance of 1 in 5 million. */
const ID_BYTES = 6;

/** Names a key in lists and logs without giving it away, `key-1a2b3c4d5e6f`; made of its hash. */
export function idOfHostKey(hash: string): string {
  return `key-${Buffer.from(hash, 'base64url').subarray(0, ID_BYTES).toString('hex')}`;
}

/** The key of a host key's own item. */
export function itemKeyOf(hash: string): Record<string, AttributeValue> {
  return { [PARTITION_KEY]: { S: HOST_KEY_PARTITION }, [SORT_KEY]: { S: hash } };
}

/** Throws for an item that is no host key. */
export function hostKeyOf(item: Readonly<Record<string, AttributeValue>>): HostKey {
  checkVersion(item);
  const hash = item[SORT_KEY]?.S;
  const name = item['host']?.S;
  if (hash === undefined || name === undefined)
    throw new Error(`${HOST_KEY_PARTITION}/${hash}: an item without a host`);
  const endsAtMs = item['endsAtMs']?.N;
  const by = item['by']?.S;
  return {
    hash,
    name,
    kind: item['kind']?.S === 'sender' ? 'sender' : 'host',
    createdAtMs: Number(item['createdAtMs']?.N),
    ...(endsAtMs === undefined ? {} : { endsAtMs: Number(endsAtMs) }),
    ...(by === undefined ? {} : { by }),
  };
}
