import type { LambdaFunctionURLEvent } from 'aws-lambda';
import { snappyCompress } from 'hysnappy';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeChunk } from '../../core/chunk/encode.ts';
import { MINUTE_MS, minuteOf, minuteStartMs } from '../../core/host-minute.ts';
import { labelsFrom } from '../../core/series/labels.ts';
import { DAY_MS } from '../../core/time.ts';
import { createHandler as createApi } from '../../functions/api/handler.ts';
import { createHandler as createEnroll } from '../../functions/enroll/handler.ts';
import { createHandler as createIngest } from '../../functions/ingest/handler.ts';
import { createHandler as createRemoteWrite } from '../../functions/remote-write/handler.ts';
import { addApiToken, newApiToken, putApiToken } from '../../functions/store/api-tokens.ts';
import { addEnrolmentToken } from '../../functions/store/enrolment-tokens.ts';
import { addHostKey } from '../../functions/store/host-keys.ts';
import { apiEvent } from '../api/fixture.ts';
import { startTable, type TestTable } from '../functions/table.ts';
import { encode, outgoing, rawEvent, V1 } from '../remote-write/requests.ts';

/** At each limit: what is just allowed is taken, one more is refused, and told which limit it was. */

const NOW_MS = Date.UTC(2026, 2, 1, 12);

let store: TestTable;
let tokens: Readonly<Record<'ann' | 'full', string>>;
let hostKey: string;
let senderKey: string;
let enrolment: string;
let functions: Readonly<
  Record<'api' | 'ingest' | 'remoteWrite' | 'enroll', ReturnType<typeof createApi>>
>;

beforeAll(async () => {
  store = await startTable();
  const admin = (owner: string) =>
    addApiToken(store.table, 'x', NOW_MS, { role: 'admin', owner, endsAtMs: NOW_MS + 9 * DAY_MS });
  tokens = { ann: await admin('ann'), full: await admin('full') };
  // With the one that asks, one less than the most.
  for (let i = 2; i < 50; i++)
    await putApiToken(
      store.table,
      newApiToken(`t${i}`, NOW_MS, { role: 'viewer', owner: 'full' }).known,
    );
  hostKey = await addHostKey(store.table, 'web-1', NOW_MS);
  senderKey = await addHostKey(store.table, 'prometheus', NOW_MS, 'sender');
  const terms = { uses: 9, expiresAtMs: NOW_MS + DAY_MS, mayReEnrol: false };
  enrolment = (await addEnrolmentToken(store.table, terms, NOW_MS)).token;
  const now = () => NOW_MS;
  functions = {
    api: createApi({ ...store.environment, RULES_DIR: 'test/api/rules' }, now),
    ingest: createIngest(store.environment, now),
    remoteWrite: createRemoteWrite(store.environment, now),
    enroll: createEnroll(store.environment, { nowMs: now, audit: () => {} }),
  };
});
afterAll(() => store.close());

type Made = readonly [name: keyof typeof functions, event: LambdaFunctionURLEvent];

async function send([name, event]: Made): Promise<readonly [number, string]> {
  const result = await functions[name](event);
  if (typeof result === 'string') return [200, result];
  const { statusCode = 0, body = '', isBase64Encoded } = result;
  return [statusCode, isBase64Encoded ? Buffer.from(body, 'base64').toString() : body];
}

const JSON_TYPE = { 'content-type': 'application/json' };
const FORM_TYPE = { 'content-type': 'application/x-www-form-urlencoded' };
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

function get(path: string, params: readonly (readonly [string, string])[]): Made {
  const query = new URLSearchParams();
  for (const [name, value] of params) query.append(name, value);
  const rawQueryString = query.toString();
  return ['api', apiEvent({ rawPath: path, rawQueryString, headers: bearer(tokens.ann) })];
}

function post(path: string, body: string, headers: object = JSON_TYPE, token = tokens.ann): Made {
  const all = { ...bearer(token), ...headers };
  return ['api', apiEvent({ method: 'POST', rawPath: path, headers: all, body })];
}

/** A silence whose kept form has so many characters: the comment makes up the difference. */
function silence(chars: number): Made {
  const times = { startsAtMs: NOW_MS, endsAtMs: NOW_MS + DAY_MS, updatedAtMs: NOW_MS };
  const kept = {
    matchers: [['vm', '=', 'db']],
    ...times,
    createdBy: 'ann',
    comment: '',
    annotations: {},
  };
  const comment = 'x'.repeat(chars - JSON.stringify(kept).length);
  const body = {
    matchers: [{ name: 'vm', value: 'db', isRegex: false, isEqual: true }],
    startsAt: new Date(NOW_MS).toISOString(),
    endsAt: new Date(NOW_MS + DAY_MS).toISOString(),
    createdBy: 'ann',
    comment,
  };
  return post('/api/v2/silences', JSON.stringify(body));
}

const padded = (json: string, chars: number) => json + ' '.repeat(chars - json.length);
const filled = (text: string, chars: number) => text + 'x'.repeat(chars - text.length);

/** A batch of `web-1`: one series with so many characters of labels, so far ahead. */
function batch(chars: number, aheadMs = 0): Made {
  const minute = minuteOf('web-1', NOW_MS + aheadMs);
  const atMs = aheadMs > 0 ? NOW_MS + aheadMs : minuteStartMs('web-1', minute);
  const labels = { __name__: 'm', host: 'web-1' };
  const length = Object.entries(labels).flat().join('').length;
  const wide = labelsFrom({ ...labels, z: 'x'.repeat(chars - length - 1) });
  const one = { labels: wide, timestamps: Float64Array.of(atMs), values: Float64Array.of(1) };
  return batchOf(encodeChunk([one]));
}

function batchOf(bytes: Uint8Array): Made {
  const headers = { ...bearer(hostKey), 'content-type': 'application/vnd.hypervigil.chunk' };
  const body = Buffer.from(bytes).toString('base64');
  const rawPath = '/v1/batches';
  return ['ingest', apiEvent({ method: 'POST', rawPath, headers, body, isBase64Encoded: true })];
}

function written(labels: Readonly<Record<string, string>>, atMs = NOW_MS): Made {
  const message = snappyCompress(encode(V1, [outgoing(labels, [[atMs, 1]])]));
  return ['remoteWrite', rawEvent(senderKey, message)];
}

function enrol(chars: number): Made {
  const wish = JSON.stringify({ host: 'web-9', keyHash: 'x'.repeat(43) });
  const headers = { ...bearer(enrolment), ...JSON_TYPE };
  const body = padded(wish, chars);
  return ['enroll', apiEvent({ method: 'POST', rawPath: '/v1/enrolments', headers, body })];
}

const matches = (count: number) =>
  Array.from({ length: count }, (_, i) => ['match[]', `up{host="${i}"}`] as const);
const filters = (count: number) =>
  Array.from({ length: count }, (_, i) => ['filter', `host!="${i}"`] as const);
const points = (count: number) =>
  [
    ['query', '1'],
    ['start', '0'],
    ['end', String(count)],
    ['step', '1'],
  ] as const;
const manyLabels = (count: number) =>
  Object.fromEntries(Array.from({ length: count - 1 }, (_, i) => [`a${100 + i}`, 'x'] as const));

describe.each<[what: string, limit: number, make: (size: number) => Made, status: number]>([
  ['a body', 1 << 20, (size) => post('/api/v1/query', filled('query=1&x=', size), FORM_TYPE), 413],
  [
    'a query',
    100_000,
    (size) => post('/api/v1/query', `query=1${'+'.repeat(size - 1)}`, FORM_TYPE),
    400,
  ],
  ['match[]', 100, (size) => get('/api/v1/series', matches(size)), 400],
  ['points', 11_000, (size) => get('/api/v1/query_range', points(size)), 400],
  ['filters', 100, (size) => get('/api/v2/alerts', filters(size)), 400],
  ['notifications', 200, (size) => get('/v1/notifications', [['limit', String(size)]]), 400],
  ['a silence', 16_384, silence, 400],
  [
    'a filter of the audit log',
    500,
    (size) => get('/api/v1/audit', [['who', 'x'.repeat(size)]]),
    400,
  ],
  ['a body of tokens', 16_384, (size) => post('/api/v1/tokens', padded('{"name":"x"}', size)), 413],
  [
    "a token's name",
    100,
    (size) => post('/api/v1/tokens', JSON.stringify({ name: 'x'.repeat(size) })),
    400,
  ],
  [
    'a personal token',
    366,
    (size) => post('/api/v1/tokens', JSON.stringify({ name: 'x', expires: `${size}d` })),
    400,
  ],
  [
    "a service's token",
    1827,
    (size) =>
      post('/api/v1/tokens', JSON.stringify({ name: 'x', kind: 'service', expires: `${size}d` })),
    400,
  ],
  [
    'uses of an enrolment token',
    100_000,
    (size) => post('/api/v1/enrolment-tokens', JSON.stringify({ uses: size })),
    400,
  ],
  [
    'days of an enrolment token',
    366,
    (size) => post('/api/v1/enrolment-tokens', JSON.stringify({ expires: `${size}d` })),
    400,
  ],
  ['a body of enrolments', 4096, enrol, 413],
  ['labels of a series of a batch', 16_384, (size) => batch(size), 400],
  [
    'labels of a series of remote write',
    16_384,
    (size) => written({ __name__: 'x'.repeat(size - 8) }),
    400,
  ],
  [
    'label count of remote write',
    64,
    (size) => written({ __name__: 'm', ...manyLabels(size) }),
    400,
  ],
])('%s', (_, limit, make, status) => {
  test(`of ${limit} is taken`, async () => {
    const [given, text] = await send(make(limit));
    expect([given, given < 300 ? '' : text]).toEqual([expect.toBeOneOf([200, 204]), '']);
  });
  test(`of ${limit + 1} is refused with ${status}, and the limit is named`, async () => {
    const [given, text] = await send(make(limit + 1));
    expect([given, text.slice(0, 1000).replaceAll(/[,_]/g, '')]).toEqual([
      status,
      expect.stringMatching(new RegExp(`\\b${limit}\\b`)),
    ]);
  });
});

test('a sample ten minutes ahead is taken, one later is not', async () => {
  const ahead = 10 * MINUTE_MS;
  expect((await send(batch(100, ahead)))[0]).toBe(200);
  expect((await send(batch(100, ahead + 1)))[0]).toBe(400);
  expect((await send(written({ __name__: 'm' }, NOW_MS + ahead)))[0]).toBe(204);
  expect((await send(written({ __name__: 'm' }, NOW_MS + ahead + 1)))[0]).toBe(400);
});

test('a batch of more bytes than an item holds is refused unread', async () => {
  const [status, text] = await send(batchOf(new Uint8Array(390_001)));
  expect([status, text]).toEqual([413, expect.stringContaining('390000')]);
  expect((await send(batchOf(new Uint8Array(390_000))))[0]).toBe(400);
});

test('a person may have 50 tokens', async () => {
  const make = () => post('/api/v1/tokens', '{"name":"x"}', JSON_TYPE, tokens.full);
  expect((await send(make()))[0]).toBe(200);
  const [status, text] = await send(make());
  expect([status, text]).toEqual([400, expect.stringContaining('at most 50 are kept')]);
});
