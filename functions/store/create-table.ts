import { setTimeout as sleep } from 'node:timers/promises';
import {
  type AttributeDefinition,
  CreateTableCommand,
  DescribeTableCommand,
  type KeySchemaElement,
  ResourceInUseException,
  ResourceNotFoundException,
} from '@aws-sdk/client-dynamodb';
import type { Table } from './dynamo.ts';
import { PARTITION_KEY, SORT_KEY } from './item-keys.ts';

const ATTRIBUTES: AttributeDefinition[] = [
  { AttributeName: PARTITION_KEY, AttributeType: 'S' },
  { AttributeName: SORT_KEY, AttributeType: 'S' },
];
const KEY_SCHEMA: KeySchemaElement[] = [
  { AttributeName: PARTITION_KEY, KeyType: 'HASH' },
  { AttributeName: SORT_KEY, KeyType: 'RANGE' },
];

/** An embedded table is made in some ms. */
const ACTIVE_WITHIN_MS = 10_000;
const LOOK_AGAIN_MS = 10;

/**
 * Makes the table where there is none, and waits until it can be used: for the embedded store. On
 * AWS the stack makes it.
 */
export async function ensureTable(table: Table): Promise<void> {
  if ((await statusOf(table)) === undefined) await createTable(table);
  const deadlineMs = performance.now() + ACTIVE_WITHIN_MS;
  // A table that is still being made answers as if there were none.
  while ((await statusOf(table)) !== 'ACTIVE') {
    if (performance.now() > deadlineMs) {
      throw new Error(`table ${table.name} was not ready within ${ACTIVE_WITHIN_MS / 1000} s`);
    }
    await sleep(LOOK_AGAIN_MS);
  }
}

/** `undefined`: there is no such table. */
async function statusOf({ client, name }: Table): Promise<string | undefined> {
  try {
    const { Table: described } = await client.send(new DescribeTableCommand({ TableName: name }));
    return described?.TableStatus;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

async function createTable({ client, name }: Table): Promise<void> {
  try {
    await client.send(
      new CreateTableCommand({
        TableName: name,
        AttributeDefinitions: ATTRIBUTES,
        KeySchema: KEY_SCHEMA,
        BillingMode: 'PAY_PER_REQUEST',
      }),
    );
  } catch (error) {
    // Another process was quicker.
    if (!(error instanceof ResourceInUseException)) throw error;
  }
}
