import { beforeAll, describe, expect, test, vi } from 'vitest';
import { MINUTE_MS, minuteStartMs } from '../../core/host-minute.ts';
import { labelsFrom } from '../../core/series/labels.ts';
import { DAY_MS, HOUR_MS } from '../../core/time.ts';
import { createHandler as createCompact } from '../../functions/compact/handler.ts';
import { createHandler as createIngest } from '../../functions/ingest/handler.ts';
import { addHostKey } from '../../functions/store/host-keys.ts';
import { createInventoryStore } from '../../functions/store/inventory.ts';
import { createLateHours } from '../../functions/store/late-hours.ts';
import { withPatience } from '../../functions/store/patience.ts';
import { createRollupStore } from '../../functions/store/rollups.ts';
import { ask, batchEvent } from './clients.ts';
import { at, LASTING, PASSING } from './faults.ts';
import { type FaultyTable, startFaultyTable } from './faulty-table.ts';
import type { Schedule } from './proxy.ts';
import { storm } from './storm.ts';

/** Hours that are rolled up while the table has faults are what they are without. */

vi.setConfig({ testTimeout: 60_000 });

const DAY = 20_500;
const FIRST_HOUR = DAY * 24;
const MIDNIGHT_MS = DAY * DAY_MS;
const HOSTS = ['web', 'db'];
/** Of each host's hour so many minutes are sent: all code paths in less time. */
const EVERY = 20;

interface World extends FaultyTable {
  nowMs: number;
  readonly keys: Readonly<Record<string, string>>;
}

async function begin(): Promise<World> {
  const store = await startFaultyTable();
  const keys: Record<string, string> = {};
  for (const host of HOSTS) {
    keys[host] = await addHostKey(store.table, host, MIDNIGHT_MS);
    const seen = { host, firstSeenMs: MIDNIGHT_MS, lastSeenMs: MIDNIGHT_MS, vms: [] };
    await createInventoryStore(store.table).putHost(seen, MIDNIGHT_MS + 9 * DAY_MS);
  }
  return { ...store, nowMs: MIDNIGHT_MS, keys };
}

/** An hour's batches as agents send them: each until it is taken, whatever is answered before. */
async function sendHour(world: World, hour: number, schedule?: Schedule): Promise<void> {
  const ingest = createIngest(world.environment, () => world.nowMs);
  world.proxy.inject(schedule);
  for (let i = 0; i < 60; i += EVERY) {
    for (const host of HOSTS) {
      const startMs = minuteStartMs(host, (FIRST_HOUR + hour) * 60 + i);
      world.nowMs = Math.max(world.nowMs, startMs + MINUTE_MS);
      const series = ['host_load1', 'host_cpu_usage_percent'].map((name) => ({
        labels: labelsFrom({ __name__: name, host }),
        timestamps: Float64Array.from({ length: 6 }, (_, k) => startMs + k * 10_000),
        values: Float64Array.from({ length: 6 }, (_, k) => i + k),
      }));
      const event = batchEvent(world.keys[host] ?? '', series);
      let { status } = await ask(ingest, event);
      for (let tries = 0; status !== 200; tries++) {
        expect([tries < 20, status]).toEqual([true, 503]);
        ({ status } = await ask(ingest, event));
      }
    }
  }
  world.proxy.inject();
}

/** All that is left of the hours of all hosts, and what is still to be done. */
async function rollups({ table, nowMs }: World): Promise<unknown> {
  const store = createRollupStore(table);
  const left = HOSTS.map(async (host) => ({
    minutes: await Promise.all(
      [0, 1].map(async (hour) => {
        const series = await store.minutePoints(host, FIRST_HOUR + hour, nowMs);
        return series?.map(({ values }) => values.length);
      }),
    ),
    points: await Promise.all(
      [0, 1].map((hour) => store.minutePoints(host, FIRST_HOUR + hour, nowMs)),
    ),
    day: (await store.day({ writer: host, vm: '', day: DAY }, nowMs)).points,
  }));
  return { of: await Promise.all(left), marks: await createLateHours(table).list(0) };
}

/** A run of the compactor, of a function that has just started. */
async function compact(
  world: World,
  schedule: Schedule | undefined,
  patienceMs: number,
): Promise<'done' | 'failed'> {
  world.proxy.inject(schedule);
  const run = createCompact(world.environment, () => world.nowMs);
  try {
    await withPatience(schedule === undefined ? 60_000 : patienceMs, run);
    return 'done';
  } catch {
    return 'failed';
  } finally {
    world.proxy.inject();
  }
}

const RUN_AT = 12 * MINUTE_MS;

/** An hour, rolled up by a first run, or else by the next. */
async function oneHour(
  schedule?: Schedule,
  patienceMs = 60_000,
): Promise<{ rollups: unknown; first: string; calls: number }> {
  const world = await begin();
  try {
    await sendHour(world, 0);
    world.nowMs = MIDNIGHT_MS + HOUR_MS + RUN_AT;
    const first = await compact(world, schedule, patienceMs);
    const calls = world.proxy.calls().length;
    world.nowMs += HOUR_MS;
    expect(await compact(world, undefined, 60_000)).toBe('done');
    return { rollups: await rollups(world), first, calls };
  } finally {
    await world.close();
  }
}

/** Two hours and what comes late of the first, all of it sent and rolled up in a storm, but for the last run. */
async function twoHours(stormOf: (part: number) => Schedule | undefined): Promise<unknown> {
  const world = await begin();
  try {
    await sendHour(world, 0, stormOf(0));
    world.nowMs = MIDNIGHT_MS + HOUR_MS + RUN_AT;
    await compact(world, stormOf(1), 1500);
    await sendHour(world, 1, stormOf(2));
    // A host that was cut off brings its hour again, and more of it.
    await sendLate(world, stormOf(3));
    for (const [hour, faults] of [
      [2, stormOf(4)],
      [3, undefined],
    ] as const) {
      world.nowMs = MIDNIGHT_MS + hour * HOUR_MS + RUN_AT;
      await compact(world, faults, 1500);
    }
    return await rollups(world);
  } finally {
    await world.close();
  }
}

async function sendLate(world: World, schedule?: Schedule): Promise<void> {
  const ingest = createIngest(world.environment, () => world.nowMs);
  world.proxy.inject(schedule);
  const host = 'web';
  const startMs = minuteStartMs(host, FIRST_HOUR * 60 + 1);
  const timestamps = Float64Array.of(startMs, startMs + 10_000);
  const labels = labelsFrom({ __name__: 'host_load1', host });
  const event = batchEvent(world.keys[host] ?? '', [
    { labels, timestamps, values: Float64Array.of(100, 200) },
  ]);
  for (let tries = 0; (await ask(ingest, event)).status !== 200; tries++)
    expect(tries).toBeLessThan(20);
  world.proxy.inject();
}

let calm: Awaited<ReturnType<typeof oneHour>>;
beforeAll(async () => {
  calm = await oneHour();
});

test('without faults an hour is rolled up, and nothing is left to do', () => {
  expect(calm.first).toBe('done');
  const minutes = [[60 / EVERY, 60 / EVERY], undefined];
  expect(calm.rollups).toMatchObject({ of: [{ minutes }, { minutes }], marks: [] });
});

describe('a run in which the table has a fault', () => {
  test('from some call on ends there, and the next does it again', async () => {
    const denied = LASTING['access denied'];
    // Taking the lease, the inventory, chunks, writing minutes and days, saying that the hour is done.
    for (const from of [0, 30, calm.calls - 6, calm.calls - 3]) {
      const { rollups, first } = await oneHour(({ index }) => (index >= from ? denied : undefined));
      expect([from, first, rollups]).toEqual([from, 'failed', calm.rollups]);
    }
  });

  test('at one call goes on, whichever it is', async () => {
    const lost = PASSING['answer lost'];
    if (lost === undefined) return expect.fail('no such fault');
    for (const index of [1, calm.calls - 9, calm.calls - 1]) {
      const { rollups, first } = await oneHour(at(index, lost));
      expect([index, first, rollups]).toEqual([index, 'done', calm.rollups]);
    }
  });
});

test('what is sent and rolled up in a storm is what it is without one', async () => {
  const [wanted, ...found] = await Promise.all([
    twoHours(() => undefined),
    ...[1, 2].map((seed) => twoHours((part) => storm(seed * 100 + part, part === 1 ? 0.5 : 0.2))),
  ]);
  for (const one of found) expect(one).toEqual(wanted);
});
