import { afterEach, beforeEach, expect, test } from 'vitest';
import { phaseMs, shardOf } from '../../core/host-minute.ts';
import { BLOCK_DAYS, lastFinalBlock, METRIC_GROUPS } from '../../core/rollup/blocks.ts';
import { toHourPoints } from '../../core/rollup/hour-points.ts';
import { hourStartMs, lastSettledHour } from '../../core/rollup/hours.ts';
import { labelsFrom } from '../../core/series/labels.ts';
import { DAY_MS, HOUR_MS } from '../../core/time.ts';
import { createHandler } from '../../functions/compact/handler.ts';
import { createCompactionProgress } from '../../functions/store/compaction-progress.ts';
import { putEntry } from '../../functions/store/conf-items.ts';
import { createInventoryStore } from '../../functions/store/inventory.ts';
import {
  SHARDS_PARTITION,
  SHARDS_SORT_KEY,
  writerHistoryPartition,
} from '../../functions/store/item-keys.ts';
import { createLateHours } from '../../functions/store/late-hours.ts';
import { partitionItems } from '../../functions/store/partition-items.ts';
import { cacheRollupState } from '../../functions/store/rollup-state.ts';
import { createRollupStore } from '../../functions/store/rollups.ts';
import { createShards } from '../../functions/store/shards.ts';
import { startTable, type TestTable } from '../functions/table.ts';

const BLOCK = 640;
const BLOCK_HOURS = BLOCK_DAYS * 24;
/** Two blocks are final. */
const NOW_MS = (BLOCK + 2) * BLOCK_DAYS * DAY_MS + 9 * DAY_MS;
const LAST_HOUR = lastSettledHour(NOW_MS);
const HOSTS = Array.from({ length: 12 }, (_, i) => `web-${i}`);

let store: TestTable;
beforeEach(async () => {
  store = await startTable();
});
afterEach(() => store.close());

const compact = () => createHandler(store.environment, () => NOW_MS)();
const state = () =>
  cacheRollupState(
    createCompactionProgress(store.table),
    createLateHours(store.table),
    createShards(store.table, 1, () => NOW_MS, false),
  )(NOW_MS);

function putEpochs(...epochs: readonly (readonly [from: number, count: number])[]) {
  const entry = { sortKey: SHARDS_SORT_KEY, revision: 0, value: epochs };
  return putEntry(store.table, SHARDS_PARTITION, entry, undefined);
}

/** Says how far a shard is. */
async function progressed(shard: number, doneHour: number, doneBlock: number): Promise<void> {
  const lease = await createCompactionProgress(store.table).take(shard, NOW_MS, NOW_MS);
  await lease?.advance(doneHour);
  await lease?.advanceBlock(doneBlock);
  await lease?.release();
}

async function blocksOf(host: string): Promise<string[]> {
  const blocks: string[] = [];
  for await (const item of partitionItems(store.table, writerHistoryPartition(host))) {
    const [, block] = /^R#M#\d#(\d+)/.exec(item['s']?.S ?? '') ?? [];
    if (block !== undefined) blocks.push(block);
  }
  return blocks.sort();
}

test('each host has each block, though it was in shards that were not equally far', async () => {
  const rollups = createRollupStore(store.table);
  for (const host of HOSTS) {
    for (const day of [BLOCK * BLOCK_DAYS + 3, (BLOCK + 1) * BLOCK_DAYS + 3]) {
      const series = {
        labels: labelsFrom({ __name__: 'host_load1', host }),
        timestamps: Float64Array.of(hourStartMs(day * 24, phaseMs(host))),
        values: Float64Array.of(1),
      };
      const points = toHourPoints(series, phaseMs(host));
      await rollups.putDay({ writer: host, vm: '', day }, [points], 0, NOW_MS + 99 * DAY_MS);
    }
    const seen = { firstSeenMs: 0, lastSeenMs: NOW_MS, vms: [] };
    await createInventoryStore(store.table).putHost({ host, ...seen }, NOW_MS + DAY_MS);
  }
  // Within the second block four shards become three, of which the first had put together nothing of it.
  await putEpochs([0, 4], [(BLOCK + 1) * BLOCK_HOURS + 77, 3], [LAST_HOUR, 9]);
  for (let shard = 0; shard < 4; shard++) await progressed(shard, LAST_HOUR - 1, BLOCK - 1);
  expect(await state()).toMatchObject({ doneHour: LAST_HOUR - 1, doneBlock: BLOCK - 1 });
  await compact();
  expect(new Set(HOSTS.map((host) => shardOf(host, 4)))).toHaveLength(4);
  const [first, second] = [BLOCK, BLOCK + 1].map((block) =>
    new Array<string>(METRIC_GROUPS).fill(String(block).padStart(4, '0')),
  );
  for (const host of HOSTS)
    expect([host, await blocksOf(host)]).toEqual([host, [...(first ?? []), ...(second ?? [])]]);
  const doneBlock = lastFinalBlock(NOW_MS, 7 * DAY_MS);
  expect(doneBlock).toBe(BLOCK + 1);
  expect(await state()).toMatchObject({ doneHour: LAST_HOUR, doneBlock });
}, 30_000);

test('a shard that is no more holds nothing up, even if it never came to its last hours', async () => {
  await putEpochs([0, 2], [LAST_HOUR - 20 * 24, 1]);
  await progressed(0, LAST_HOUR - 1, BLOCK + 1);
  await progressed(1, LAST_HOUR - 30 * 24, BLOCK - 20);
  const stuck = await state();
  expect(stuck).toMatchObject({ doneHour: LAST_HOUR - 30 * 24 });
  await compact();
  expect(await state()).toMatchObject({ doneHour: LAST_HOUR, doneBlock: BLOCK + 1 });
  // And then costs a look.
  expect((await compact()).map(({ shard }) => shard)).toEqual([0]);
});

test('a shard that was no more for a while goes on where it is there again', async () => {
  await putEpochs([0, 3], [LAST_HOUR - 9, 1], [LAST_HOUR - 2, 3]);
  for (let shard = 0; shard < 3; shard++) await progressed(shard, LAST_HOUR - 12, BLOCK + 1);
  const reports = await compact();
  expect(reports.map(({ shard, hours }) => [shard, hours])).toEqual([
    [0, 12],
    [1, 2 + 3],
    [2, 2 + 3],
  ]);
  expect(await state()).toMatchObject({ doneHour: LAST_HOUR });
});

test('hours of more shards are done when the new ones have done them too', async () => {
  await putEpochs([0, 1], [LAST_HOUR, 2]);
  await progressed(0, LAST_HOUR, BLOCK + 1);
  expect(await state()).toMatchObject({ doneHour: LAST_HOUR - 1, doneBlock: BLOCK + 1 });
  await compact();
  expect(await state()).toMatchObject({ doneHour: LAST_HOUR, doneBlock: BLOCK + 1 });
  expect(LAST_HOUR * HOUR_MS).toBeLessThan(NOW_MS);
});
