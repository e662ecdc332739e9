import { createHash, randomBytes } from 'node:crypto';
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import * as v from 'valibot';
import { AREAS, type Area } from '../../core/area.ts';
import { mayAs, ROLES, type Role } from '../../core/role.ts';
import type { Table } from './dynamo.ts';
import { API_TOKEN_PARTITION, PARTITION_KEY, SORT_KEY, TTL_ATTRIBUTE } from './item-keys.ts';
import { checkVersion } from './item-version.ts';
import { partitionItems } from './partition-items.ts';
import { endPushOfPerson, endPushOfToken } from './push-subscriptions.ts';
import { tellRevocation } from './revocations.ts';

/** 192 random bits: beyond guessing, so a plain hash of it is safe to store. */
const TOKEN_BYTES = 24;
/** So long one can still see in the list that there was a token. */
const KEEP_ENDED_MS = 30 * 86_400_000;

/** What a token looks like; anything else is refused without asking the table. */
export const API_TOKEN_FORMAT = /^hvt_[A-Za-z0-9_-]{32}$/;

/** What a token allows, and until when. */
export interface ApiTokenTerms {
  readonly role: Role;
  /** Absent: until somebody ends it. */
  readonly endsAtMs?: number | undefined;
  /** Absent: all areas. */
  readonly areas?: readonly Area[] | undefined;
  /** The person whose token it is, as signed in; absent: a service's, which is nobody's. */
  readonly owner?: string | undefined;
  /** Who made it; absent where nobody noted it. */
  readonly by?: string | undefined;
}

/** What the table says of a token. */
export interface ApiToken extends ApiTokenTerms {
  readonly hash: string;
  /** Names it in lists and logs without giving it away, `token-1a2b3c4d5e6f`. */
  readonly id: string;
  /** Whom or what it was made for. */
  readonly name: string;
  readonly createdAtMs: number;
}

/** 12 hex digits: a thousand tokens share one with a chance of 1 in 500 million. */
const ID_BYTES = 6;

/** How tokens are named. It is made of the hash, so that those made before there were ids have one. */
function idOf(hash: string): string {
  return `token-${Buffer.from(hash, 'base64url').subarray(0, ID_BYTES).toString('hex')}`;
}

/** Of tokens made before there were roles: what those could do. */
const FIRST_ROLE: Role = 'operator';

const roleSchema = v.optional(v.picklist(ROLES), FIRST_ROLE);
const areasSchema = v.optional(v.array(v.picklist(AREAS)));

/** A token that is not stored yet, and what the table is to know of it. */
export interface NewApiToken {
  /** The secret. It is nowhere else. */
  readonly token: string;
  readonly known: ApiToken;
}

/** Makes a token for someone or something of that name. It is worth nothing before `putApiToken`. */
export function newApiToken(name: string, nowMs: number, terms: ApiTokenTerms): NewApiToken {
  const token = `hvt_${randomBytes(TOKEN_BYTES).toString('base64url')}`;
  const hash = hashOf(token);
  return { token, known: { ...terms, hash, id: idOf(hash), name, createdAtMs: nowMs } };
}

/** Stores what is to be known of a token. */
export async function putApiToken(
  { client, name: tableName }: Table,
  { hash, name, role, areas, owner, by, createdAtMs, endsAtMs }: ApiToken,
): Promise<void> {
  await client.send(
    new PutItemCommand({
      TableName: tableName,
      Item: {
        ...keyOf(hash),
        name: { S: name },
        role: { S: role },
        createdAtMs: { N: String(createdAtMs) },
        ...(areas === undefined ? {} : { areas: { L: areas.map((area) => ({ S: area })) } }),
        ...(owner === undefined ? {} : { owner: { S: owner } }),
        ...(by === undefined ? {} : { by: { S: by } }),
        ...(endsAtMs === undefined ? {} : endOf(endsAtMs)),
      },
    }),
  );
}

/** Makes and stores a token in one. The token itself is nowhere but in the answer. */
export async function addApiToken(
  table: Table,
  name: string,
  nowMs: number,
  terms: ApiTokenTerms = { role: 'operator' },
): Promise<string> {
  const { token, known } = newApiToken(name, nowMs, terms);
  await putApiToken(table, known);
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

/**
 * Ends a token now, if it has not ended, and tells those who remember it; browsers that were subscribed with it
 * hear no more. If it fails, do it again: perhaps nobody knows yet.
 */
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
        ConditionExpression: `attribute_exists(${PARTITION_KEY}) AND (attribute_not_exists(endsAtMs) OR endsAtMs > :end)`,
        ExpressionAttributeNames: { '#ttl': TTL_ATTRIBUTE },
        ExpressionAttributeValues: { ':end': endsAtMs, ':ttl': ttl },
      }),
    );
  } catch (error) {
    // It ended by itself meanwhile.
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  }
  await tellRevocation(table);
  await endPushOfToken(table, idOf(hash), nowMs);
}

/**
 * Ends the tokens of a person that are still good, those of roles the person keeps excepted (`kept`; absent: all
 * end, and no browser of theirs hears any more), and gives them. For who takes somebody's access away, once the person has no session any more; if it
 * fails, do it again.
 *
 * @param names all that the person is called, in small or capital letters
 */
export async function revokeTokensOf(
  table: Table,
  names: readonly string[],
  nowMs: number,
  kept?: Role,
): Promise<readonly ApiToken[]> {
  const owners = new Set(names.map((name) => name.toLowerCase()));
  const ended: ApiToken[] = [];
  // One that is good until its turn comes may make others.
  for (;;) {
    const good = (await listApiTokens(table)).filter(
      (token) =>
        owners.has(token.owner?.toLowerCase() ?? '') &&
        !hasTokenEnded(token, nowMs) &&
        (kept === undefined || !mayAs(kept, token.role)),
    );
    if (good.length === 0) {
      if (kept === undefined) await endPushOfPerson(table, names, nowMs);
      return ended;
    }
    for (const token of good) await revokeApiToken(table, token, nowMs);
    ended.push(...good);
  }
}

function endOf(endsAtMs: number): Record<'endsAtMs' | typeof TTL_ATTRIBUTE, { N: string }> {
  return {
    endsAtMs: { N: String(endsAtMs) },
    [TTL_ATTRIBUTE]: { N: String(Math.ceil((endsAtMs + KEEP_ENDED_MS) / 1000)) },
  };
}

/** Throws for an item that is no token. */
function apiTokenOf(item: Readonly<Record<string, AttributeValue>>): ApiToken {
  checkVersion(item);
  const hash = item[SORT_KEY]?.S;
  const name = item['name']?.S;
  if (hash === undefined || name === undefined)
    throw new Error(`${API_TOKEN_PARTITION}/${hash}: an item without a name`);
  const ends = item['endsAtMs']?.N;
  const areas = item['areas']?.L?.map(({ S }) => S);
  const owner = item['owner']?.S;
  const by = item['by']?.S;
  return {
    hash,
    id: idOf(hash),
    name,
    role: v.parse(roleSchema, item['role']?.S),
    createdAtMs: Number(item['createdAtMs']?.N),
    ...(ends === undefined ? {} : { endsAtMs: Number(ends) }),
    ...(areas === undefined ? {} : { areas: v.parse(areasSchema, areas) }),
    ...(owner === undefined ? {} : { owner }),
    ...(by === undefined ? {} : { by }),
  };
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}

function keyOf(hash: string): Record<string, { S: string }> {
  return { [PARTITION_KEY]: { S: API_TOKEN_PARTITION }, [SORT_KEY]: { S: hash } };
}
