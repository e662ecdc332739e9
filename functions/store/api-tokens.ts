import { createHash, randomBytes } from 'node:crypto';
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import * as v from 'valibot';
import { ROLES, type Role } from '../../core/role.ts';
import type { Table } from './dynamo.ts';
import { API_TOKEN_PARTITION, PARTITION_KEY, SORT_KEY, TTL_ATTRIBUTE } from './item-keys.ts';
import { partitionItems } from './partition-items.ts';
import { tellRevocation } from './revocations.ts';

/** 192 random bits: beyond guessing, so a plain hash of it is safe to store. */
const TOKEN_BYTES = 24;
/** So long one can still see in the list that there was a token. */
const KEEP_ENDED_MS = 30 * 86_400_000;

/** What a token looks like; anything else is refused without asking the table. */
export const API_TOKEN_FORMAT = /^hvt_[A-Za-z0-9_-]{32}$/;

/** What a token allows, and until when. */
interface ApiTokenTerms {
  readonly role: Role;
  /** Absent: until somebody ends it. */
  readonly endsAtMs?: number | undefined;
}

/** What the table says of a token. */
export interface ApiToken extends ApiTokenTerms {
  readonly hash: string;
  /** Whom or what it was made for. */
  readonly name: string;
  readonly createdAtMs: number;
}

/** Of tokens made before there were roles: what those could do. */
const FIRST_ROLE: Role = 'operator';

const roleSchema = v.optional(v.picklist(ROLES), FIRST_ROLE);

/**
 * Makes a token for someone or something of that name, and stores its hash. The token itself is
 * nowhere but in the answer.
 */
export async function addApiToken(
  { client, name: tableName }: Table,
  name: string,
  nowMs: number,
  { role, endsAtMs }: ApiTokenTerms = { role: 'operator' },
): Promise<string> {
  const token = `hvt_${randomBytes(TOKEN_BYTES).toString('base64url')}`;
  await client.send(
    new PutItemCommand({
      TableName: tableName,
      Item: {
        ...keyOf(hashOf(token)),
        name: { S: name },
        role: { S: role },
        createdAtMs: { N: String(nowMs) },
        ...(endsAtMs === undefined ? {} : endOf(endsAtMs)),
      },
    }),
  );
  return token;
}

/** What is known of a token, ended or not, as of the last write; `undefined` for one nobody made. */
export async function readApiToken(
  { client, name }: Table,
  token: string,
): Promise<ApiToken | undefined> {
  const { Item } = await client.send(
    new GetItemCommand({ TableName: name, Key: keyOf(hashOf(token)), ConsistentRead: true }),
  );
  return Item === undefined ? undefined : apiTokenOf(Item);
}

/** Is it over with this token? */
export function hasTokenEnded({ endsAtMs }: ApiTokenTerms, nowMs: number): boolean {
  return endsAtMs !== undefined && endsAtMs <= nowMs;
}

/** All tokens, ended ones too for 30 days. Reads them all: for a person's command. */
export async function listApiTokens(table: Table): Promise<readonly ApiToken[]> {
  const found: ApiToken[] = [];
  for await (const item of partitionItems(table, API_TOKEN_PARTITION)) found.push(apiTokenOf(item));
  return found;
}

/** Ends a token now, and tells those who remember it. If it fails, do it again: perhaps nobody knows yet. */
export async function revokeApiToken(
  table: Table,
  { hash }: Pick<ApiToken, 'hash'>,
  nowMs: number,
): Promise<void> {
  const { endsAtMs, [TTL_ATTRIBUTE]: ttl } = endOf(nowMs);
  try {
    await table.client.send(
      new UpdateItemCommand({
        TableName: table.name,
        Key: keyOf(hash),
        UpdateExpression: 'SET endsAtMs = :end, #ttl = :ttl',
        ConditionExpression: `attribute_exists(${PARTITION_KEY})`,
        ExpressionAttributeNames: { '#ttl': TTL_ATTRIBUTE },
        ExpressionAttributeValues: { ':end': endsAtMs, ':ttl': ttl },
      }),
    );
  } catch (error) {
    // It ended by itself meanwhile.
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  }
  await tellRevocation(table);
}

function endOf(endsAtMs: number): Record<'endsAtMs' | typeof TTL_ATTRIBUTE, { N: string }> {
  return {
    endsAtMs: { N: String(endsAtMs) },
    [TTL_ATTRIBUTE]: { N: String(Math.ceil((endsAtMs + KEEP_ENDED_MS) / 1000)) },
  };
}

/** Throws for an item that is no token. */
function apiTokenOf(item: Readonly<Record<string, AttributeValue>>): ApiToken {
  const hash = item[SORT_KEY]?.S;
  const name = item['name']?.S;
  if (hash === undefined || name === undefined)
    throw new Error(`${API_TOKEN_PARTITION}/${hash}: an item without a name`);
  const ends = item['endsAtMs']?.N;
  return {
    hash,
    name,
    role: v.parse(roleSchema, item['role']?.S),
    createdAtMs: Number(item['createdAtMs']?.N),
    ...(ends === undefined ? {} : { endsAtMs: Number(ends) }),
  };
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}

function keyOf(hash: string): Record<string, { S: string }> {
  return { [PARTITION_KEY]: { S: API_TOKEN_PARTITION }, [SORT_KEY]: { S: hash } };
}
