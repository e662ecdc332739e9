import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Poster } from '../../agent/poster.ts';
import { clockOf } from '../../core/alerting/state-clock.ts';
import { encodeHead, encodeSegment } from '../../core/alerting/state-segments.ts';
import { FIRST_STATE } from '../../core/alerting/tick-state.ts';
import { encodeChunk } from '../../core/chunk/encode.ts';
import { MINUTE_MS, minuteOf } from '../../core/host-minute.ts';
import { DAY_MS } from '../../core/time.ts';
import { WindowReader } from '../../functions/evaluate/window.ts';
import { createAcknowledgementStore } from '../../functions/store/acknowledgements.ts';
import { readApiToken } from '../../functions/store/api-tokens.ts';
import { createAuditLog } from '../../functions/store/audit-log.ts';
import { createChunkStore } from '../../functions/store/chunks.ts';
import { createCompactionProgress } from '../../functions/store/compaction-progress.ts';
import { createDeliveryStore } from '../../functions/store/deliveries.ts';
import { readDeployed } from '../../functions/store/deployed.ts';
import type { Table } from '../../functions/store/dynamo.ts';
import { readEnrolmentToken } from '../../functions/store/enrolment-tokens.ts';
import { readClaim } from '../../functions/store/host-claims.ts';
import { ownerOfKey } from '../../functions/store/host-keys.ts';
import { createInventoryStore } from '../../functions/store/inventory.ts';
import { createLateHours } from '../../functions/store/late-hours.ts';
import { readPushKeys } from '../../functions/store/push-keys.ts';
import { createPushSubscriptions } from '../../functions/store/push-subscriptions.ts';
import { createRollupStore } from '../../functions/store/rollups.ts';
import { createSessionStore } from '../../functions/store/sessions.ts';
import { createShards } from '../../functions/store/shards.ts';
import { createSilenceStore } from '../../functions/store/silences.ts';
import { createStateStore } from '../../functions/store/state.ts';
import { createSubscriptionNotes } from '../../functions/store/subscription-notes.ts';
import { withVersion } from '../chunk/with-version.ts';
import { startTarget } from '../notify/target.ts';
import { Deployment } from './deployment.ts';
import { dumpTable, fillTable, fixtureNames, keyOf, readFixture } from './fixture.ts';
import { FIRST_HOUR_MS, HOT, LEFT_MS, NOON_MS, seriesOf, WELL } from './scene.ts';

/** What a newer release left is refused with its version, and stays as it is. */

const FIXTURE = readFixture(fixtureNames().at(-1) ?? '');
const HOUR_MS = 60 * MINUTE_MS;
const REFUSED = /of version \d+, and this release knows up to \d+/;

let now: Deployment;
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: LEFT_MS });
  now = await Deployment.over(FIXTURE);
});
afterEach(async () => {
  await now.close();
  vi.useRealTimers();
});

/** The minute that a newer agent would send; today's, as one of version 99. */
function newerChunk(host: string, atMs: number): Uint8Array {
  return withVersion(encodeChunk(seriesOf(host, minuteOf(host, atMs))), 99);
}

const chunks = () => createChunkStore(now.store.table, 1);

/** Puts a newer chunk where ingest of a newer release would have. */
async function storeNewer(host: string, atMs: number): Promise<void> {
  const [first] = seriesOf(host, minuteOf(host, atMs));
  const stored = {
    writer: host,
    minute: minuteOf(host, atMs),
    bytes: newerChunk(host, atMs),
    firstMs: first?.timestamps[0] ?? 0,
    sampleCount: 6,
  };
  expect(await chunks().put(stored, 'shorter', LEFT_MS + DAY_MS)).toBe(true);
}

describe('a chunk of a newer agent', () => {
  test('is refused by a code of its own, and the agent keeps it', async () => {
    const refused = await now.postBytes(HOT, newerChunk(HOT, LEFT_MS));
    expect(refused.status).toBe(415);
    expect(JSON.parse(refused.body)).toMatchObject({
      error: { code: 'chunk_version', message: expect.stringMatching(/99.*up to 1/) },
    });
    const server = await startTarget(() => refused);
    const options = { url: new URL(server.url), readKey: () => 'key', version: '1.2.3' };
    const poster = new Poster(options);
    const outcome = await poster.post(newerChunk(HOT, LEFT_MS));
    expect(outcome).toMatchObject({
      kind: 'misconfigured',
      message: expect.stringMatching(REFUSED),
    });
    poster.close();
    await server.close();
  });

  test('that a newer ingest stored is not written over by one of ours', async () => {
    await storeNewer(HOT, LEFT_MS);
    const before = await chunks().get(HOT, minuteOf(HOT, LEFT_MS));
    const refused = await now.post(HOT, LEFT_MS, 3);
    expect(refused.status).toBe(503);
    expect(JSON.parse(refused.body)).toMatchObject({ error: { code: 'stored_version' } });
    expect(await chunks().get(HOT, minuteOf(HOT, LEFT_MS))).toEqual(before);
  });

  test('tells an evaluator that its host is there, and queries that it is not read', async () => {
    await storeNewer(HOT, LEFT_MS);
    const window = new WindowReader(chunks().minute, () => HOUR_MS);
    const { hosts, errors } = await window.load(LEFT_MS - MINUTE_MS, LEFT_MS + 2 * MINUTE_MS);
    expect(errors).toEqual([expect.stringMatching(REFUSED)]);
    const heard = hosts.find(({ host }) => host === HOT)?.timestamps.at(-1) ?? 0;
    expect(minuteOf(HOT, heard)).toBe(minuteOf(HOT, LEFT_MS));
    vi.setSystemTime(LEFT_MS + 2 * MINUTE_MS);
    const answer = await now.get('/api/v1/query', { query: `host_load1{host="${HOT}"}` });
    expect(JSON.stringify(answer)).toMatch(REFUSED);
  });

  test('keeps its hour from being rolled up without it', async () => {
    await storeNewer(WELL, FIRST_HOUR_MS + 80 * MINUTE_MS);
    vi.setSystemTime(NOON_MS + 100 * MINUTE_MS);
    const [report] = await now.compact();
    expect(report?.errors).toEqual([expect.stringMatching(REFUSED)]);
    const late = await createLateHours(now.store.table).list(0);
    expect(late.map(({ writer, hour }) => [writer, hour * HOUR_MS])).toContainEqual([
      WELL,
      FIRST_HOUR_MS + HOUR_MS,
    ]);
  });
});

describe("a newer evaluator's state", () => {
  const KEY = { p: { S: 'STATE#tick' }, s: { S: '0' } };
  const read = async () => {
    const { client, name } = now.store.table;
    return (await client.send(new GetItemCommand({ TableName: name, Key: KEY }))).Item;
  };

  /** As a newer release would write it: what its tick, that was quicker, left. */
  async function leave(bytes: Uint8Array, segments: readonly Uint8Array[]): Promise<void> {
    const store = createStateStore(now.store.table);
    expect(await store.replace(await store.read(), { bytes, segments })).toBe(true);
  }

  const head = encodeHead(clockOf(FIRST_STATE), new Map());
  const segment = encodeSegment(new Map(), LEFT_MS);

  test.each([
    ['head', () => leave(asVersion4(head), [])],
    ['segment', () => leave(head, [asVersion4(segment)])],
  ])('fails a late tick of ours by its %s, which writes and tells nothing', async (_, write) => {
    await write();
    const before = await read();
    await expect(now.tick(LEFT_MS + MINUTE_MS)).rejects.toThrow(REFUSED);
    expect(await read()).toEqual(before);
    expect(now.told()).toEqual([]);
  });

  test('written between the look and the write of a tick of ours wins', async () => {
    const store = createStateStore(now.store.table);
    const stored = await store.read();
    await leave(asVersion4(head), []);
    expect(await store.replace(stored, stored)).toBe(false);
    await expect(now.tick(LEFT_MS + MINUTE_MS)).rejects.toThrow(REFUSED);
  });

  /** Heads and segments are deflated lines, the first one JSON with the version. */
  function asVersion4(bytes: Uint8Array): Uint8Array {
    const text = inflateRawSync(bytes).toString('utf8');
    return deflateRawSync(text.replace('"version":3', '"version":4'));
  }
});

/** A way to read each kind of item, of a table that has some of it. */
const READERS: Readonly<Record<string, (table: Table) => Promise<unknown>>> = {
  'CONF#SILENCE': (table) => createSilenceStore(table).list(LEFT_MS),
  'CONF#ACK': (table) => createAcknowledgementStore(table).list(LEFT_MS),
  'CONF#SHARDS': (table) => createShards(table, 1, () => LEFT_MS).upTo(LEFT_MS / HOUR_MS),
  'CONF#SESSION': (table) => createSessionStore(table).list(LEFT_MS),
  'CONF#DEPLOYED': (table) => readDeployed(table),
  'CONF#PUSH': (table) => createPushSubscriptions(table).list(LEFT_MS),
  'CONF#PUSH-KEY': (table) => readPushKeys(table),
  'CONF#SUBSCRIPTION': (table) => createSubscriptionNotes(table).list(LEFT_MS),
  'STATE#compact': (table) => createCompactionProgress(table).take(0, LEFT_MS, LEFT_MS + 1),
  'STATE#tick': (table) => createStateStore(table).read(),
  'INV#HOST': (table) => createInventoryStore(table).hosts(LEFT_MS),
  'INV#SENDER': (table) => createInventoryStore(table).senders(LEFT_MS),
  'INV#KEY': (table) => ownerOfKey(table, FIXTURE.secrets.keys[HOT] ?? '', LEFT_MS),
  'INV#CLAIM': (table) => readClaim(table, HOT),
  'INV#ENROL': (table) => readEnrolmentToken(table, FIXTURE.secrets.enrolmentToken ?? ''),
  'INV#TOKEN': (table) => readApiToken(table, FIXTURE.secrets.apiToken ?? ''),
  'LOG#AUDIT': (table) =>
    createAuditLog(table, Date.now).list({ fromMs: 0, toMs: LEFT_MS, limit: 9 }, LEFT_MS),
  'LOG#2026-03-01': (table) =>
    createDeliveryStore(table).list({ fromMs: 0, toMs: LEFT_MS, limit: 9 }, LEFT_MS),
  'LATE#0': (table) => createLateHours(table).list(0),
  'H#web-1': (table) =>
    createRollupStore(table).hourOfMinutes(HOT, FIRST_HOUR_MS / HOUR_MS, LEFT_MS),
};

describe.each(Object.entries(READERS))('an item of %s', (partition, read) => {
  test('is read, and of a newer version refused by its name', async () => {
    const { table } = now.store;
    await expect(read(table)).resolves.toBeDefined();
    await makeNewer(table, partition);
    await expect(read(table)).rejects.toMatchObject({
      name: 'NewerItem',
      message: expect.stringMatching(REFUSED),
    });
    await expect(read(table)).rejects.toThrow(partition);
  });
});

test('nothing of what is newer is changed by a tick, a run of the compactor or a request', async () => {
  const { table } = now.store;
  for (const partition of Object.keys(READERS)) await makeNewer(table, partition);
  const before = await dumpTable(table);
  await expect(now.tick(LEFT_MS + MINUTE_MS)).rejects.toThrow(REFUSED);
  await expect(now.compact()).rejects.toThrow(REFUSED);
  expect(await now.post(HOT, LEFT_MS)).toMatchObject({ status: 503 });
  expect(await now.enrol('enrolled-2')).not.toBe('enrolled');
  await expect(now.get('/api/v1/query', { query: '1' })).rejects.toThrow('503');
  expect(await dumpTable(table)).toEqual(before);
});

/** Gives the items of a partition a version to come. */
async function makeNewer(table: Table, partition: string): Promise<void> {
  const items = (await dumpTable(table)).filter((item) => keyOf(item).startsWith(`${partition} `));
  const newer = items.map((item) => ({ ...item, x: { N: '2' } }));
  await fillTable(table, { ...FIXTURE, items: newer });
}
