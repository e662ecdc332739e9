import { randomBytes } from 'node:crypto';
import { DeleteItemCommand, PutItemCommand, paginateQuery } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DAY_MS } from '../../core/time.ts';
import { PARTITION_KEY, SORT_KEY, STATE_PARTITION } from '../../functions/store/item-keys.ts';
import { createStateStore } from '../../functions/store/state.ts';
import { startTable, type TestTable } from '../functions/table.ts';

const NOW_MS = Date.UTC(2026, 2, 1);

let store: TestTable;
beforeEach(async () => {
  store = await startTable();
});
afterEach(() => store.close());

async function sortKeys(): Promise<string[]> {
  const pages = paginateQuery(
    { client: store.table.client },
    {
      TableName: store.table.name,
      KeyConditionExpression: `${PARTITION_KEY} = :p`,
      ExpressionAttributeValues: { ':p': { S: STATE_PARTITION } },
    },
  );
  const keys: string[] = [];
  for await (const { Items = [] } of pages) {
    for (const item of Items) keys.push(item[SORT_KEY]?.S ?? '');
  }
  return keys;
}

async function dropOnePart(): Promise<void> {
  const key = (await sortKeys()).find((one) => one.endsWith('#001'));
  await store.table.client.send(
    new DeleteItemCommand({
      TableName: store.table.name,
      Key: { [PARTITION_KEY]: { S: STATE_PARTITION }, [SORT_KEY]: { S: key ?? 'none' } },
    }),
  );
}

test('a state of any size is read as it was written, and leaves nothing behind', async () => {
  const state = createStateStore(store.table, () => NOW_MS);
  expect(await state.read()).toEqual({ revision: 0, bytes: undefined });
  let revision = 0;
  for (const [length, items] of [
    [100, 1],
    [350 << 10, 1],
    [(350 << 10) + 1, 3],
    [3 << 20, 10],
    [2 << 20, 7],
    [0, 1],
  ] as const) {
    const bytes = randomBytes(length);
    expect(await state.replace(revision, bytes)).toBe(true);
    revision++;
    const read = await state.read();
    expect(read.revision).toBe(revision);
    expect(Buffer.compare(Buffer.from(read.bytes ?? ''), bytes)).toBe(0);
    expect(await sortKeys()).toHaveLength(items);
  }
});

test('one who comes too late changes nothing, however large the state', async () => {
  const state = createStateStore(store.table, () => NOW_MS);
  const bytes = randomBytes(1 << 20);
  expect(await state.replace(0, bytes)).toBe(true);
  expect(await state.replace(0, randomBytes(1 << 20))).toBe(false);
  expect(await state.replace(2, randomBytes(10))).toBe(false);
  expect(await state.read()).toEqual({ revision: 1, bytes });
  expect(await sortKeys()).toHaveLength(4);
});

test('a state that an earlier release wrote is read and replaced', async () => {
  await store.table.client.send(
    new PutItemCommand({
      TableName: store.table.name,
      Item: {
        [PARTITION_KEY]: { S: STATE_PARTITION },
        [SORT_KEY]: { S: '0' },
        b: { B: Buffer.from('old') },
        v: { N: '41' },
      },
    }),
  );
  const state = createStateStore(store.table, () => NOW_MS);
  expect(await state.read()).toEqual({ revision: 41, bytes: new Uint8Array(Buffer.from('old')) });
  expect(await state.replace(41, Buffer.from('new'))).toBe(true);
  expect(await state.read()).toEqual({ revision: 42, bytes: new Uint8Array(Buffer.from('new')) });
});

test('a part that is gone is a fault that is named; of a state older than its parts last, the end', async () => {
  let nowMs = NOW_MS;
  const state = createStateStore(store.table, () => nowMs);
  await state.replace(0, randomBytes(1 << 20));
  await dropOnePart();
  await expect(state.read()).rejects.toThrow(/^state 1: some of its 3 parts \w+ are missing$/);
  nowMs += 30 * DAY_MS;
  expect(await state.read()).toEqual({ revision: 1, bytes: undefined });
  expect(await state.replace(1, Buffer.from('afresh'))).toBe(true);
});

test('a state beyond all bounds is refused before anything is written', async () => {
  const state = createStateStore(store.table, () => NOW_MS);
  await expect(state.replace(0, Buffer.alloc(100 * (350 << 10) + 1))).rejects.toThrow(
    'a state of 35840001 bytes is more than 100 parts of 358400',
  );
  expect(await sortKeys()).toEqual([]);
});
