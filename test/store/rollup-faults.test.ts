import {
  ProvisionedThroughputExceededException,
  PutItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { MINUTE_MS, phaseMs } from '../../core/host-minute.ts';
import { createMatcher } from '../../core/promql/selector.ts';
import { hourStartMs } from '../../core/rollup/hours.ts';
import { DAY_MS, HOUR_MS } from '../../core/time.ts';
import { createChunkStore } from '../../functions/store/chunks.ts';
import { createCompactionProgress } from '../../functions/store/compaction-progress.ts';
import { createInventoryStore } from '../../functions/store/inventory.ts';
import { cacheInventory } from '../../functions/store/inventory-cache.ts';
import { minutePointsSortKey, writerHistoryPartition } from '../../functions/store/item-keys.ts';
import { createLateHours } from '../../functions/store/late-hours.ts';
import { createLateMarker } from '../../functions/store/late-marker.ts';
import { type ReadSeries, readSeries } from '../../functions/store/reader.ts';
import { createRollupReader } from '../../functions/store/rollup-reader.ts';
import { cacheRollupState } from '../../functions/store/rollup-state.ts';
import { createRollupStore } from '../../functions/store/rollups.ts';
import { NOW_MS, noteHost, sampled, storeSeries } from '../api/fixture.ts';
import { startTable, type TestTable } from '../functions/table.ts';

const HOST = 'a';
const LOAD = { __name__: 'host_load1', host: HOST };
/** Of ten hours the first eight are points of a minute. */
const DONE_HOUR = Math.floor(NOW_MS / HOUR_MS) - 3;
const FIRST_HOUR = DONE_HOUR - 7;

let store: TestTable;
beforeEach(async () => {
  store = await startTable();
  await noteHost(store, HOST);
  const lastHours = [hourStartMs(DONE_HOUR + 1, phaseMs(HOST)), NOW_MS] as const;
  await storeSeries(store, HOST, [sampled(LOAD, lastHours, () => 1, 4 * MINUTE_MS)]);
  const rollups = createRollupStore(store.table);
  for (let hour = FIRST_HOUR; hour <= DONE_HOUR; hour++) {
    const startMs = hourStartMs(hour, phaseMs(HOST));
    const points = sampled(LOAD, [startMs, startMs + HOUR_MS - 1], () => 2, 4 * MINUTE_MS);
    await rollups.putMinutePoints(HOST, hour, [points], points.values.length, NOW_MS + DAY_MS);
  }
  const lease = await createCompactionProgress(store.table).take(0, NOW_MS, NOW_MS);
  await lease?.advance(DONE_HOUR);
});
afterEach(() => store.close());

async function read(fromHour = FIRST_HOUR): Promise<ReadSeries> {
  const matcher = createMatcher('host', '=', HOST);
  if (!matcher.ok) throw new Error(matcher.error.message);
  const ports = {
    chunks: createChunkStore(store.table, 1),
    inventory: cacheInventory(createInventoryStore(store.table)),
    rollups: createRollupReader(store.table),
    rollupState: cacheRollupState(
      createCompactionProgress(store.table),
      createLateHours(store.table),
      1,
    ),
    shardCount: 1,
    retention: { rawMs: 7 * DAY_MS, minuteMs: 30 * DAY_MS, hourMs: 400 * DAY_MS },
    limits: { hostMinutes: 100_000, readUnits: 40_000 },
    clockMs: () => 0,
  };
  const fromMs = hourStartMs(fromHour, phaseMs(HOST));
  const selection = { matchers: [matcher.value], fromMs, toMs: NOW_MS };
  const found = await readSeries(ports, [selection], NOW_MS, 1);
  if (!found.ok) throw new Error(found.error.message);
  return found.value;
}

const countsOf = ({ series }: ReadSeries) => {
  const load = series.find(({ labels }) => labels.includes('host_load1'));
  return [2, 1].map((value) => load?.values.filter((one) => one === value).length);
};

test('of two tiers each sample is there once', async () => {
  const all = await read();
  expect(all.warnings).toEqual([]);
  expect(countsOf(all)[0]).toBe(8 * 15);
  expect(new Set(all.series[0]?.timestamps).size).toBe(all.series[0]?.timestamps.length);
});

test('a history that is throttled is missing, and said to be', async () => {
  const { client } = store.table;
  const send = client.send.bind(client) as (command: unknown) => Promise<object>;
  vi.spyOn(client, 'send').mockImplementation((async (command: object) => {
    if (command instanceof QueryCommand) {
      const { ':a': first } = command.input.ExpressionAttributeValues ?? {};
      if (first?.S?.startsWith('R#') === true)
        throw new ProvisionedThroughputExceededException({ message: 'no', $metadata: {} });
    }
    return send(command);
  }) as never);
  const some = await read();
  expect(some.warnings).toEqual(['the table was too busy; missing here: history of a']);
  expect(countsOf(some)[0]).toBe(0);
  expect(some.series.some(({ labels }) => labels.includes('up'))).toBe(false);
});

test('a rollup that can not be read, or lacks a part, is named; others are there', async () => {
  const [bad, parted] = [FIRST_HOUR + 1, FIRST_HOUR + 2];
  for (const [hour, parts] of [
    [bad, {}],
    [parted, { k: { N: '2' } }],
  ] as const) {
    const Item = {
      p: { S: writerHistoryPartition(HOST) },
      s: { S: minutePointsSortKey(hour) },
      b: { B: new Uint8Array(30) },
      g: { N: '99' },
      ttl: { N: String(NOW_MS) },
      ...parts,
    };
    await store.table.client.send(new PutItemCommand({ TableName: store.table.name, Item }));
  }
  const some = await read();
  expect(some.warnings).toHaveLength(3);
  expect(some.warnings[0]).toContain(`a chunk can't be read: a ${minutePointsSortKey(bad)}`);
  expect(some.warnings.join()).toContain('missing');
  expect(countsOf(some)[0]).toBe(6 * 15);
});

test('hours that something came late for are read as they came, unless they are too many', async () => {
  const mark = createLateMarker(store.table, 1, DAY_MS);
  for (const name of [HOST, 'b']) await mark(name, DONE_HOUR, NOW_MS);
  const time = [hourStartMs(DONE_HOUR, phaseMs(HOST)), NOW_MS - 3 * HOUR_MS] as const;
  await storeSeries(store, HOST, [sampled(LOAD, time, () => 3, 4 * MINUTE_MS)]);
  const few = await read();
  expect(few.warnings).toEqual([]);
  expect(countsOf(few)[0]).toBe(7 * 15);
  for (let i = 0; i < 50; i++) await mark(HOST, DONE_HOUR - 1 - i, NOW_MS);
  const many = await read(FIRST_HOUR - 60);
  expect(many.warnings).toEqual([expect.stringMatching(/^what came late in 51 hours of hosts/)]);
  expect(countsOf(many)[0]).toBe(8 * 15);
});
