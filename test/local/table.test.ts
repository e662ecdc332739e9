import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ensureTable } from '../../functions/store/create-table.ts';
import { openTable, type Table } from '../../functions/store/dynamo.ts';
import { hostOfKey } from '../../functions/store/host-keys.ts';
import { openEmbeddedTable } from '../../infra/local/embedded-table.ts';
import { deleteExpired } from '../../infra/local/expiry.ts';
import { ensureHostKeyFile } from '../../infra/local/key-files.ts';

const NOW = Date.parse('2026-01-01T10:00:00Z');

let folder = '';
let table: Table;
let close = async () => {};
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'table-'));
  await open('table');
});
afterEach(async () => {
  await close();
  rmSync(folder, { recursive: true });
});

async function open(name: string): Promise<void> {
  const embedded = await openEmbeddedTable(join(folder, name));
  if (!embedded.ok) throw new Error(embedded.error.message);
  table = openTable({ tableName: 'hypervigil', endpoint: embedded.value.endpoint });
  close = async () => {
    table.client.destroy();
    await embedded.value.close();
  };
  await ensureTable(table);
}

async function keyFile(): Promise<string> {
  const file = await ensureHostKeyFile(table, folder, 'web/1', NOW);
  if (!file.ok) throw new Error(file.error.message);
  return file.value;
}

test('what has expired is deleted, so the folder does not grow for ever; the rest stays', async () => {
  const put = (sortKey: string, expiresAtMs: number) => {
    const ttl = { N: String(Math.ceil(expiresAtMs / 1000)) };
    const Item = { p: { S: 'M#1#0' }, s: { S: sortKey }, b: { B: new Uint8Array(400) }, ttl };
    return table.client.send(new PutItemCommand({ TableName: table.name, Item }));
  };
  // More than one page of the scan.
  for (let i = 0; i < 250; i++) await put(`old-${i}`, NOW - 2_000);
  await put('young', NOW + 60_000);
  const key = await keyFile();
  expect(await deleteExpired(table, NOW)).toBe(250);
  const left = await table.client.send(new ScanCommand({ TableName: table.name }));
  expect(left.Items?.map((item) => item['s']?.S).filter((s) => /old|young/.test(s ?? ''))).toEqual([
    'young',
  ]);
  expect(await hostOfKey(table, readFileSync(key, 'utf8').trim(), NOW), 'a key never expires').toBe(
    'web/1',
  );
});

test('the same key at the next start', async () => {
  const path = await keyFile();
  const key = readFileSync(path, 'utf8');
  await close();
  await open('table');
  expect(await keyFile()).toBe(path);
  expect(readFileSync(path, 'utf8')).toBe(key);
  expect(await hostOfKey(table, key.trim(), NOW)).toBe('web/1');
});

test('a new key when the table was deleted and does not know the old one', async () => {
  const path = await keyFile();
  const old = readFileSync(path, 'utf8').trim();
  await close();
  await open('another');
  await keyFile();
  const key = readFileSync(path, 'utf8').trim();
  expect(key).not.toBe(old);
  expect(await hostOfKey(table, key, NOW)).toBe('web/1');
});
