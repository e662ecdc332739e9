import { createHash } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MINUTE_MS } from '../../core/host-minute.ts';
import type { HostEntry } from '../../core/inventory/entry.ts';
import { DAY_MS } from '../../core/time.ts';
import { createInventoryWriter } from '../../functions/evaluate/inventory-writer.ts';
import { cacheInventory } from '../../functions/store/inventory-cache.ts';
import {
  createInventoryLedger,
  type InventoryLedger,
} from '../../functions/store/inventory-ledger.ts';
import { NOW_MS } from '../api/fixture.ts';
import { startTable, type TestTable } from '../functions/table.ts';

const UUID = '11111111-2222-4333-8444-555555555555';

let store: TestTable;
let ledger: InventoryLedger;
beforeEach(async () => {
  store = await startTable();
  ledger = createInventoryLedger(store.table);
});
afterEach(() => store.close());

function entry(host: string, more: Partial<HostEntry> = {}): HostEntry {
  return { host, firstSeenMs: NOW_MS - DAY_MS, lastSeenMs: NOW_MS, vms: [], ...more };
}

const WHOLE: HostEntry = entry('hv1', {
  chunkBytes: 1234,
  facts: {
    os: 'Debian GNU/Linux 12',
    kernel: '6.1.0-28-amd64',
    arch: 'x64',
    cpu: 'AMD EPYC',
    virtualization: 'kvm',
    hypervisor: 'qemu',
    machine: 'abc',
    agentVersion: '0.1.0',
    cpuCount: 8,
    memoryBytes: 2 ** 34,
    tags: { env: 'prod', "a'b": '"' },
  },
  vms: [
    { uuid: UUID, name: 'mail', firstSeenMs: NOW_MS - 9 * DAY_MS, lastSeenMs: NOW_MS - 7 },
    { uuid: 'other', name: 'db é', lastSeenMs: NOW_MS, vcpus: 2, memoryBytes: 2 ** 31 },
  ],
  stays: [
    { uuid: UUID, fromMs: NOW_MS - 9 * DAY_MS, toMs: NOW_MS - 5 },
    { uuid: 'other', fromMs: NOW_MS - 3 },
  ],
});

describe('an entry in the table', () => {
  test('comes back as it was written', async () => {
    await ledger.putHost(WHOLE, NOW_MS + DAY_MS);
    expect(await ledger.hosts(NOW_MS)).toEqual([WHOLE]);
    expect(await ledger.storedHost('hv1', NOW_MS)).toEqual({ entry: WHOLE, revision: 1 });
  });

  test('is not replaced by who has not seen what is there', async () => {
    expect(await ledger.putHost(entry('a'), NOW_MS + DAY_MS, 0)).toBe(true);
    expect(await ledger.putHost(entry('a', { chunkBytes: 1 }), NOW_MS + DAY_MS, 0)).toBe(false);
    expect(await ledger.putHost(entry('a', { chunkBytes: 2 }), NOW_MS + DAY_MS, 1)).toBe(true);
    expect(await ledger.putHost(entry('a', { chunkBytes: 3 }), NOW_MS + DAY_MS, 1)).toBe(false);
    expect((await ledger.hosts(NOW_MS))[0]?.chunkBytes).toBe(2);
  });

  test('ends by itself', async () => {
    await ledger.putHost(entry('a'), NOW_MS + MINUTE_MS);
    await ledger.putApart(entry('b'), NOW_MS, NOW_MS + MINUTE_MS);
    const hosts = async (atMs: number) =>
      (await ledger.hosts(atMs, 0)).map(({ host }) => host).sort();
    expect(await hosts(NOW_MS)).toEqual(['a', 'b']);
    expect(await hosts(NOW_MS + MINUTE_MS)).toEqual([]);
    expect(await ledger.storedHost('a', NOW_MS + MINUTE_MS)).toBeUndefined();
  });
});

describe('a host that is gone', () => {
  const GONE_MS = NOW_MS - 20 * DAY_MS;
  const gone = entry('gone', { firstSeenMs: GONE_MS - DAY_MS, lastSeenMs: GONE_MS });

  beforeEach(async () => {
    await ledger.putHost(entry('a'), NOW_MS + DAY_MS);
    await ledger.putHost(gone, NOW_MS + DAY_MS, 0);
    await ledger.putApart(gone, GONE_MS, NOW_MS + DAY_MS);
    await ledger.retire({ entry: gone, revision: 1 }, NOW_MS + DAY_MS);
  });

  test('is read by who asks about its time, and not by others', async () => {
    const { hosts } = cacheInventory(ledger);
    const names = async (sinceMs?: number) =>
      (await hosts(NOW_MS, sinceMs)).map(({ host }) => host).sort();
    expect(await names()).toEqual(['a']);
    expect(await names(NOW_MS - 19 * DAY_MS)).toEqual(['a']);
    expect(await names(GONE_MS)).toEqual(['a', 'gone']);
    expect(await names(GONE_MS + 1)).toEqual(['a', 'gone']); // remembered for a minute
    expect(await names(NOW_MS - DAY_MS)).toEqual(['a']);
  });

  test('leaves behind since when it was known', async () => {
    expect(await ledger.formerSinceMs('gone', NOW_MS)).toBe(GONE_MS - DAY_MS);
    expect(await ledger.formerSinceMs('gone', NOW_MS + DAY_MS)).toBeUndefined();
    expect(await ledger.formerSinceMs('a', NOW_MS)).toBeUndefined();
  });

  test('stays among those that report if it was seen again meanwhile', async () => {
    await ledger.putHost(entry('b'), NOW_MS + DAY_MS, 0);
    await ledger.putHost(entry('b'), NOW_MS + DAY_MS, 1);
    await ledger.retire({ entry: entry('b'), revision: 1 }, NOW_MS + DAY_MS);
    expect((await ledger.hosts(NOW_MS)).map(({ host }) => host)).toEqual(['a', 'b']);
  });

  test('is one host with what is known of it now', async () => {
    const stay = { uuid: UUID, fromMs: GONE_MS - DAY_MS };
    const vm = { uuid: UUID, name: 'mail', lastSeenMs: GONE_MS };
    await ledger.putApart({ ...gone, vms: [vm], stays: [stay] }, GONE_MS, NOW_MS + DAY_MS);
    await ledger.putHost(entry('gone', { chunkBytes: 7 }), NOW_MS + DAY_MS);
    const all = await ledger.hosts(NOW_MS, 0);
    expect(all.find(({ host }) => host === 'gone')).toEqual({
      host: 'gone',
      firstSeenMs: GONE_MS - DAY_MS,
      lastSeenMs: NOW_MS,
      chunkBytes: 7,
      vms: [vm],
      stays: [{ ...stay, toMs: GONE_MS + 1 }],
    });
  });
});

describe('what an earlier release wrote', () => {
  const LONG_AGO_MS = NOW_MS - 300 * DAY_MS;
  const KEEP_MS = 400 * DAY_MS;
  const old = {
    firstSeenMs: LONG_AGO_MS,
    lastSeenMs: NOW_MS - MINUTE_MS,
    chunkBytes: 900,
    vms: [{ uuid: UUID, name: 'mail', lastSeenMs: NOW_MS - MINUTE_MS }],
  };

  async function put(host: string, content: object): Promise<void> {
    const Item = {
      p: { S: 'INV#HOST' },
      s: { S: host },
      h: { B: deflateRawSync(JSON.stringify(content)) },
      ttl: { N: String((NOW_MS + DAY_MS) / 1000) },
    };
    await store.table.client.send(new PutItemCommand({ TableName: 'test', Item }));
  }

  function update(seen: readonly string[], nowMs: number): Promise<readonly string[]> {
    const sight = {
      seen: seen.map((host) => ({
        host,
        lastSeenMs: nowMs,
        chunkBytes: 900,
        facts: { cpuCount: 2 },
        vms: [{ uuid: UUID, name: 'mail', lastSeenMs: nowMs }],
      })),
      placed: [],
      written: [],
    };
    return createInventoryWriter(ledger, KEEP_MS).update(sight, nowMs);
  }

  test('is read until it is replaced, and then the host is known for as long', async () => {
    await put('a', old);
    expect(await ledger.hosts(NOW_MS)).toEqual([{ host: 'a', ...old }]);
    const laterMs = NOW_MS + 2 * 3_600_000;
    expect(await update(['a'], laterMs)).toEqual([]);
    const [stored] = await ledger.stored(laterMs);
    expect(stored?.revision).toBe(1);
    expect(stored?.entry).toMatchObject({ firstSeenMs: LONG_AGO_MS, facts: { cpuCount: 2 } });
  });

  test('of a host that is gone is put apart', async () => {
    await put('gone', { ...old, lastSeenMs: NOW_MS - 5 * DAY_MS });
    expect(await update([], NOW_MS)).toEqual([]);
    expect(await ledger.hosts(NOW_MS)).toEqual([]);
    expect(await ledger.hosts(NOW_MS, NOW_MS - 6 * DAY_MS)).toMatchObject([
      { host: 'gone', firstSeenMs: LONG_AGO_MS },
    ]);
  });

  test('takes nothing away where it comes over what a newer one wrote', async () => {
    await ledger.putHost(entry('a', { firstSeenMs: LONG_AGO_MS }), NOW_MS + DAY_MS, 0);
    const writer = createInventoryWriter(ledger, KEEP_MS);
    expect(await writer.update({ seen: [], placed: [], written: [] }, NOW_MS)).toEqual([]);
    await put('a', old);
    expect(await ledger.storedHost('a', NOW_MS)).toEqual({
      entry: { host: 'a', ...old },
      revision: 0,
    });
  });
});

test('a host that has more than an item holds keeps no other from being written', async () => {
  const writer = createInventoryWriter(ledger, 400 * DAY_MS);
  const hashOf = (algorithm: string, i: number) =>
    createHash(algorithm).update(String(i)).digest('hex');
  const vms = Array.from({ length: 12_000 }, (_, i) => ({
    uuid: hashOf('md5', i),
    name: `ci-${hashOf('sha1', i)}`,
    lastSeenMs: NOW_MS,
  }));
  const seen = ['ci', ...Array.from({ length: 30 }, (_, i) => `web-${i}`)].map((host) => ({
    host,
    lastSeenMs: NOW_MS,
    chunkBytes: 900,
    facts: {},
    vms: host === 'ci' ? vms : [],
  }));
  const errors = await writer.update({ seen, placed: [], written: [] }, NOW_MS);
  expect(errors).toEqual([expect.stringMatching(/^inventory: .*size/i)]);
  expect(await ledger.hosts(NOW_MS)).toHaveLength(30);
});
