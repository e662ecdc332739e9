import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AttributeValue, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import * as v from 'valibot';
import type { Table } from '../../functions/store/dynamo.ts';

const FOLDER = join(import.meta.dirname, 'fixtures');

/** Keys and tokens of a table that nobody has any more. */
const secretsSchema = v.object({
  /** By host or sender. */
  keys: v.record(v.string(), v.string()),
  apiToken: v.exactOptional(v.string()),
  /** A viewer's, for metrics alone. */
  viewerToken: v.exactOptional(v.string()),
  /** One of its two uses is left. */
  enrolmentToken: v.exactOptional(v.string()),
});
export type FixtureSecrets = v.InferOutput<typeof secretsSchema>;

/** An attribute as JSON: DynamoDB's own form, bytes in base64. */
type StoredAttribute =
  | { readonly S: string }
  | { readonly N: string }
  | { readonly B: string }
  | { readonly BOOL: boolean }
  | { readonly L: readonly StoredAttribute[] };

const attributeSchema: v.GenericSchema<StoredAttribute> = v.union([
  v.strictObject({ S: v.string() }),
  v.strictObject({ N: v.string() }),
  v.strictObject({ B: v.string() }),
  v.strictObject({ BOOL: v.boolean() }),
  v.strictObject({ L: v.array(v.lazy(() => attributeSchema)) }),
]);

const fixtureSchema = v.object({
  /** Of the code that made it. */
  commit: v.string(),
  secrets: secretsSchema,
  items: v.array(v.record(v.string(), attributeSchema)),
});

/** A table as some code left it. */
export type Fixture = v.InferOutput<typeof fixtureSchema>;

export function fixtureNames(): string[] {
  const files = readdirSync(FOLDER).filter((name) => name.endsWith('.json'));
  return files.map((name) => name.slice(0, -'.json'.length)).sort();
}

export function readFixture(name: string): Fixture {
  return v.parse(fixtureSchema, JSON.parse(readFileSync(join(FOLDER, `${name}.json`), 'utf8')));
}

/** An item a line, so that a change can be looked at. */
export function writeFixture(name: string, { commit, secrets, items }: Fixture): void {
  const lines = items.map((item) => `  ${JSON.stringify(item)}`).join(',\n');
  const text = `{"commit":"${commit}",\n"secrets":${JSON.stringify(secrets)},\n"items":[\n${lines}\n]}\n`;
  writeFileSync(join(FOLDER, `${name}.json`), text);
}

/** Partition and sort key. */
export function keyOf({ p, s }: Fixture['items'][number]): string {
  return [p, s].map((key) => (key !== undefined && 'S' in key ? key.S : '')).join(' ');
}

/** All items of a small table, by key. */
export async function dumpTable({ client, name }: Table): Promise<Fixture['items']> {
  const found: Fixture['items'] = [];
  let from: Record<string, AttributeValue> | undefined;
  do {
    const page = await client.send(
      new ScanCommand({
        TableName: name,
        ...(from === undefined ? {} : { ExclusiveStartKey: from }),
      }),
    );
    for (const item of page.Items ?? [])
      found.push(mapValues(item, (value, attribute) => storedOf(value, attribute)));
    from = page.LastEvaluatedKey;
  } while (from !== undefined);
  return found.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

export async function fillTable({ client, name }: Table, { items }: Fixture): Promise<void> {
  for (const item of items)
    await client.send(new PutItemCommand({ TableName: name, Item: mapValues(item, attributeOf) }));
}

function mapValues<T, U>(
  of: Readonly<Record<string, T>>,
  change: (value: T, key: string) => U,
): Record<string, U> {
  return Object.fromEntries(Object.entries(of).map(([key, value]) => [key, change(value, key)]));
}

/** Throws for a kind that no item has: then it is to be added here. */
function storedOf(value: AttributeValue, attribute: string): StoredAttribute {
  if (value.S !== undefined) return { S: value.S };
  if (value.N !== undefined) return { N: value.N };
  if (value.B !== undefined) return { B: Buffer.from(value.B).toString('base64') };
  if (value.BOOL !== undefined) return { BOOL: value.BOOL };
  if (value.L !== undefined) return { L: value.L.map((one) => storedOf(one, attribute)) };
  throw new Error(`attribute ${attribute}: ${JSON.stringify(value)}`);
}

function attributeOf(stored: StoredAttribute): AttributeValue {
  if ('B' in stored) return { B: Buffer.from(stored.B, 'base64') };
  return 'L' in stored ? { L: stored.L.map(attributeOf) } : { ...stored };
}
