import { createHash, randomBytes } from 'node:crypto';
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { Table } from './dynamo.ts';
import { ENROLMENT_TOKEN_PARTITION, PARTITION_KEY, SORT_KEY, TTL_ATTRIBUTE } from './item-keys.ts';
import { checkVersion } from './item-version.ts';

/** 192 random bits: beyond guessing, so a plain hash of it is safe to store. */
const TOKEN_BYTES = 24;
/** Names a token without giving it away; 10,000 tokens share one with a chance of 1 in 80. */
const ID_BYTES = 4;
/** So long one can still see in the list that there was a token. */
const KEEP_ENDED_MS = 30 * 86_400_000;

/** What a token allows. */
export interface TokenTerms {
  /** How many hosts it enrols. */
  readonly uses: number;
  readonly expiresAtMs: number;
  /** May a host that has a key get another with it, which ends the first? */
  readonly mayReEnrol: boolean;
  /** Which names it enrols, as `matchesHostPattern` has it; absent: any. */
  readonly hosts?: string;
}

/** What the table says of an enrolment token. */
export interface EnrolmentToken extends TokenTerms {
  readonly hash: string;
  /** Names it in lists and logs, `enrol-1a2b3c4d`. */
  readonly id: string;
  readonly usesLeft: number;
  readonly createdAtMs: number;
  readonly isRevoked: boolean;
  /** The hash of the key for which the last use was taken. */
  readonly lastFor?: string;
}

/** A token that is not stored yet, and what the table is to know of it. */
export interface NewEnrolmentToken {
  /** The secret. It is nowhere else. */
  readonly token: string;
  readonly known: EnrolmentToken;
}

/** Makes a token. It is worth nothing before `putEnrolmentToken`. */
export function newEnrolmentToken(terms: TokenTerms, nowMs: number): NewEnrolmentToken {
  const token = `hve_${randomBytes(TOKEN_BYTES).toString('base64url')}`;
  const id = `enrol-${randomBytes(ID_BYTES).toString('hex')}`;
  const kept = { usesLeft: terms.uses, createdAtMs: nowMs, isRevoked: false };
  return { token, known: { ...terms, ...kept, hash: hashOf(token), id } };
}

/** Stores what is to be known of a token. */
export async function putEnrolmentToken(
  { client, name }: Table,
  { hash, id, uses, usesLeft, expiresAtMs, mayReEnrol, hosts, createdAtMs }: EnrolmentToken,
): Promise<void> {
  await client.send(
    new PutItemCommand({
      TableName: name,
      Item: {
        ...itemKeyOf(hash),
        id: { S: id },
        uses: { N: String(uses) },
        usesLeft: { N: String(usesLeft) },
        expiresAtMs: { N: String(expiresAtMs) },
        mayReEnrol: { BOOL: mayReEnrol },
        ...(hosts === undefined ? {} : { hosts: { S: hosts } }),
        isRevoked: { BOOL: false },
        createdAtMs: { N: String(createdAtMs) },
        [TTL_ATTRIBUTE]: { N: String(Math.ceil((expiresAtMs + KEEP_ENDED_MS) / 1000)) },
      },
    }),
  );
}

/** Makes and stores a token in one. The token itself is nowhere but in the answer. */
export async function addEnrolmentToken(
  table: Table,
  terms: TokenTerms,
  nowMs: number,
): Promise<{ readonly token: string; readonly id: string }> {
  const { token, known } = newEnrolmentToken(terms, nowMs);
  await putEnrolmentToken(table, known);
  return { token, id: known.id };
}

/** What is known of a token, ended or not; `undefined` for one nobody made. */
export function readEnrolmentToken(
  table: Table,
  token: string,
): Promise<EnrolmentToken | undefined> {
  return readByHash(table, hashOf(token));
}

async function readByHash(
  { client, name }: Table,
  hash: string,
): Promise<EnrolmentToken | undefined> {
  const { Item } = await client.send(
    new GetItemCommand({ TableName: name, Key: itemKeyOf(hash), ConsistentRead: true }),
  );
  return Item === undefined ? undefined : enrolmentTokenOf(Item);
}

/**
 * Takes one use for a key, in one write; `false` when the token has none left, or ended just now.
 * Done again for the same key it takes no other, unless somebody else's came in between: a write may
 * be done and its answer lost.
 */
export async function takeUse(
  table: Table,
  { hash }: EnrolmentToken,
  keyHash: string,
  nowMs: number,
): Promise<boolean> {
  const isTaken = await update(table, hash, 'SET usesLeft = usesLeft - :one, lastFor = :key', {
    condition:
      'usesLeft >= :one AND expiresAtMs > :now AND isRevoked = :no AND (attribute_not_exists(lastFor) OR lastFor <> :key)',
    values: {
      ':one': { N: '1' },
      ':now': { N: String(nowMs) },
      ':no': { BOOL: false },
      ':key': { S: keyHash },
    },
  });
  return isTaken || (await readByHash(table, hash))?.lastFor === keyHash;
}

/**
 * Gives back the use that was taken for a key and came to nothing; not if somebody took one since, as
 * then nobody knows whether this was done before: a use may be lost, but there is never one too many.
 */
export async function returnUse(
  table: Table,
  { hash }: EnrolmentToken,
  keyHash: string,
): Promise<void> {
  await update(table, hash, 'SET usesLeft = usesLeft + :one REMOVE lastFor', {
    condition: 'lastFor = :key',
    values: { ':one': { N: '1' }, ':key': { S: keyHash } },
  });
}

/** Ends a token now; the keys it gave go on. */
export async function revokeEnrolmentToken(
  table: Table,
  { hash }: Pick<EnrolmentToken, 'hash'>,
): Promise<void> {
  await update(table, hash, 'SET isRevoked = :yes', {
    condition: `attribute_exists(${PARTITION_KEY})`,
    values: { ':yes': { BOOL: true } },
  });
}

/** Throws for an item that is no enrolment token. */
export function enrolmentTokenOf(item: Readonly<Record<string, AttributeValue>>): EnrolmentToken {
  checkVersion(item);
  const hash = item[SORT_KEY]?.S;
  const id = item['id']?.S;
  if (hash === undefined || id === undefined)
    throw new Error(`${ENROLMENT_TOKEN_PARTITION}/${hash}: an item without an id`);
  const lastFor = item['lastFor']?.S;
  const hosts = item['hosts']?.S;
  return {
    hash,
    id,
    uses: Number(item['uses']?.N),
    usesLeft: Number(item['usesLeft']?.N),
    expiresAtMs: Number(item['expiresAtMs']?.N),
    mayReEnrol: item['mayReEnrol']?.BOOL === true,
    isRevoked: item['isRevoked']?.BOOL === true,
    createdAtMs: Number(item['createdAtMs']?.N),
    ...(hosts === undefined ? {} : { hosts }),
    ...(lastFor === undefined ? {} : { lastFor }),
  };
}

async function update(
  { client, name }: Table,
  hash: string,
  expression: string,
  { condition, values }: { condition: string; values: Record<string, AttributeValue> },
): Promise<boolean> {
  try {
    await client.send(
      new UpdateItemCommand({
        TableName: name,
        Key: itemKeyOf(hash),
        UpdateExpression: expression,
        ConditionExpression: condition,
        ExpressionAttributeValues: values,
      }),
    );
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}

function itemKeyOf(hash: string): Record<string, AttributeValue> {
  return { [PARTITION_KEY]: { S: ENROLMENT_TOKEN_PARTITION }, [SORT_KEY]: { S: hash } };
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}
