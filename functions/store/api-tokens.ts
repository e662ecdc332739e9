import { createHash, randomBytes } from 'node:crypto';
import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { Table } from './dynamo.ts';
import { API_TOKEN_PARTITION, PARTITION_KEY, SORT_KEY } from './item-keys.ts';

/** 192 random bits: beyond guessing, so a plain hash of it is safe to store. */
const TOKEN_BYTES = 24;

/** What a token looks like; anything else is refused without asking the table. */
export const API_TOKEN_FORMAT = /^hvt_[A-Za-z0-9_-]{32}$/;

/**
 * Makes a token that may query, for someone or something of that name, and stores its hash. The
 * token itself is nowhere but in the answer.
 */
export async function addApiToken(
  { client, name: tableName }: Table,
  name: string,
  nowMs: number,
): Promise<string> {
  const token = `hvt_${randomBytes(TOKEN_BYTES).toString('base64url')}`;
  await client.send(
    new PutItemCommand({
      TableName: tableName,
      Item: {
        ...keyOf(token),
        name: { S: name },
        createdAtMs: { N: String(nowMs) },
      },
    }),
  );
  return token;
}

/** The name a token was made for, or `undefined` for a token nobody made. */
export async function nameOfApiToken(
  { client, name }: Table,
  token: string,
): Promise<string | undefined> {
  const { Item } = await client.send(new GetItemCommand({ TableName: name, Key: keyOf(token) }));
  return Item?.['name']?.S;
}

function keyOf(token: string): Record<string, { S: string }> {
  const hash = createHash('sha256').update(token).digest('base64url');
  return { [PARTITION_KEY]: { S: API_TOKEN_PARTITION }, [SORT_KEY]: { S: hash } };
}
