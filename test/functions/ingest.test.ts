import type { LambdaFunctionURLEvent } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { decodeChunk } from '../../core/chunk/decode.ts';
import { encodeChunk } from '../../core/chunk/encode.ts';
import { MAX_CHUNK_BYTES } from '../../core/chunk/format.ts';
import { countSamples } from '../../core/chunk/merge.ts';
import { MINUTE_MS, minuteOf, minuteStartMs } from '../../core/host-minute.ts';
import { labelsFrom } from '../../core/series/labels.ts';
import type { Series } from '../../core/series/series.ts';
import { createHandler } from '../../functions/ingest/handler.ts';
import { createChunkStore } from '../../functions/store/chunks.ts';
import { addHostKey } from '../../functions/store/host-keys.ts';
import { startTable, type TestTable } from './table.ts';

const HOST = 'web-1';
const NOW_MS = Date.now();

let store: TestTable;
let key: string;
let ingest: ReturnType<typeof createHandler>;

beforeAll(async () => {
  store = await startTable();
  key = await addHostKey(store.table, HOST, NOW_MS);
  // A clock that stands still, so that nothing depends on how fast this machine is.
  ingest = createHandler(store.environment, () => NOW_MS);
});
afterAll(() => store.close());

/** Series of a host at instants given in seconds from a minute's start. */
function series(
  minute: number,
  seconds: readonly number[],
  host = HOST,
  name = 'host_load1',
): Series {
  const start = minuteStartMs(host, minute);
  return {
    labels: labelsFrom({ __name__: name, host }),
    timestamps: Float64Array.from(seconds, (second) => start + second * 1000),
    values: Float64Array.from(seconds, (second) => second / 100),
  };
}

function event(
  body: Uint8Array,
  changes: Partial<LambdaFunctionURLEvent> & { method?: string } = {},
): LambdaFunctionURLEvent {
  const { method = 'POST', headers, ...rest } = changes;
  return {
    version: '2.0',
    rawPath: '/v1/batches',
    headers: {
      authorization: `Bearer ${key}`,
      'content-type': 'application/vnd.hypervigil.chunk',
      ...headers,
    },
    requestContext: { http: { method } },
    body: Buffer.from(body).toString('base64'),
    isBase64Encoded: true,
    ...rest,
  } as LambdaFunctionURLEvent;
}

async function post(
  input: LambdaFunctionURLEvent,
): Promise<{ status: number; headers: Record<string, unknown>; body: Record<string, unknown> }> {
  const result = await ingest(input);
  if (typeof result === 'string') throw new Error(result);
  return {
    status: result.statusCode ?? 0,
    headers: result.headers ?? {},
    body: JSON.parse(result.body ?? ''),
  };
}

async function storedSamples(minute: number): Promise<number> {
  const chunk = await createChunkStore(store.table, 1).get(HOST, minute);
  if (chunk === undefined) return 0;
  const decoded = decodeChunk(chunk.bytes);
  return decoded.ok ? countSamples(decoded.value.series) : Number.NaN;
}

/** A minute that no other test uses. */
let nextMinute = minuteOf(HOST, NOW_MS) - 100;
const freshMinute = (): number => nextMinute++;

describe('a batch', () => {
  test('is stored under its host-minute, for all to read', async () => {
    const minute = freshMinute();
    expect(await post(event(encodeChunk([series(minute, [0, 10, 20])])))).toMatchObject({
      status: 200,
      body: { stored: true, samples: 3 },
    });
    const all = await createChunkStore(store.table, 1).minute(minute, NOW_MS);
    expect(all.map(({ writer, sampleCount }) => [writer, sampleCount])).toEqual([[HOST, 3]]);
  });

  test('sent again changes nothing', async () => {
    const minute = freshMinute();
    const same = event(encodeChunk([series(minute, [0, 10])]));
    await post(same);
    expect(await post(same)).toMatchObject({
      status: 200,
      body: { stored: false, outcome: 'known' },
    });
    expect(await storedSamples(minute)).toBe(2);
  });

  test('of more of the minute replaces less, and never the other way round', async () => {
    const minute = freshMinute();
    await post(event(encodeChunk([series(minute, [0, 10])])));
    await post(event(encodeChunk([series(minute, [0, 10, 20, 30])])));
    expect(await storedSamples(minute)).toBe(4);
    expect(await post(event(encodeChunk([series(minute, [0, 10, 20])])))).toMatchObject({
      body: { outcome: 'known' },
    });
    expect(await storedSamples(minute)).toBe(4);
  });

  test('of an agent that restarted within the minute is joined to what it sent before', async () => {
    const minute = freshMinute();
    await post(event(encodeChunk([series(minute, [0, 10])])));
    const second = event(encodeChunk([series(minute, [30, 40, 50])]));
    expect(await post(second)).toMatchObject({ body: { stored: true } });
    expect(await storedSamples(minute)).toBe(5);
    expect(await post(second)).toMatchObject({ body: { outcome: 'known' } });
  });

  describe('of two machines under one name, which sample at the same instants', () => {
    /** What the machine with this boot sends of a minute: `host_info`, and another number of its own. */
    const fromBoot = (minute: number, boot: string, seconds: readonly number[]) => {
      const info = series(minute, seconds);
      const labels = labelsFrom({ __name__: 'host_info', host: HOST, boot });
      return event(encodeChunk([{ ...info, labels }, series(minute, seconds, HOST, `of_${boot}`)]));
    };
    const SHORT = [0, 10];
    const LONG = [0, 10, 20];

    test.each([
      ['alike', LONG, LONG],
      ['the second shorter', LONG, SHORT],
      ['the second longer', SHORT, LONG],
    ])('both are kept: %s', async (_, first, second) => {
      const minute = freshMinute();
      const [a, b] = [fromBoot(minute, 'aaaa', first), fromBoot(minute, 'bbbb', second)];
      for (const each of [a, b])
        expect(await post(each)).toMatchObject({ body: { outcome: 'stored' } });
      const samples = 2 * (first.length + second.length);
      expect(await storedSamples(minute)).toBe(samples);
      for (const again of [a, b])
        expect(await post(again)).toMatchObject({ body: { outcome: 'known' } });
      expect(await post(fromBoot(minute, 'aaaa', [...LONG, 30]))).toMatchObject({ status: 200 });
      expect(await storedSamples(minute)).toBe(2 * (LONG.length + 1 + second.length));
    });
  });

  test('that comes a day late is stored', async () => {
    const minute = minuteOf(HOST, NOW_MS) - 24 * 60;
    expect(await post(event(encodeChunk([series(minute, [0])])))).toMatchObject({
      status: 200,
      body: { stored: true },
    });
  });

  test('older than what is kept is answered, and not written', async () => {
    const minute = minuteOf(HOST, NOW_MS) - 8 * 24 * 60;
    expect(await post(event(encodeChunk([series(minute, [0])])))).toMatchObject({
      status: 200,
      body: { outcome: 'expired' },
    });
    expect(await storedSamples(minute)).toBe(0);
  });
});

describe('refused with a status and a sentence', () => {
  const now = minuteOf(HOST, NOW_MS);
  const good = (): Uint8Array => encodeChunk([series(now - 90, [0])]);

  test.each<[string, () => LambdaFunctionURLEvent, number, string, RegExp]>([
    [
      'no key',
      () => event(good(), { headers: { authorization: '' } }),
      401,
      'unauthorized',
      /Authorization: Bearer/,
    ],
    [
      'a key that is none',
      () => event(good(), { headers: { authorization: 'Bearer secret' } }),
      401,
      'unauthorized',
      /not a host key/,
    ],
    [
      'an unknown key',
      () => event(good(), { headers: { authorization: `Bearer hv_${'x'.repeat(32)}` } }),
      401,
      'unauthorized',
      /not known/,
    ],
    ['another path', () => event(good(), { rawPath: '/v2' }), 404, 'not_found', /\/v1\/batches/],
    ['GET', () => event(good(), { method: 'GET' }), 405, 'method', /GET/],
    [
      'JSON',
      () => event(good(), { headers: { 'content-type': 'application/json' } }),
      415,
      'media_type',
      /application\/json/,
    ],
    ['bytes that are no chunk', () => event(new Uint8Array(20)), 400, 'chunk_checksum', /lost/],
    [
      'a damaged chunk',
      () => event(good().map((byte, i) => (i === 9 ? byte ^ 1 : byte))),
      400,
      'chunk_checksum',
      /checksum/,
    ],
    [
      'a body too large',
      () => event(new Uint8Array(MAX_CHUNK_BYTES + 1)),
      413,
      'too_large',
      /390001/,
    ],
    [
      'series of another host',
      () => event(encodeChunk([series(now, [0], 'db-1')])),
      403,
      'wrong_host',
      /"web-1".*db-1/,
    ],
    [
      'two minutes in one',
      () => event(encodeChunk([series(now - 90, [0, 70])])),
      400,
      'not_one_minute',
      /more than one host-minute/,
    ],
    ['no sample', () => event(encodeChunk([])), 400, 'empty', /no sample/],
    ['the far future', () => event(encodeChunk([series(now + 30, [0])])), 400, 'future', /clock/],
  ])('%s', async (_, make, status, code, message) => {
    const { status: got, body } = await post(make());
    expect([got, body['error']]).toEqual([
      status,
      { code, message: expect.stringMatching(message) },
    ]);
  });

  test('a host that posts without end is told when to come again', async () => {
    const flooding = await addHostKey(store.table, 'flood', NOW_MS);
    const input = event(encodeChunk([series(minuteOf('flood', NOW_MS) - 1, [0], 'flood')]), {
      headers: {
        authorization: `Bearer ${flooding}`,
        'content-type': 'application/vnd.hypervigil.chunk',
      },
    });
    const answers = await Promise.all(Array.from({ length: 80 }, () => post(input)));
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused[0]).toMatchObject({
      headers: { 'retry-after': '1' },
      body: { error: { code: 'too_many' } },
    });
  });

  test('all of it while the table is out of reach, with a time to come again', async () => {
    const gone = await startTable();
    const lost = createHandler(gone.environment);
    await gone.close();
    const result = await lost(event(good()));
    expect(result).toMatchObject({ statusCode: 503, headers: { 'retry-after': '5' } });
  }, 20_000);
});

test('minutes overlap nowhere: each instant of a host is in exactly one', () => {
  const start = minuteStartMs(HOST, 1000);
  expect([
    minuteOf(HOST, start - 1),
    minuteOf(HOST, start),
    minuteOf(HOST, start + MINUTE_MS - 1),
  ]).toEqual([999, 1000, 1000]);
});

describe('an urgent batch', () => {
  const URGENT = { headers: { 'x-hypervigil-urgent': '1' } };

  /** The status of one post, and how many ticks it started. */
  async function postTo(start: () => Promise<void>, changes: Parameters<typeof event>[1]) {
    let ticks = 0;
    const handler = createHandler(
      store.environment,
      () => NOW_MS,
      () => {
        ticks += 1;
        return start();
      },
    );
    const result = await handler(event(encodeChunk([series(freshMinute(), [10])]), changes));
    return { status: typeof result === 'string' ? result : result.statusCode, ticks };
  }

  test('starts a tick once it is stored; others do not', async () => {
    expect(await postTo(async () => {}, URGENT)).toEqual({ status: 200, ticks: 1 });
    expect(await postTo(async () => {}, {})).toEqual({ status: 200, ticks: 0 });
  });

  test('that is refused starts none', async () => {
    const key = `hv_${'x'.repeat(32)}`;
    const headers = { ...URGENT.headers, authorization: `Bearer ${key}` };
    expect(await postTo(async () => {}, { headers })).toEqual({ status: 401, ticks: 0 });
  });

  test('is stored though no tick can be started, and the log says so', async () => {
    const logged = vi.spyOn(console, 'error').mockImplementation(() => {});
    const start = () => Promise.reject(new Error('Rate exceeded'));
    expect(await postTo(start, URGENT)).toEqual({ status: 200, ticks: 1 });
    expect(logged.mock.calls.flat().join()).toContain('Rate exceeded');
    logged.mockRestore();
  });
});
