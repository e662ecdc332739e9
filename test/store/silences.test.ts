import { randomUUID } from 'node:crypto';
import { PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createMatcher } from '../../core/alertmanager/parse-matcher.ts';
import { type Silence, silencedBy } from '../../core/alertmanager/silence.ts';
import { DAY_MS } from '../../core/time.ts';
import { PARTITION_KEY, SILENCE_PARTITION, SORT_KEY } from '../../functions/store/item-keys.ts';
import { createSilenceStore, MAX_SILENCES } from '../../functions/store/silences.ts';
import { startTable, type TestTable } from '../functions/table.ts';

const NOW_MS = Date.UTC(2026, 2, 1, 12);
const HOUR_MS = 3_600_000;

let store: TestTable;
beforeEach(async () => {
  store = await startTable();
});
afterEach(() => store.close());

function matcher(name: string, op: '=' | '!=' | '=~' | '!~', value: string) {
  const made = createMatcher(name, op, value);
  if (!made.ok) throw new Error(made.error);
  return made.value;
}

function silence(parts: Partial<Silence> = {}): Silence {
  return {
    id: randomUUID(),
    matchers: [matcher('host', '=~', 'web[0-9]+'), matcher('severity', '!=', '')],
    startsAtMs: NOW_MS,
    endsAtMs: NOW_MS + HOUR_MS,
    updatedAtMs: NOW_MS,
    createdBy: 'ann',
    comment: 'new disks "today"',
    ...parts,
  };
}

test('a silence is the same when it is read, and its matchers match', async () => {
  const silences = createSilenceStore(store.table);
  const made = silence({ annotations: { ticket: 'A-1' } });
  expect(await silences.add(made, NOW_MS)).toEqual({ ok: true, value: undefined });
  const [read] = await silences.list(NOW_MS);
  expect(JSON.parse(JSON.stringify(read))).toEqual(
    JSON.parse(JSON.stringify({ ...made, revision: 1 })),
  );
  expect(await silences.get(made.id, NOW_MS)).toMatchObject({ id: made.id, revision: 1 });
  const listed = await silences.list(NOW_MS);
  expect(silencedBy(listed, { host: 'web12', severity: 'critical' }, NOW_MS)).toEqual([made.id]);
  expect(silencedBy(listed, { host: 'db1', severity: 'critical' }, NOW_MS)).toEqual([]);
  expect(silencedBy(listed, { host: 'web12' }, NOW_MS)).toEqual([]);
});

test('of two who replace the same silence at once one is refused', async () => {
  const silences = createSilenceStore(store.table);
  const made = silence();
  await silences.add(made, NOW_MS);
  const before = await silences.get(made.id, NOW_MS);
  if (before === undefined) throw new Error('not there');
  const results = await Promise.all(
    ['ann', 'bob'].map((createdBy) => silences.replace(before, { ...made, createdBy })),
  );
  expect(results.map((result) => result.ok && result.value).sort()).toEqual([false, true]);
  expect(await silences.get(made.id, NOW_MS)).toMatchObject({ revision: 2 });
});

test('an expired silence can be looked at for 5 days, whether or not the table has dropped it', async () => {
  const silences = createSilenceStore(store.table);
  const made = silence();
  await silences.add(made, NOW_MS);
  const lastMs = made.endsAtMs + 5 * DAY_MS;
  expect(await silences.list(lastMs - 1)).toHaveLength(1);
  expect(await silences.list(lastMs)).toEqual([]);
  expect(await silences.get(made.id, lastMs)).toBeUndefined();
});

test('so many silences and no more; those that are over do not count', async () => {
  const silences = createSilenceStore(store.table);
  const ended = { startsAtMs: NOW_MS - 2 * HOUR_MS, endsAtMs: NOW_MS - HOUR_MS };
  await silences.add(silence(ended), NOW_MS);
  const made = silence();
  await silences.add(made, NOW_MS);
  await copyItem(made.id, MAX_SILENCES - 2);
  expect(await silences.add(silence(), NOW_MS)).toEqual({ ok: true, value: undefined });
  const refused = await silences.add(silence(), NOW_MS);
  expect(refused).toMatchObject({
    ok: false,
    error: expect.stringContaining('exceeded maximum number of silences: 1000'),
  });
  expect(await silences.list(NOW_MS)).toHaveLength(MAX_SILENCES + 1);
});

/** Copies a silence as the table has it: adding hundreds one by one is slow. */
async function copyItem(id: string, times: number): Promise<void> {
  const { client, name } = store.table;
  const { Items = [] } = await client.send(
    new QueryCommand({
      TableName: name,
      KeyConditionExpression: `${PARTITION_KEY} = :p AND ${SORT_KEY} = :s`,
      ExpressionAttributeValues: { ':p': { S: SILENCE_PARTITION }, ':s': { S: id } },
    }),
  );
  for (let i = 0; i < times; i++) {
    const Item = { ...Items[0], [SORT_KEY]: { S: randomUUID() } };
    await client.send(new PutItemCommand({ TableName: name, Item }));
  }
}

test('a silence too large is refused', async () => {
  const silences = createSilenceStore(store.table);
  const made = silence({ comment: 'x'.repeat(17_000) });
  const refused = { ok: false, error: expect.stringMatching(/exceeded maximum size: \d+ char/) };
  expect(await silences.add(made, NOW_MS)).toMatchObject(refused);
  expect(await silences.list(NOW_MS)).toEqual([]);
});
