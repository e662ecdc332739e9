import { crc32, deflateRawSync, inflateRawSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodeChunk, decodeMetrics } from '../../core/chunk/decode.ts';
import { CURRENT_DICTIONARY, dictionaryBytes } from '../../core/chunk/dictionary.ts';
import { encodeChunk } from '../../core/chunk/encode.ts';
import { CHUNK_MEDIA_TYPE, CHUNK_VERSION } from '../../core/chunk/format.ts';
import { LabelMemory } from '../../core/chunk/series-list.ts';
import { minuteOf } from '../../core/host-minute.ts';
import { createChunkStore } from '../../functions/store/chunks.ts';
import { sampled } from '../api/fixture.ts';
import { NOW_MS, startVictim, type Victim } from './victim.ts';

/** What somebody with the key of one host can make ingest, and those who read its batches, do. */
let victim: Victim;
beforeAll(async () => {
  victim = await startVictim();
});
afterAll(() => victim.close());

const AT_MS = NOW_MS - 60_000;

function post(body: Uint8Array, headers: Readonly<Record<string, string>> = {}) {
  const type = { 'content-type': CHUNK_MEDIA_TYPE };
  const asked = { method: 'POST', path: '/v1/batches', secret: victim.hostKey, body };
  return victim.ask('ingest', { ...asked, headers: { ...type, ...headers } });
}

function batch(labels: Readonly<Record<string, string>>, atMs = AT_MS): Uint8Array {
  return encodeChunk([sampled({ __name__: 'up', ...labels }, [atMs, atMs], () => 1)]);
}

/** A chunk with this body, whatever is in it, that claims `bodyBytes`. */
function packed(body: Uint8Array, bodyBytes = body.length): Uint8Array {
  const dictionary = dictionaryBytes(CURRENT_DICTIONARY);
  const deflated = deflateRawSync(body, { level: 9, ...(dictionary && { dictionary }) });
  const head = Buffer.concat([
    Buffer.from([CHUNK_VERSION, CURRENT_DICTIONARY, ...varint(bodyBytes)]),
    deflated,
  ]);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32LE(crc32(head));
  return Buffer.concat([head, checksum]);
}

/** The body of a chunk, with another text where this one stands. */
function grown(chunk: Uint8Array, from: string, to: string): Uint8Array {
  const dictionary = dictionaryBytes(CURRENT_DICTIONARY);
  let at = 2;
  while ((chunk[at] ?? 0) >= 0x80) at++;
  const body = inflateRawSync(chunk.subarray(at + 1, -4), dictionary && { dictionary });
  const [before = '', after = ''] = body.toString('latin1').split(from);
  return Buffer.from(before + to + after, 'latin1');
}

function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value % 0x80) | 0x80, ...varint(Math.floor(value / 0x80))];
}

describe('a small batch that is large inside', () => {
  test.each([
    [
      'says so little that it inflates beyond what it claims',
      packed(new Uint8Array(300 << 20), 100),
    ],
    ['claims more than is ever read', packed(new Uint8Array(100), 2 ** 40)],
    ['is all zeros', packed(new Uint8Array(4 << 20))],
  ])('is refused: %s', async (_what, body) => {
    const { status, tookMs } = await timed(() => post(body));
    expect([400, 413]).toContain(status);
    expect(tookMs).toBeLessThan(2_000);
  });

  test('is refused: 100,000 series share one label of a megabyte', async () => {
    const series = Array.from({ length: 20_000 }, (_, i) =>
      sampled({ __name__: `m${i}`, host: 'web-1', big: 'BIG' }, [AT_MS, AT_MS], () => 1),
    );
    // The encoder would take all memory itself.
    const body = packed(grown(encodeChunk(series), 'BIG', 'x'.repeat(1_000_000)));
    expect(body.length).toBeLessThan(100_000);
    const { status, text, tookMs } = await timed(() => post(body));
    expect(status).toBe(413);
    expect(text).toContain('labels of more than');
    expect(tookMs).toBeLessThan(2_000);
    // Should one be in the table all the same, those who read it live on.
    expect(decodeChunk(body)).toMatchObject({ ok: false, error: { code: 'too_large' } });
    expect(decodeMetrics(body, () => true, new LabelMemory(1000))).toMatchObject({ ok: false });
  });

  test('is refused: each of many groups inherits many labels', async () => {
    const shared = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`l${i}`, 'v']));
    const series = Array.from({ length: 60_000 }, (_, i) =>
      sampled({ __name__: 'm', host: 'web-1', ...shared, own: String(i) }, [AT_MS, AT_MS], () => 1),
    );
    const { status } = await timed(() => post(encodeChunk(series)));
    expect(status).toBe(413);
    // Most of it goes into the making of so large a batch.
  }, 30_000);
});

describe("another host's history", () => {
  test.each([
    ['its name as a label', { host: 'db-1' }],
    ['no name', {}],
    ['a name that looks alike', { host: 'wеb-1' }], // a Cyrillic е
    ['its name and more', { host: 'web-1 ' }],
    ['another case', { host: 'WEB-1' }],
    ["a sender's mark", { host: '@web-1' }],
  ])('is not written with %s', async (_what, labels) => {
    const { status, text } = await post(batch(labels));
    expect(status).toBe(403);
    expect(text).toContain('wrong_host');
  });

  test('is not written in a series between good ones', async () => {
    const good = sampled({ __name__: 'up', host: 'web-1' }, [AT_MS, AT_MS], () => 1);
    const bad = sampled({ __name__: 'up', host: 'db-1' }, [AT_MS, AT_MS], () => 0);
    expect((await post(encodeChunk([good, bad]))).status).toBe(403);
    const chunks = createChunkStore(victim.store.table, 1);
    expect(await chunks.get('db-1', minuteOf('db-1', AT_MS))).toBeUndefined();
  });

  test('is not written by remote write with the key of a host, nor its batches with that of a sender', async () => {
    const asked = {
      method: 'POST',
      path: '/v1/batches',
      headers: { 'content-type': CHUNK_MEDIA_TYPE },
    };
    const got = await victim.ask('ingest', {
      ...asked,
      secret: victim.senderKey,
      body: batch({ host: 'web-1' }),
    });
    expect(got.status).toBe(401);
  });
});

describe('the past and the future', () => {
  test.each([
    ['a year ahead', NOW_MS + 365 * 86_400_000, 400],
    ['11 minutes ahead', NOW_MS + 11 * 60_000, 400],
    ['the end of all calendars', 8.64e15, 400],
  ])('%s is refused', async (_what, atMs, status) => {
    expect((await post(batch({ host: 'web-1' }, atMs))).status).toBe(status);
  });

  test.each([
    ['before what is kept', NOW_MS - 8 * 86_400_000],
    ['1970', 0],
    ['before 1970', -1e12],
  ])('%s changes nothing', async (_what, atMs) => {
    const { status, text } = await post(batch({ host: 'web-1' }, atMs));
    expect(status).toBe(200);
    expect(JSON.parse(text)).toMatchObject({ stored: false, outcome: 'expired' });
  });

  test('what was said stays said: a later batch of the minute adds and replaces nothing', async () => {
    const atMs = NOW_MS - 10 * 60_000;
    const first = sampled({ __name__: 'up', host: 'web-1' }, [atMs, atMs], () => 1);
    const other = sampled({ __name__: 'up', host: 'web-1' }, [atMs, atMs], () => 0);
    expect((await post(encodeChunk([first]))).status).toBe(200);
    expect((await post(encodeChunk([other]))).status).toBe(200);
    const chunk = await createChunkStore(victim.store.table, 1).get(
      'web-1',
      minuteOf('web-1', atMs),
    );
    const kept = chunk === undefined ? undefined : decodeChunk(chunk.bytes);
    expect(kept?.ok && kept.value.series.map(({ values }) => [...values])).toEqual([[1]]);
  });
});

describe('a key', () => {
  test.each([
    ['in the query', { query: 'key=KEY&authorization=Bearer%20KEY' }],
    ['as a cookie', { headers: { cookie: 'authorization=Bearer KEY' } }],
    [
      'in a header of another name',
      { headers: { 'x-api-key': 'KEY', 'proxy-authorization': 'Bearer KEY' } },
    ],
    ['as a basic password', { headers: { authorization: 'Basic KEY' } }],
    ['with more behind it', { headers: { authorization: 'Bearer KEY x' } }],
    ['twice', { headers: { authorization: 'Bearer KEY,Bearer KEY' } }],
  ])(
    'is not taken %s',
    async (_what, {
      query = '',
      headers = {},
    }: { query?: string; headers?: Record<string, string> }) => {
      const fill = (text: string) => text.replaceAll('KEY', victim.hostKey);
      const filled = Object.entries(headers).map(([name, value]) => [name, fill(value)]);
      const got = await victim.ask('ingest', {
        ...{
          method: 'POST',
          path: '/v1/batches',
          query: fill(query),
          body: batch({ host: 'web-1' }),
        },
        headers: { 'content-type': CHUNK_MEDIA_TYPE, ...Object.fromEntries(filled) },
      });
      expect(got.status).toBe(401);
      expect(got.text).not.toContain(victim.hostKey);
    },
  );

  test('of one kind opens no other door', async () => {
    const token = await victim.newEnrolmentToken();
    for (const secret of [victim.viewer, victim.operator, token]) {
      const headers = { 'content-type': CHUNK_MEDIA_TYPE };
      const asked = {
        method: 'POST',
        path: '/v1/batches',
        headers,
        body: batch({ host: 'web-1' }),
      };
      expect((await victim.ask('ingest', { ...asked, secret })).status).toBe(401);
      expect(
        (
          await victim.ask('remoteWrite', {
            method: 'POST',
            path: '/api/v1/write',
            secret,
            body: '\0',
          })
        ).status,
      ).toBe(401);
    }
    for (const secret of [victim.hostKey, victim.senderKey, token])
      expect(
        (await victim.ask('api', { path: '/api/v1/query', query: 'query=1', secret })).status,
      ).toBe(401);
  });
});

test.each([
  '/v1/batches/',
  '//v1/batches',
  '/v1/./batches',
  '/v1/x/../batches',
  '/v1/batches%00',
  '/V1/BATCHES',
  '/v1/%62atches',
])('the path %s is not the one that takes batches', async (path) => {
  const asked = { method: 'POST', path, secret: victim.hostKey, body: batch({ host: 'web-1' }) };
  expect((await victim.ask('ingest', asked)).status).toBe(404);
});

async function timed<T>(work: () => Promise<T>): Promise<T & { tookMs: number }> {
  const startedMs = performance.now();
  const done = await work();
  return { ...done, tookMs: performance.now() - startedMs };
}
