import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { decodeChunk } from '../../core/chunk/decode.ts';
import { MINUTE_MS, minuteOf } from '../../core/host-minute.ts';
import { parseRuleFile, type RuleGroup } from '../../core/rules/rule-file.ts';
import { formatLabels } from '../../core/series/labels.ts';
import { isStaleAt } from '../../core/series/series.ts';
import { type EvaluatePorts, evaluate } from '../../functions/evaluate/evaluate.ts';
import { createInventoryWriter } from '../../functions/evaluate/inventory-writer.ts';
import { WindowReader } from '../../functions/evaluate/window.ts';
import { type ChunkStore, createChunkStore } from '../../functions/store/chunks.ts';
import {
  createInventoryLedger,
  type InventoryLedger,
} from '../../functions/store/inventory-ledger.ts';
import { createStateStore } from '../../functions/store/state.ts';
import { NOW_MS, sampled, storeSeries } from '../api/fixture.ts';
import { plainDelivery } from './routing.ts';
import { startTable, type TestTable } from './table.ts';

const HOUR_MS = 60 * MINUTE_MS;

let store: TestTable;
let chunks: ChunkStore;
let inventory: InventoryLedger;
beforeEach(async () => {
  store = await startTable();
  chunks = createChunkStore(store.table, 1);
  inventory = createInventoryLedger(store.table);
});
afterEach(() => store.close());

function rules(yaml: string): RuleGroup[] {
  const parsed = parseRuleFile(yaml, 'test.rules.yaml');
  if (!parsed.ok) throw new Error(parsed.error.map(({ message }) => message).join());
  return parsed.value;
}

const HOT = '{ alert: Hot, expr: host_load1 > 5, for: 1m, labels: { severity: critical } }';
const HIGHEST = '{ record: "load:max", expr: max by (host) (host_load1) > 2 }';
const LATE = '{ record: "load:late", expr: max(host_load1) }';

/** A cold evaluator: what it knows of before, it has from the table. */
function cold(groups: RuleGroup[]): EvaluatePorts {
  return {
    rules: async () => ({
      groups,
      windowMs: 10 * MINUTE_MS,
      window: new WindowReader(chunks.minute, () => HOUR_MS),
    }),
    state: createStateStore(store.table),
    ...plainDelivery(async () => ({ ok: true })),
    chunks,
    inventory: createInventoryWriter(inventory, HOUR_MS),
    retentionMs: HOUR_MS,
  };
}

async function storeLoad(host: string, atMs: number, load: number, name = 'mail'): Promise<void> {
  const at = [atMs, atMs] as const;
  const vm = { host, vm: name, uuid: `uuid-of-${host}` };
  await storeSeries(store, host, [
    sampled({ __name__: 'host_load1', host }, at, () => load),
    sampled({ __name__: 'vm_up', ...vm }, at, () => 1),
  ]);
}

async function tickAt(ports: EvaluatePorts, minute: number): Promise<readonly string[]> {
  const atMs = NOW_MS + minute * MINUTE_MS;
  return (await evaluate(ports, atMs, () => atMs)).errors;
}

/** What the evaluator stored at a minute's tick: `series value` lines. */
async function written(minute: number, offsetMs = 0): Promise<string[]> {
  const atMs = NOW_MS + minute * MINUTE_MS - offsetMs;
  const found = await chunks.senderMinute(minuteOf('evaluator', atMs), NOW_MS, 'evaluator');
  const lines: string[] = [];
  for (const { bytes } of found) {
    const decoded = decodeChunk(bytes);
    if (!decoded.ok) throw new Error(decoded.error.message);
    for (const { labels, timestamps, values } of decoded.value.series) {
      timestamps.forEach((at, i) => {
        if (at !== atMs) return;
        lines.push(`${formatLabels(labels)} ${isStaleAt(values, i) ? 'stale' : values[i]}`);
      });
    }
  }
  return lines.sort();
}

describe('series that rules make', () => {
  test('are stored each tick, and ended with a staleness marker', async () => {
    const groups = rules(`groups: [{ name: g, rules: [${HOT}, ${HIGHEST}] }]`);
    const alert = (rest: string) => `{alertname="Hot", ${rest}host="a", severity="critical"}`;
    const since = NOW_MS / 1000;
    await storeLoad('a', NOW_MS - 10_000, 9);
    expect(await tickAt(cold(groups), 0)).toEqual([]);
    expect(await written(0)).toEqual([
      `ALERTS_FOR_STATE${alert('')} ${since}`,
      `ALERTS${alert('alertstate="pending", ')} 1`,
      'load:max{host="a"} 9',
    ]);
    await tickAt(cold(groups), 1);
    expect(await written(1)).toEqual([
      `ALERTS_FOR_STATE${alert('')} ${since}`,
      `ALERTS${alert('alertstate="firing", ')} 1`,
      `ALERTS${alert('alertstate="pending", ')} stale`,
      'load:max{host="a"} 9',
    ]);
    await storeLoad('a', NOW_MS + MINUTE_MS + 30_000, 1);
    await tickAt(cold(groups), 2);
    expect(await written(2)).toEqual([
      `ALERTS_FOR_STATE${alert('')} stale`,
      `ALERTS${alert('alertstate="firing", ')} stale`,
      'load:max{host="a"} stale',
    ]);
    await tickAt(cold(groups), 3);
    expect(await written(3)).toEqual([]);
  });

  test('are stored at the time their group looks at, and only when it is due', async () => {
    const groups = rules(
      `groups: [{ name: g, interval: 3m, query_offset: 90s, rules: [${LATE}] }]`,
    );
    for (const minute of [-3, -2, -1, 0, 1, 2, 3])
      await storeLoad('a', NOW_MS + minute * MINUTE_MS - 90_000, minute);
    const due = [0, 1, 2, 3].filter((minute) => (NOW_MS / MINUTE_MS + minute) % 3 === 0);
    for (const minute of [-1, 0, 1, 2, 3]) await tickAt(cold(groups), minute);
    for (const minute of [0, 1, 2, 3]) {
      const wanted = due.includes(minute) ? [`load:late{} ${minute}`] : [];
      expect(
        (await written(minute, 90_000)).map((line) => line.replace('late ', 'late{} ')),
      ).toEqual(wanted);
    }
  });

  test('are seen by rules of later ticks', async () => {
    const over = '{ record: "seen", expr: "count_over_time(load:late[5m])" }';
    const groups = rules(`groups: [{ name: g, rules: [${LATE}] }, { name: h, rules: [${over}] }]`);
    await storeLoad('a', NOW_MS - 10_000, 3);
    for (const minute of [0, 1, 2]) await tickAt(cold(groups), minute);
    expect(await written(2)).toEqual(['load:late 3', 'seen 2']);
  });

  test('cost no notification if they can not be stored', async () => {
    const groups = rules(`groups: [{ name: g, rules: [${LATE}] }]`);
    await storeLoad('a', NOW_MS - 10_000, 3);
    const broken = { put: () => Promise.reject(new Error('throttled')) };
    expect(await tickAt({ ...cold(groups), chunks: broken }, 0)).toEqual([
      'series of rules were not stored: throttled',
    ]);
  });
});

describe('the inventory', () => {
  const groups = rules(`groups: [{ name: g, rules: [${LATE}] }]`);

  test('knows each host with its VMs, and the evaluator with its metrics', async () => {
    await storeLoad('a', NOW_MS - 10_000, 1);
    await storeLoad('b', NOW_MS - 10_000, 1);
    await tickAt(cold(groups), 0);
    expect(await inventory.hosts(NOW_MS)).toEqual(
      ['a', 'b'].map((host) => ({
        host,
        firstSeenMs: NOW_MS - 10_000,
        lastSeenMs: NOW_MS - 10_000,
        chunkBytes: expect.any(Number),
        vms: [
          {
            uuid: `uuid-of-${host}`,
            name: 'mail',
            firstSeenMs: NOW_MS - 10_000,
            lastSeenMs: NOW_MS - 10_000,
          },
        ],
      })),
    );
    expect(await inventory.senders(NOW_MS)).toEqual([
      { sender: 'evaluator', firstSeenMs: NOW_MS, lastSeenMs: NOW_MS, names: ['load:late'] },
    ]);
    expect(await inventory.hosts(NOW_MS + 100 * HOUR_MS)).toEqual([]);
  });

  test('is written when something changed, and once an hour', async () => {
    let puts = 0;
    const counting: InventoryLedger = {
      ...inventory,
      putHost: (...entry) => {
        puts++;
        return inventory.putHost(...entry);
      },
    };
    const tick = async (minute: number) => {
      const ports = { ...cold(groups), inventory: createInventoryWriter(counting, HOUR_MS) };
      await tickAt(ports, minute);
      return puts;
    };
    await storeLoad('a', NOW_MS - 10_000, 1);
    expect(await tick(0)).toBe(1);
    await storeLoad('a', NOW_MS + MINUTE_MS - 10_000, 1);
    expect(await tick(1)).toBe(1);
    await storeLoad('a', NOW_MS + 2 * MINUTE_MS - 10_000, 1, 'renamed');
    expect(await tick(2)).toBe(2);
    const [host] = await inventory.hosts(NOW_MS);
    expect(host?.vms.map(({ name }) => name)).toEqual(['mail', 'renamed']);
    await storeLoad('a', NOW_MS + HOUR_MS + 2 * MINUTE_MS, 1, 'renamed');
    expect(await tick(63)).toBe(3);
  });

  test('that can not be written is a line in the report', async () => {
    await storeLoad('a', NOW_MS - 10_000, 1);
    const broken = { ...inventory, stored: () => Promise.reject(new Error('throttled')) };
    const ports = { ...cold(groups), inventory: createInventoryWriter(broken, HOUR_MS) };
    expect(await tickAt(ports, 0)).toEqual(['inventory: throttled']);
  });
});
