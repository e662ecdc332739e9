import { afterAll, beforeAll, expect, test } from 'vitest';
import { MINUTE_MS, phaseMs } from '../../core/host-minute.ts';
import { labelValue } from '../../core/series/labels.ts';
import { DAY_MS, HOUR_MS } from '../../core/time.ts';
import { createHandler } from '../../functions/compact/handler.ts';
import { RolledHours } from '../../functions/evaluate/rolled-hours.ts';
import { WindowReader } from '../../functions/evaluate/window.ts';
import { createChunkStore } from '../../functions/store/chunks.ts';
import { createCompactionProgress } from '../../functions/store/compaction-progress.ts';
import { createInventoryStore } from '../../functions/store/inventory.ts';
import { createRollupReader } from '../../functions/store/rollup-reader.ts';
import { sampled, storeSeries } from '../api/fixture.ts';
import { startTable, type TestTable } from './table.ts';

const FROM_MS = Date.UTC(2026, 2, 1, 0, 0, 0);
const NOW_MS = FROM_MS + 9 * HOUR_MS + 20 * MINUTE_MS;
const HOSTS = ['web-1', 'web-2', 'db-1'];
/** A forecast looks far back at one metric, all other rules at the last minutes. */
const keepMs = (metric: string) => (metric === 'host_load1' ? 8 * HOUR_MS : 10 * MINUTE_MS);

let store: TestTable;
let minutesRead: number[];

beforeAll(async () => {
  store = await startTable();
  const inventory = createInventoryStore(store.table);
  const seen = { firstSeenMs: FROM_MS, lastSeenMs: NOW_MS, vms: [] };
  for (const host of HOSTS) {
    const time = [FROM_MS + phaseMs(host) + 1000, NOW_MS] as const;
    // A sample every other minute: points of a minute lose nothing of them.
    const every = 2 * MINUTE_MS;
    const load = sampled({ __name__: 'host_load1', host }, time, (at) => (at / every) % 17, every);
    const uptime = sampled({ __name__: 'host_uptime_seconds', host }, time, () => 1, every);
    await storeSeries(store, host, [load, uptime], NOW_MS);
    await inventory.putHost({ host, ...seen }, NOW_MS + DAY_MS);
  }
}, 60_000);
afterAll(() => store.close());

function newReader(rolled: 'rolled' | 'raw'): WindowReader {
  minutesRead = [];
  const read = (minute: number, nowMs: number) => {
    minutesRead.push(minute);
    return createChunkStore(store.table, 1).minute(minute, nowMs);
  };
  if (rolled === 'raw') return new WindowReader(read, keepMs);
  const inventory = createInventoryStore(store.table);
  const rollupState = () => createCompactionProgress(store.table).read(0);
  const rollups = createRollupReader(store.table);
  return new WindowReader(
    read,
    keepMs,
    new RolledHours({ rollups, rollupState, inventory, keepMs }),
  );
}

/** What rules see of a time, as text. */
async function seen(reader: WindowReader, fromMs: number, nowMs: number) {
  const { series, hosts, errors } = await reader.load(fromMs, nowMs);
  expect(errors).toEqual([]);
  const inTime = (ms: number) => ms >= fromMs;
  return {
    series: series
      .filter(({ labels }) => labelValue(labels, '__name__') === 'host_load1')
      .map(({ labels, timestamps, values }) => {
        const rows = [...timestamps].map((ms, i) => `${ms}=${values[i]}`);
        return `${labels.join(' ')} ${rows.filter((_, i) => inTime(timestamps[i] ?? 0)).join(' ')}`;
      })
      .sort(),
    hosts: hosts
      .map(({ host, timestamps }) => [host, timestamps.filter(inTime)] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  };
}

test('nothing changes while nothing is rolled up', async () => {
  const fromMs = NOW_MS - 5 * HOUR_MS;
  const raw = await seen(newReader('raw'), fromMs, NOW_MS);
  const count = minutesRead.length;
  expect(await seen(newReader('rolled'), fromMs, NOW_MS)).toEqual(raw);
  expect(minutesRead).toHaveLength(count);
});

test('rules that look far back see the same, of a point a minute, and few minutes are read', async () => {
  await createHandler(store.environment, () => NOW_MS)();
  const fromMs = NOW_MS - 6 * HOUR_MS;
  const reader = newReader('rolled');
  const rolled = await seen(reader, fromMs, NOW_MS);
  expect(minutesRead.length).toBeLessThan(4 * 60);
  expect(rolled.series).toHaveLength(HOSTS.length);
  const later = NOW_MS + HOUR_MS;
  minutesRead = [];
  const next = await seen(reader, later - 6 * HOUR_MS, later);
  // What it has as it came becomes points; new minutes alone are read.
  expect(minutesRead.length).toBeLessThan(70);
  expect(rolled).toEqual(await seen(newReader('raw'), fromMs, NOW_MS));
  expect(next).toEqual(await seen(newReader('raw'), later - 6 * HOUR_MS, later));
});

test('a short window asks for no rollups', async () => {
  const reader = newReader('rolled');
  const fromMs = NOW_MS - 2 * HOUR_MS;
  const rolled = await seen(reader, fromMs, NOW_MS);
  expect(rolled).toEqual(await seen(newReader('raw'), fromMs, NOW_MS));
});
