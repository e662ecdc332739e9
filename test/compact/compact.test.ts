import { DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeChunk } from '../../core/chunk/encode.ts';
import { countSamples } from '../../core/chunk/merge.ts';
import { MINUTE_MS, minuteOf, minuteStartMs, phaseMs } from '../../core/host-minute.ts';
import { type Labels, labelsFrom, labelValue } from '../../core/series/labels.ts';
import { DAY_MS, HOUR_MS } from '../../core/time.ts';
import { createHandler } from '../../functions/compact/handler.ts';
import { rangesOf } from '../../functions/compact/ranges.ts';
import { ingestBatch } from '../../functions/ingest/ingest.ts';
import { createChunkStore } from '../../functions/store/chunks.ts';
import { createInventoryStore } from '../../functions/store/inventory.ts';
import { hourPointsSortKey, senderSortKey } from '../../functions/store/item-keys.ts';
import { createLateMarker } from '../../functions/store/late-marker.ts';
import { createRollupStore } from '../../functions/store/rollups.ts';
import { startTable, type TestTable } from '../functions/table.ts';

/** Midnight of a day; all of a test happens on it. */
const DAY = 20_500;
const MIDNIGHT_MS = DAY * DAY_MS;
const FIRST_HOUR = DAY * 24;
const VM = '7e57bed0-0000-4000-8000-000000000001';

let store: TestTable;
let nowMs: number;
/** Another one a time: what it remembers of before is what another function would not know. */
const compact = () => createHandler(store.environment, () => nowMs)();

beforeEach(async () => {
  store = await startTable();
  nowMs = MIDNIGHT_MS;
  const seen = {
    host: 'web-1',
    firstSeenMs: MIDNIGHT_MS + 1,
    lastSeenMs: MIDNIGHT_MS + 1,
    vms: [],
  };
  await createInventoryStore(store.table).putHost(seen, MIDNIGHT_MS + 9 * DAY_MS);
});
afterEach(() => store.close());

const cpuOf = (host: string) => labelsFrom({ __name__: 'host_cpu_usage_percent', host });
const vmUpOn = (host: string) => labelsFrom({ __name__: 'vm_up', host, uuid: VM, vm: 'db' });

/** One sample every 10 s of a minute, all of one value, of each series; as ingest takes it from a host. */
async function post(host: string, minute: number, value: number, all: readonly Labels[]) {
  const startMs = minuteStartMs(host, minute);
  const series = all.map((labels) => ({
    labels,
    timestamps: Float64Array.from({ length: 6 }, (_, i) => startMs + i * 10_000),
    values: new Float64Array(6).fill(value),
  }));
  const ports = {
    chunks: createChunkStore(store.table, 1),
    nowMs: () => nowMs,
    retentionMs: 7 * DAY_MS,
    markLate: createLateMarker(store.table, 1, 7 * DAY_MS),
  };
  const taken = await ingestBatch(ports, host, encodeChunk(series));
  expect(taken).toMatchObject({ ok: true, value: { outcome: 'stored' } });
  return countSamples(series);
}

/** Minutes of an hour, posted as they come to pass. */
async function postHour(host: string, hour: number, valueAt: (minute: number) => number) {
  for (let i = 0; i < 60; i++) {
    const minute = (FIRST_HOUR + hour) * 60 + i;
    nowMs = minuteStartMs(host, minute + 1);
    await post(host, minute, valueAt(i), [cpuOf(host)]);
  }
}

async function minutePoints(host: string, hour: number): Promise<readonly number[] | undefined> {
  const rollups = createRollupStore(store.table);
  const series = await rollups.minutePoints(host, FIRST_HOUR + hour, nowMs);
  return series?.flatMap(({ values }) => [...values]);
}

async function dayOf(writer: string, vm = '') {
  const { points } = await createRollupStore(store.table).day({ writer, vm, day: DAY }, nowMs);
  return points.map(({ labels, timestamps, min, max, avg, count, last }) => ({
    name: labelValue(labels, '__name__'),
    rows: [...timestamps.keys()].map((row) => [
      Math.floor(((timestamps[row] ?? 0) - phaseMs(writer) - MIDNIGHT_MS) / HOUR_MS),
      ...[min, max, avg, count, last].map((column) => column[row]),
    ]),
  }));
}

describe('the compactor', () => {
  it('leaves a point a minute and a point an hour of each hour that is over', async () => {
    await postHour('web-1', 0, (i) => i);
    nowMs = MIDNIGHT_MS + HOUR_MS + 5 * MINUTE_MS;
    await compact();
    expect(await minutePoints('web-1', 0)).toBeUndefined();
    nowMs = MIDNIGHT_MS + HOUR_MS + 12 * MINUTE_MS;
    expect(await compact()).toMatchObject([{ writers: 1, left: 0, errors: [] }]);
    expect(await minutePoints('web-1', 0)).toEqual(Array.from({ length: 60 }, (_, i) => i));
    const hour = [0, 0, 59, 29.5, 360, 59];
    expect(await dayOf('web-1')).toEqual([{ name: 'host_cpu_usage_percent', rows: [hour] }]);
  });

  it('does nothing anew when it is run again', async () => {
    await postHour('web-1', 0, (i) => i);
    nowMs = MIDNIGHT_MS + HOUR_MS + 12 * MINUTE_MS;
    await compact();
    const before = [await minutePoints('web-1', 0), await dayOf('web-1')];
    expect(await compact()).toMatchObject([{ hours: 0, late: 0 }]);
    expect([await minutePoints('web-1', 0), await dayOf('web-1')]).toEqual(before);
  });

  it('begins with the oldest there is, and adds hour to hour', async () => {
    await postHour('web-1', 0, () => 1);
    await postHour('web-1', 2, () => 3);
    nowMs = MIDNIGHT_MS + 3 * HOUR_MS + 12 * MINUTE_MS;
    await compact();
    expect(await dayOf('web-1')).toEqual([
      {
        name: 'host_cpu_usage_percent',
        rows: [
          [0, 1, 1, 1, 360, 1],
          [2, 3, 3, 3, 360, 3],
        ],
      },
    ]);
  });

  it('makes an hour anew for what comes late, once no more of it is on the way', async () => {
    await postHour('web-1', 0, () => 1);
    await postHour('web-1', 1, () => 2);
    nowMs = MIDNIGHT_MS + 2 * HOUR_MS + 12 * MINUTE_MS;
    await compact();
    // A host that was cut off brings its hour.
    for (let i = 0; i < 60; i++) await post('db-1', FIRST_HOUR * 60 + i, 5, [cpuOf('db-1')]);
    expect(await compact()).toMatchObject([{ late: 0 }]);
    nowMs += 11 * MINUTE_MS;
    expect(await compact()).toMatchObject([{ late: 1, errors: [] }]);
    expect(await minutePoints('db-1', 0)).toEqual(new Array(60).fill(5));
    expect(await dayOf('db-1')).toMatchObject([{ rows: [[0, 5, 5, 5, 360, 5]] }]);
    expect(await dayOf('web-1')).toMatchObject([
      {
        rows: [
          [0, 1, 1, 1, 360, 1],
          [1, 2, 2, 2, 360, 2],
        ],
      },
    ]);
    expect(await compact()).toMatchObject([{ late: 0 }]);
  });

  it('keeps a VM under its identity, on whatever host it was', async () => {
    const minute = FIRST_HOUR * 60;
    for (const [host, at] of [
      ['hv-1', minute + 1],
      ['hv-2', minute + 2],
    ] as const) {
      nowMs = minuteStartMs(host, at + 1);
      await post(host, at, 1, [vmUpOn(host), cpuOf(host)]);
    }
    nowMs = MIDNIGHT_MS + HOUR_MS + 12 * MINUTE_MS;
    await compact();
    for (const host of ['hv-1', 'hv-2']) {
      expect(await dayOf(host, VM)).toMatchObject([{ name: 'vm_up', rows: [[0, 1, 1, 1, 6, 1]] }]);
      expect(await dayOf(host)).toMatchObject([{ name: 'host_cpu_usage_percent' }]);
    }
  });

  it('rolls up what senders wrote too', async () => {
    const sender = 'prometheus';
    const minute = minuteOf(sender, MIDNIGHT_MS + 20 * MINUTE_MS);
    const firstMs = minuteStartMs(sender, minute);
    const labels = labelsFrom({ __name__: 'http_requests_total', job: 'api' });
    const put = createChunkStore(store.table, 1).put;
    for (const [i, from] of [firstMs, firstMs + 15_000].entries()) {
      const timestamps = Float64Array.of(from);
      const bytes = encodeChunk([{ labels, timestamps, values: Float64Array.of(i) }]);
      const writer = senderSortKey(sender, `chunk-${i}`);
      const chunk = { writer, minute, bytes, firstMs: from, sampleCount: 1 };
      await put(chunk, 'shorter', firstMs + DAY_MS);
    }
    nowMs = MIDNIGHT_MS + HOUR_MS + 12 * MINUTE_MS;
    expect(await compact()).toMatchObject([{ writers: 1 }]);
    expect(await minutePoints(`@${sender}`, 0)).toEqual([0, 1]);
  });

  it('says which chunks it can not read, and goes on', async () => {
    await postHour('web-1', 0, () => 1);
    const bytes = Uint8Array.of(1, 2, 3);
    const minute = FIRST_HOUR * 60 + 3;
    const chunk = { writer: 'web-2', minute, bytes, firstMs: nowMs, sampleCount: 1 };
    await createChunkStore(store.table, 1).put(chunk, 'shorter', nowMs + DAY_MS);
    nowMs = MIDNIGHT_MS + HOUR_MS + 12 * MINUTE_MS;
    const [report] = await compact();
    expect(report?.errors).toEqual([expect.stringContaining('chunk of web-2')]);
    expect(await minutePoints('web-1', 0)).toHaveLength(60);
  });

  it('keeps what others wrote, whatever labels a sender uses', async () => {
    await postHour('web-1', 0, () => 1);
    const sender = 'prometheus';
    const minute = minuteOf(sender, MIDNIGHT_MS + 20 * MINUTE_MS);
    const firstMs = minuteStartMs(sender, minute);
    const many = Array.from({ length: 63 }, (_, i) => [`l${i}`, 'x'] as const);
    const all = [
      labelsFrom({ __name__: 'ours', __rollup__: 'max' }),
      labelsFrom({ __name__: 'ours', __rollup__: 'no column' }),
      labelsFrom({ __name__: 'full', ...Object.fromEntries(many) }),
      labelsFrom({ __name__: 'plain' }),
    ];
    const series = all.map((labels) => ({
      labels,
      timestamps: Float64Array.of(firstMs),
      values: Float64Array.of(7),
    }));
    const chunk = { minute, bytes: encodeChunk(series), firstMs, sampleCount: 4 };
    const writer = senderSortKey(sender, 'chunk');
    const put = createChunkStore(store.table, 1).put;
    await put({ ...chunk, writer }, 'shorter', firstMs + DAY_MS);
    nowMs = MIDNIGHT_MS + HOUR_MS + 12 * MINUTE_MS;
    expect(await compact()).toMatchObject([{ writers: 2, errors: [] }]);
    expect(await minutePoints(`@${sender}`, 0)).toEqual([7, 7, 7, 7]);
    expect(await dayOf(`@${sender}`)).toMatchObject([{ name: 'plain' }]);
    expect(await dayOf('web-1')).toHaveLength(1);
  });

  it('goes on where one writer has a day that can not be read, and says so', async () => {
    await postHour('web-1', 0, () => 1);
    await postHour('web-2', 0, () => 2);
    const { name, client } = store.table;
    const key = { p: { S: 'H#web-2' }, s: { S: hourPointsSortKey(DAY, 'web-2') } };
    const ttl = { N: String((MIDNIGHT_MS + DAY_MS) / 1000) };
    const Item = { ...key, b: { B: Uint8Array.of(1, 2, 3) }, g: { N: '1' }, ttl };
    await client.send(new PutItemCommand({ TableName: name, Item }));
    nowMs = MIDNIGHT_MS + HOUR_MS + 12 * MINUTE_MS;
    const [report] = await compact();
    expect(report?.errors).toEqual([expect.stringContaining('of web-2 was not rolled up')]);
    expect(await dayOf('web-1')).toHaveLength(1);
    // It is tried again, and done once it can be.
    nowMs += 11 * MINUTE_MS;
    expect(await compact()).toMatchObject([{ hours: 0, late: 0, errors: report?.errors }]);
    await client.send(new DeleteItemCommand({ TableName: name, Key: key }));
    expect(await compact()).toMatchObject([{ hours: 0, late: 1, errors: [] }]);
    expect(await dayOf('web-2')).toHaveLength(1);
  });

  it('works on a shard once at a time', async () => {
    await postHour('web-1', 0, () => 1);
    nowMs = MIDNIGHT_MS + HOUR_MS + 12 * MINUTE_MS;
    const reports = (await Promise.all([compact(), compact()])).flat();
    expect(reports.filter(({ busy }) => busy)).toHaveLength(1);
    expect(await dayOf('web-1')).toMatchObject([{ rows: [[0, 1, 1, 1, 360, 1]] }]);
  });
});

describe('what is held in memory at once', () => {
  it('is bounded, and every name is in one range', () => {
    const writers = ['b', 'a', 'é', 'd', 'c'].map((writer) => ({ writer, chunkBytes: 400 }));
    expect(rangesOf(writers, 1000)).toEqual([
      { from: undefined, before: 'c' },
      { from: 'c', before: 'é' },
      { from: 'é' },
    ]);
    expect(rangesOf([], 1000)).toEqual([{ from: undefined }]);
  });
});
