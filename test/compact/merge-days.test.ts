import { afterEach, beforeEach, expect, test } from 'vitest';
import { phaseMs } from '../../core/host-minute.ts';
import { parsePromql } from '../../core/promql/parse.ts';
import { BLOCK_DAYS, lastFinalBlock, METRIC_GROUPS } from '../../core/rollup/blocks.ts';
import { type HourPoints, toHourPoints } from '../../core/rollup/hour-points.ts';
import { hourStartMs } from '../../core/rollup/hours.ts';
import { labelsFrom, labelsKey } from '../../core/series/labels.ts';
import { type Series, setStaleAt } from '../../core/series/series.ts';
import { DAY_MS, HOUR_MS } from '../../core/time.ts';
import { createHandler } from '../../functions/compact/handler.ts';
import { createChunkStore } from '../../functions/store/chunks.ts';
import { createCompactionProgress } from '../../functions/store/compaction-progress.ts';
import { createInventoryStore } from '../../functions/store/inventory.ts';
import { cacheInventory } from '../../functions/store/inventory-cache.ts';
import { writerHistoryPartition } from '../../functions/store/item-keys.ts';
import { createLateHours } from '../../functions/store/late-hours.ts';
import { partitionItems } from '../../functions/store/partition-items.ts';
import { type ReadSeries, readSeries } from '../../functions/store/reader.ts';
import { createRollupReader } from '../../functions/store/rollup-reader.ts';
import { cacheRollupState } from '../../functions/store/rollup-state.ts';
import { createRollupStore } from '../../functions/store/rollups.ts';
import { startTable, type TestTable } from '../functions/table.ts';

/** A block is over, nothing of it is kept as it came, and the next one has begun. */
const FIRST_DAY = 640 * BLOCK_DAYS;
const LAST_DAY = FIRST_DAY + BLOCK_DAYS + 9;
const NOW_MS = (LAST_DAY + 1) * DAY_MS + 20 * 60_000;
const METRICS = ['host_load1', 'host_cpu_usage_percent', 'host_memory_usage_percent'];

let store: TestTable;
beforeEach(async () => {
  store = await startTable();
  for (const host of ['a', 'gone']) await writeDays(host);
  const seen = { firstSeenMs: NOW_MS - DAY_MS, lastSeenMs: NOW_MS, vms: [] };
  await createInventoryStore(store.table).putHost({ host: 'a', ...seen }, NOW_MS + DAY_MS);
});
afterEach(() => store.close());

async function writeDays(host: string): Promise<void> {
  const rollups = createRollupStore(store.table);
  for (let day = FIRST_DAY; day <= LAST_DAY; day++) {
    // It was switched off for two days.
    if (day === FIRST_DAY + 5 || day === FIRST_DAY + 6) continue;
    const key = { writer: host, vm: '', day };
    await rollups.putDay(key, dayOf(host, day), 0, NOW_MS + DAY_MS);
  }
}

/** Two samples an hour, the last one of the day a staleness marker. */
function dayOf(host: string, day: number): HourPoints[] {
  const startMs = hourStartMs(day * 24, phaseMs(host));
  const timestamps = Float64Array.from({ length: 48 }, (_, i) => startMs + (i * HOUR_MS) / 2);
  return METRICS.map((name, metric) => {
    const values = timestamps.map((_, i) => (day * 31 + i * (metric + 3)) % 97);
    setStaleAt(values, 47);
    const labels = labelsFrom({ __name__: name, host });
    return toHourPoints({ labels, timestamps, values }, phaseMs(host));
  });
}

async function read(query: string, fromDay: number): Promise<ReadSeries> {
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
  const expr = parsePromql(query);
  if (!expr.ok || expr.value.kind !== 'vectorSelector') throw new Error(`${query}: no selector`);
  const span = { fromMs: fromDay * DAY_MS, toMs: NOW_MS, stepMs: HOUR_MS };
  const found = await readSeries(ports, [{ matchers: expr.value.matchers, ...span }], NOW_MS, 1);
  if (!found.ok) throw new Error(found.error.message);
  return found.value;
}

const asText = ({ series }: ReadSeries) =>
  series
    .map((one: Series) =>
      JSON.stringify([
        labelsKey(one.labels),
        [...one.timestamps],
        [...one.values],
        [...(one.summary?.max ?? [])],
        [...(one.summary?.count ?? [])],
      ]),
    )
    .sort();

async function blocksOf(host: string): Promise<number> {
  let count = 0;
  const partition = writerHistoryPartition(host);
  for await (const item of partitionItems(store.table, partition))
    if (item['s']?.S?.startsWith('R#M#') === true) count++;
  return count;
}

/** Says that all is rolled up, so that only days are left to do. */
async function rolledUp(): Promise<void> {
  const lease = await createCompactionProgress(store.table).take(0, NOW_MS, NOW_MS);
  await lease?.advance((LAST_DAY + 1) * 24 - 1);
}

const QUERIES = ['host_load1{host="a"}', 'host_load1{host="gone"}', 'host_cpu_usage_percent'];

test('a block of days answers as the days do, and is made of known hosts', async () => {
  await rolledUp();
  const asked = QUERIES.flatMap((query) =>
    [FIRST_DAY, FIRST_DAY + 20, FIRST_DAY + 33].map((day) => [query, day] as const),
  );
  const before = await Promise.all(asked.map(([query, day]) => read(query, day)));
  expect(before.every(({ series }) => series.length === 1)).toBe(true);
  await createHandler(store.environment, () => NOW_MS)();
  expect([await blocksOf('a'), await blocksOf('gone')]).toEqual([METRIC_GROUPS, 0]);
  const after = await Promise.all(asked.map(([query, day]) => read(query, day)));
  for (const [i, { series, warnings }] of after.entries()) {
    const [, day = 0] = asked[i] ?? [];
    const known = before[i];
    if (known === undefined) throw new Error('not asked before');
    // A block is read whole: what it has of the time before is left to the engine.
    const cut = (all: ReadSeries) =>
      asText({
        ...all,
        series: all.series.map((one) => {
          const from = one.timestamps.findIndex((ms) => ms >= day * DAY_MS + DAY_MS);
          const { summary } = one;
          if (summary === undefined) throw new Error('no points of an hour');
          const { max, count } = summary;
          return {
            ...one,
            timestamps: one.timestamps.slice(from),
            values: one.values.slice(from),
            summary: { ...summary, max: max.slice(from), count: count.slice(from) },
          };
        }),
      });
    expect(cut({ ...known, series })).toEqual(cut(known));
    expect(warnings).toEqual([]);
  }
  expect(after[0]?.cost.rollups).toBeLessThan(before[0]?.cost.rollups ?? 0);
});

test('blocks are made once, and only of days that are rolled up', async () => {
  const compact = () => createHandler(store.environment, () => NOW_MS)();
  await compact();
  const progress = createCompactionProgress(store.table);
  const { doneBlock } = await progress.read(0);
  expect(doneBlock).toBe(640);
  const before = await blocksOf('a');
  await compact();
  expect(await blocksOf('a')).toBe(before);
});

test('nothing can come late for a block that is final', () => {
  const keptMs = 7 * DAY_MS;
  const endMs = (640 + 1) * BLOCK_DAYS * DAY_MS;
  expect(lastFinalBlock(endMs + keptMs, keptMs)).toBe(639);
  expect(lastFinalBlock(endMs + keptMs + DAY_MS, keptMs)).toBe(640);
});
