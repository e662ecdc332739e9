import {
  BatchGetItemCommand,
  GetItemCommand,
  ProvisionedThroughputExceededException,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { MINUTE_MS, minuteOf } from '../../core/host-minute.ts';
import { createMatcher } from '../../core/promql/selector.ts';
import type { Matcher } from '../../core/promql/source.ts';
import { labelValue } from '../../core/series/labels.ts';
import { DAY_MS } from '../../core/time.ts';
import { createChunkStore } from '../../functions/store/chunks.ts';
import { createCompactionProgress } from '../../functions/store/compaction-progress.ts';
import { createInventoryStore } from '../../functions/store/inventory.ts';
import { cacheInventory } from '../../functions/store/inventory-cache.ts';
import { createLateHours } from '../../functions/store/late-hours.ts';
import type { ReadFailure } from '../../functions/store/read-items.ts';
import { type ReaderPorts, type ReadSeries, readSeries } from '../../functions/store/reader.ts';
import { createRollupReader } from '../../functions/store/rollup-reader.ts';
import { cacheRollupState } from '../../functions/store/rollup-state.ts';
import { NOW_MS, noteHost, sampled, storeSeries } from '../api/fixture.ts';
import { startTable, type TestTable } from '../functions/table.ts';

let store: TestTable;
let ports: ReaderPorts;
/** The names of the calls made. */
let calls: string[];

beforeEach(async () => {
  store = await startTable();
  ports = {
    chunks: createChunkStore(store.table, 1),
    inventory: cacheInventory(createInventoryStore(store.table)),
    shardCount: 1,
    rollups: createRollupReader(store.table),
    rollupState: cacheRollupState(
      createCompactionProgress(store.table),
      createLateHours(store.table),
      1,
    ),
    retention: { rawMs: 7 * DAY_MS, minuteMs: 30 * DAY_MS, hourMs: 400 * DAY_MS },
    limits: { hostMinutes: 100_000, readUnits: 40_000 },
    clockMs: () => 0,
  };
});
afterEach(() => store.close());

/** Counts calls from here on; `answer` may answer one in the table's stead. */
function watch(answer?: (command: unknown) => object | undefined): void {
  calls = [];
  const { client } = store.table;
  const send = client.send.bind(client) as (command: unknown) => Promise<object>;
  vi.spyOn(client, 'send').mockImplementation((async (command: object) => {
    calls.push(command.constructor.name);
    const fake = answer?.(command);
    if (fake instanceof Error) throw fake;
    return fake ?? send(command);
  }) as never);
}

function matcher(name: string, op: Matcher['op'], value: string): Matcher {
  const made = createMatcher(name, op, value);
  if (!made.ok) throw new Error(made.error.message);
  return made.value;
}

const LOAD = matcher('__name__', '=', 'host_load1');

async function read(matchers: readonly Matcher[], minutes = 5): Promise<ReadSeries> {
  const result = await tryRead(matchers, minutes);
  if (!('series' in result)) throw new Error(result.message);
  return result;
}

async function tryRead(
  matchers: readonly Matcher[],
  minutes = 5,
): Promise<ReadSeries | ReadFailure> {
  const selection = { matchers, fromMs: NOW_MS - minutes * MINUTE_MS + 1, toMs: NOW_MS };
  const result = await readSeries(ports, [selection], NOW_MS, 1);
  return result.ok ? result.value : result.error;
}

async function storeHosts(names: readonly string[], minutes = 8): Promise<void> {
  for (const host of names) {
    const time = [NOW_MS - minutes * MINUTE_MS, NOW_MS] as const;
    await noteHost(store, host, { chunkBytes: 1500 });
    await storeSeries(store, host, [
      sampled({ __name__: 'host_load1', host }, time, () => 1),
      sampled({ __name__: 'host_uptime_seconds', host }, time, () => 2),
    ]);
  }
}

const hostsOf = ({ series }: ReadSeries) => series.map(({ labels }) => labelValue(labels, 'host'));

describe('the reader calls', () => {
  test('one BatchGetItem for an instant query of one host', async () => {
    await storeHosts(['a', 'b']);
    await ports.inventory.senders(NOW_MS); // A warm function knows whether there are senders.
    watch();
    const { series, warnings } = await read([LOAD, matcher('host', '=', 'a')]);
    expect(calls).toEqual([BatchGetItemCommand.name]);
    expect(series.map(({ labels }) => labels)).toEqual([['__name__', 'host_load1', 'host', 'a']]);
    expect([...(series[0]?.timestamps ?? [])]).toEqual(
      expect.arrayContaining([NOW_MS - 4 * MINUTE_MS, NOW_MS]),
    );
    expect(warnings).toEqual([]);
  });

  test('one for a VM by UUID, once the inventory is known', async () => {
    await storeHosts(['a', 'b']);
    await noteHost(store, 'b', { vms: [{ uuid: 'u-1', name: 'mail', lastSeenMs: NOW_MS }] });
    await Promise.all([ports.inventory.hosts(NOW_MS), ports.inventory.senders(NOW_MS)]);
    watch();
    const { cost } = await read([matcher('uuid', '=', 'u-1')]);
    expect(calls).toEqual([BatchGetItemCommand.name]);
    expect(cost.hostMinutes).toBeLessThanOrEqual(7);
    calls = [];
    await read([matcher('uuid', '=', 'nobody')]);
    expect(calls).toEqual([]);
  });

  test('whole minutes for the whole fleet, and for most of it', async () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    await storeHosts(names);
    await Promise.all([ports.inventory.hosts(NOW_MS), ports.inventory.senders(NOW_MS)]);
    watch();
    expect(hostsOf(await read([LOAD])).sort()).toEqual(names);
    expect(new Set(calls)).toEqual(new Set([QueryCommand.name]));
    calls = [];
    expect(hostsOf(await read([LOAD, matcher('host', '!=', 'f')]))).toHaveLength(5);
    expect(new Set(calls)).toEqual(new Set([QueryCommand.name]));
    calls = [];
    expect(hostsOf(await read([LOAD, matcher('host', '=~', 'a|b')]))).toHaveLength(2);
    expect(calls).toEqual([BatchGetItemCommand.name]);
  });

  test('a hundred keys at a time', async () => {
    await Promise.all([ports.inventory.senders(NOW_MS), ports.rollupState(NOW_MS)]);
    watch();
    await read([LOAD, matcher('host', '=', 'a')], 450);
    expect(calls).toEqual(Array(5).fill(BatchGetItemCommand.name));
  });

  test('senders only where they may have such a metric', async () => {
    await storeHosts(['a']);
    const inventory = createInventoryStore(store.table);
    const seen = { firstSeenMs: NOW_MS, lastSeenMs: NOW_MS };
    const expiresAtMs = NOW_MS + MINUTE_MS;
    await inventory.putSender({ sender: 'evaluator', ...seen, names: ['ALERTS'] }, expiresAtMs);
    await ports.inventory.senders(NOW_MS);
    watch();
    await read([LOAD, matcher('host', '=', 'a')]);
    expect(calls).toEqual([BatchGetItemCommand.name]);
    calls = [];
    await read([matcher('__name__', '=', 'ALERTS'), matcher('host', '=', 'a')]);
    expect(new Set(calls)).toEqual(new Set([QueryCommand.name]));
  });

  test('nobody for times that are not kept, or have not come', async () => {
    await ports.inventory.senders(NOW_MS);
    watch();
    const selection = { matchers: [LOAD], fromMs: 0, toMs: 1000 };
    const later = { matchers: [LOAD], fromMs: NOW_MS + 1e12, toMs: NOW_MS + 2e12 };
    const result = await readSeries(ports, [selection, later], NOW_MS, 1);
    expect(result).toMatchObject({ ok: true, value: { series: [] } });
    expect(calls).toEqual([]);
  });
});

describe('what could not be read', () => {
  const throttled = new ProvisionedThroughputExceededException({ message: 'no', $metadata: {} });

  test('at first is asked for again', async () => {
    await storeHosts(['a']);
    let times = 0;
    watch((command) => {
      if (!(command instanceof BatchGetItemCommand) || times++ > 1) return undefined;
      return { Responses: {}, UnprocessedKeys: command.input.RequestItems };
    });
    const { series, warnings } = await read([LOAD, matcher('host', '=', 'a')]);
    expect(series).toHaveLength(1);
    expect(warnings).toEqual([]);
  });

  test('at last is a warning, and its host is not called silent', async () => {
    await storeHosts(['a', 'b']);
    const keyOfB = (key: Record<string, { S?: string }>) => key['s']?.S === 'b';
    const { client } = store.table;
    const send = client.send.bind(client) as (command: unknown) => Promise<object>;
    vi.spyOn(client, 'send').mockImplementation((async (command: object) => {
      if (!(command instanceof BatchGetItemCommand)) return send(command);
      const keys = (command.input.RequestItems?.['test']?.Keys ?? []) as Record<
        string,
        { S?: string }
      >[];
      const mine = keys.filter((key) => !keyOfB(key));
      const left = { test: { Keys: keys.filter(keyOfB) } };
      if (mine.length === 0) return { Responses: {}, UnprocessedKeys: left };
      const page = await send(
        new BatchGetItemCommand({ RequestItems: { test: { Keys: mine as never } } }),
      );
      return { ...page, UnprocessedKeys: left };
    }) as never);
    const all = await read([matcher('host', '=~', 'a|b')]);
    expect(new Set(hostsOf(all))).toEqual(new Set(['a']));
    expect(all.warnings).toEqual([
      expect.stringMatching(
        /^the table was too busy; missing here: b 2026-03-01T11:\d\d, .* more$/,
      ),
    ]);
  });

  test('of a whole query is a failure', async () => {
    await storeHosts(['a', 'b', 'c', 'd']);
    await ports.inventory.senders(NOW_MS);
    await ports.inventory.hosts(NOW_MS);
    watch((command) => (command instanceof GetItemCommand ? undefined : throttled));
    expect(await tryRead([LOAD])).toMatchObject({ code: 'busy' });
    expect(await tryRead([LOAD, matcher('host', '=', 'a')])).toMatchObject({ code: 'busy' });
  });

  test('as its chunk is damaged is a warning', async () => {
    await storeHosts(['a', 'b']);
    const minute = minuteOf('c', NOW_MS - MINUTE_MS);
    await createChunkStore(store.table, 1).put(
      { writer: 'c', minute, bytes: new Uint8Array(30), firstMs: 1, sampleCount: 1 },
      'shorter',
      NOW_MS + MINUTE_MS,
    );
    const { series, warnings } = await read([LOAD]);
    expect(series).toHaveLength(2);
    expect(warnings).toEqual([expect.stringMatching(/^a chunk can't be read: c 2026-.*checksum/)]);
  });

  test('in time is a timeout', async () => {
    ports = { ...ports, clockMs: () => 2 };
    expect(await tryRead([LOAD])).toMatchObject({ code: 'timeout' });
  });
});

test('series in parts, from minutes and senders, come as one, expired ones left out', async () => {
  await storeHosts(['a'], 3);
  const inventory = createInventoryStore(store.table);
  const seen = { firstSeenMs: NOW_MS, lastSeenMs: NOW_MS };
  await inventory.putSender({ sender: 'prom', ...seen }, NOW_MS + MINUTE_MS);
  const early = [NOW_MS - 8 * MINUTE_MS, NOW_MS - 4 * MINUTE_MS] as const;
  await storeSeries(store, '@prom', [
    sampled({ __name__: 'host_load1', host: 'a' }, early, () => 5),
  ]);
  const { series } = await read([LOAD], 10);
  expect(series).toHaveLength(1);
  const { timestamps = new Float64Array(), values = new Float64Array() } = series[0] ?? {};
  expect([...timestamps]).toEqual([...timestamps].sort((a, b) => a - b));
  expect([values[0], values.at(-1)]).toEqual([5, 1]);
  const later = NOW_MS + 60 * 24 * 60 * MINUTE_MS;
  const selection = { matchers: [LOAD], fromMs: NOW_MS - 5 * MINUTE_MS, toMs: NOW_MS };
  ports = { ...ports, retention: { ...ports.retention, rawMs: 365 * DAY_MS } };
  expect(await readSeries(ports, [selection], later, 1)).toMatchObject({
    value: { series: [] },
  });
});
