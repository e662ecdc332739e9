import { randomBytes } from 'node:crypto';
import {
  type AttributeValue,
  DeleteItemCommand,
  PutItemCommand,
  paginateQuery,
} from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { EncodedState } from '../../core/alerting/state-encoding.ts';
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

/** A head, and segments of these lengths. */
function stateOf(head: string, ...lengths: readonly number[]) {
  return { bytes: Buffer.from(head), segments: lengths.map((length) => randomBytes(length)) };
}

function isSame(a: EncodedState, b: EncodedState): boolean {
  const all = (state: EncodedState) => [state.bytes ?? '', ...state.segments];
  const [ours, theirs] = [all(a), all(b)];
  return (
    ours.length === theirs.length &&
    ours.every((part, i) => Buffer.compare(Buffer.from(part), Buffer.from(theirs[i] ?? '')) === 0)
  );
}

test('a state of any size is read as it was written, by anybody, and leaves nothing behind', async () => {
  const state = createStateStore(store.table, () => NOW_MS);
  expect(await state.read()).toEqual({ revision: 0, bytes: undefined, segments: [] });
  let revision = 0;
  for (const [lengths, items] of [
    [[], 1],
    [[100], 2],
    [[350 << 10, 1], 3],
    [[(350 << 10) + 1], 3],
    [[3 << 20, 1 << 20], 13],
    [[], 1],
  ] as const) {
    const written = stateOf(`head ${revision}`, ...lengths);
    expect(await state.replace(await state.read(), written)).toBe(true);
    revision++;
    for (const reader of [state, createStateStore(store.table, () => NOW_MS)]) {
      const read = await reader.read();
      expect(read.revision).toBe(revision);
      expect(isSame(read, written)).toBe(true);
    }
    expect(await sortKeys()).toHaveLength(items);
  }
});

test('segments that stay are not written again; those that are left out go', async () => {
  const state = createStateStore(store.table, () => NOW_MS);
  await state.replace(await state.read(), stateOf('first', 1000, 2000));
  const keys = await sortKeys();
  const before = await createStateStore(store.table).read();
  const reader = createStateStore(store.table, () => NOW_MS);
  const [large = Buffer.of(), small = Buffer.of()] = (await reader.read()).segments;
  const second = { bytes: Buffer.from('second'), segments: [large, small, randomBytes(10)] };
  expect(await reader.replace(await reader.read(), second)).toBe(true);
  const added = (await sortKeys()).filter((key) => !keys.includes(key));
  expect(added).toHaveLength(1);
  // Whoever has read what was before can't bring it back.
  expect(await createStateStore(store.table).replace(before, stateOf('late', 10))).toBe(false);
  const third = { bytes: Buffer.from('third'), segments: [small] };
  expect(await state.replace(await state.read(), third)).toBe(true);
  expect(isSame(await createStateStore(store.table).read(), third)).toBe(true);
  expect(await sortKeys()).toHaveLength(2);
});

test('one who comes too late changes nothing, however large the state', async () => {
  const state = createStateStore(store.table, () => NOW_MS);
  const none = await state.read();
  const written = stateOf('first', 1 << 20);
  expect(await state.replace(none, written)).toBe(true);
  expect(await state.replace(none, stateOf('second', 1 << 20))).toBe(false);
  expect(await state.replace({ ...none, revision: 2 }, stateOf('third'))).toBe(false);
  const read = await state.read();
  expect(read.revision).toBe(1);
  expect(isSame(read, written)).toBe(true);
  expect(await sortKeys()).toHaveLength(4);
});

test('a state that an earlier release wrote is read and replaced', async () => {
  await putItem({ [SORT_KEY]: { S: '0' }, b: { B: Buffer.from('old') }, v: { N: '41' } });
  const state = createStateStore(store.table, () => NOW_MS);
  const old = await state.read();
  expect(old).toEqual({ revision: 41, bytes: new Uint8Array(Buffer.from('old')), segments: [] });
  const written = stateOf('new', 10);
  expect(await state.replace(old, written)).toBe(true);
  expect(isSame(await state.read(), written)).toBe(true);
});

test('a large state that an earlier release wrote is read, replaced and cleared away', async () => {
  const endsAtS = String(NOW_MS / 1000 + 1000);
  for (const [index, text] of ['a large ', 'state'].entries())
    await putItem({
      [SORT_KEY]: { S: `abcd#00${index}` },
      b: { B: Buffer.from(text) },
      ttl: { N: endsAtS },
    });
  await putItem({
    ...{ [SORT_KEY]: { S: '0' }, v: { N: '41' }, n: { S: 'abcd' } },
    ...{ c: { N: '2' }, e: { N: endsAtS } },
  });
  const state = createStateStore(store.table, () => NOW_MS);
  const old = await state.read();
  expect(old.revision).toBe(41);
  expect(isSame(old, { bytes: Buffer.from('a large state'), segments: [] })).toBe(true);
  expect(await state.replace(old, stateOf('new', 10))).toBe(true);
  expect(await sortKeys()).toHaveLength(2);
});

test('a part that is gone is a fault that is named; of a state older than its parts last, the end', async () => {
  let nowMs = NOW_MS;
  const state = createStateStore(store.table, () => nowMs);
  await state.replace(await state.read(), stateOf('head', 1 << 20));
  await dropOnePart();
  const cold = createStateStore(store.table, () => nowMs);
  await expect(cold.read()).rejects.toThrow(/^state 1: some of its parts \w+ \(3\) are missing$/);
  nowMs += 30 * DAY_MS;
  const ended = await cold.read();
  expect(ended).toEqual({ revision: 1, bytes: undefined, segments: [] });
  expect(await cold.replace(ended, stateOf('afresh'))).toBe(true);
});

test('a state beyond all bounds is refused before anything is written', async () => {
  const state = createStateStore(store.table, () => NOW_MS);
  const none = await state.read();
  await expect(state.replace(none, stateOf('head', 100 * (350 << 10) + 1))).rejects.toThrow(
    'a state of 35840001 bytes is more than 100 parts of 358400',
  );
  await expect(state.replace(none, stateOf('-'.repeat((350 << 10) + 1)))).rejects.toThrow(
    "a state's head of 358401 bytes is more than 358400",
  );
  expect(await sortKeys()).toEqual([]);
});

async function putItem(item: Record<string, AttributeValue>): Promise<void> {
  await store.table.client.send(
    new PutItemCommand({
      TableName: store.table.name,
      Item: { [PARTITION_KEY]: { S: STATE_PARTITION }, ...item },
    }),
  );
}
