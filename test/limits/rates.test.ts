import { createHash, randomBytes } from 'node:crypto';
import type { LambdaFunctionURLEvent } from 'aws-lambda';
import * as v from 'valibot';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createHandler as createApi } from '../../functions/api/handler.ts';
import { CALLER_LIMIT, TOKEN_GUESS_LIMITS } from '../../functions/api/rate-limits.ts';
import { GUESS_LIMITS, guardGuesses } from '../../functions/ingest/guess-guard.ts';
import { createHandler as createIngest } from '../../functions/ingest/handler.ts';
import { createKeyCache } from '../../functions/ingest/key-cache.ts';
import { createHandler as createRemoteWrite } from '../../functions/remote-write/handler.ts';
import { addApiToken } from '../../functions/store/api-tokens.ts';
import { addHostKey } from '../../functions/store/host-keys.ts';
import { createClient } from '../../infra/cli/client.ts';
import { startFront } from '../../infra/local/http-front.ts';
import { apiEvent, readReply } from '../api/fixture.ts';
import { startTable, type TestTable } from '../functions/table.ts';

const START_MS = Date.UTC(2026, 2, 1);

let store: TestTable;
let nowMs: number;
beforeEach(async () => {
  store = await startTable();
  nowMs = START_MS;
});
afterEach(() => store.close());

function from(sourceIp: string, token: string, rawPath: string, method = 'GET') {
  const event = apiEvent({
    rawPath,
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/x-protobuf' },
  });
  const { requestContext } = event;
  return {
    ...event,
    requestContext: { ...requestContext, http: { ...requestContext.http, sourceIp, method } },
  } as LambdaFunctionURLEvent;
}

const secret = (prefix: string) => `${prefix}_${randomBytes(24).toString('base64url')}`;

describe('the API', () => {
  const open = () => createApi({ ...store.environment, RULES_DIR: 'test/api/rules' }, () => nowMs);
  const ask = async (api: ReturnType<typeof open>, token: string, ip = '192.0.2.1') =>
    readReply(await api(from(ip, token, '/api/v1/status/buildinfo')));

  test('slows down a token that asks too often, says for how long, and no other', async () => {
    const api = open();
    const busy = await addApiToken(store.table, 'busy', nowMs, { role: 'viewer' });
    const calm = await addApiToken(store.table, 'calm', nowMs, { role: 'viewer' });
    for (let i = 0; i < CALLER_LIMIT.burst; i++) expect((await ask(api, busy)).status).toBe(200);
    const { status, headers, json } = await ask(api, busy);
    expect([status, headers['retry-after']]).toEqual([429, '1']);
    expect(json).toEqual({
      status: 'error',
      errorType: 'unavailable',
      error: 'more than 100 requests a second from busy',
    });
    expect((await ask(api, calm)).status).toBe(200);
    nowMs += 1000;
    expect((await ask(api, busy)).status).toBe(200);
  });

  test('looks up no more tokens for an address that has sent too many wrong ones', async () => {
    const api = open();
    const old = await addApiToken(store.table, 'old', nowMs, { role: 'viewer' });
    const fresh = await addApiToken(store.table, 'fresh', nowMs, { role: 'viewer' });
    expect((await ask(api, old)).status).toBe(200);
    const { burst } = TOKEN_GUESS_LIMITS.perSource;
    for (let i = 0; i < burst; i++) expect((await ask(api, secret('hvt'))).status).toBe(401);
    const refused = await ask(api, secret('hvt'));
    expect([refused.status, refused.headers['retry-after']]).toEqual([429, '1']);
    // What is remembered goes on; who comes from elsewhere is not held up; and it is over in a second.
    expect((await ask(api, old)).status).toBe(200);
    expect((await ask(api, fresh)).status).toBe(429);
    expect((await ask(api, fresh, '192.0.2.2')).status).toBe(200);
    nowMs += 2000;
    expect((await ask(api, secret('hvt'))).status).toBe(401);
  });

  test('what is no token at all costs no look-up, and holds nobody up', async () => {
    const api = open();
    for (let i = 0; i < 200; i++) expect((await ask(api, `hvt_${i}`)).status).toBe(401);
    expect((await ask(api, secret('hvt'))).status).toBe(401);
  });
});

test.each([
  ['ingest', '/v1/batches', createIngest],
  ['remote write', '/api/v1/write', createRemoteWrite],
] as const)(
  '%s looks up no more keys for an address that has sent too many wrong ones; a host that is known goes on',
  async (_, path, create) => {
    const handler = create(store.environment, () => nowMs);
    const statusOf = async (key: string, ip: string) => {
      const event = from(ip, key, path, 'POST');
      event.headers['content-type'] =
        path === '/v1/batches' ? 'application/vnd.hypervigil.chunk' : 'application/x-protobuf';
      const result = await handler(event);
      return typeof result === 'string' ? 200 : result.statusCode;
    };
    const known = await addHostKey(store.table, 'web-1', nowMs);
    const before = await statusOf(known, '192.0.2.1');
    for (let i = 0; i < GUESS_LIMITS.perSource.burst; i++)
      expect(await statusOf(secret('hv'), '192.0.2.1')).toBe(401);
    expect(await statusOf(secret('hv'), '192.0.2.1')).toBe(429);
    expect(await statusOf(secret('hv'), '192.0.2.2')).toBe(401);
    expect(await statusOf(known, '192.0.2.1')).toBe(before);
    expect([401, 429]).not.toContain(before);
  },
);

test('the command line waits as it is told, and asks again, a few times', async () => {
  let asked = 0;
  let refusals = 3;
  const started = await startFront({
    port: 0,
    routes: {
      '/api/v1/': async () => {
        asked++;
        if (asked > refusals) return { statusCode: 200, body: '{"data":1}' };
        return { statusCode: 429, headers: { 'retry-after': '0' }, body: '{"error":"too many"}' };
      },
    },
    nowMs: () => nowMs,
    onFault: (path, error) => console.error(path, error),
  });
  if (!started.ok) throw new Error(started.error.message);
  const client = createClient(started.value.url, secret('hvt'));
  const get = () => client.get('/api/v1/x', v.object({ data: v.number() }));
  expect(await get()).toEqual({ ok: true, value: { data: 1 } });
  expect(asked).toBe(4);
  refusals = 100;
  expect(await get()).toMatchObject({ ok: false, error: { status: 429 } });
  expect(asked).toBe(9);
  await started.value.close();
});

describe('guesses', () => {
  const limits = {
    perSource: { burst: 5, perSecond: 1 },
    inAll: { burst: 20, perSecond: 10 },
  };
  const hashed = (text: string) => createHash('sha256').update(text).digest('hex');

  test('of all addresses together are bounded, however many there are', async () => {
    let asked = 0;
    const keys = createKeyCache<string>({
      ask: async (key) => {
        asked++;
        return key === 'true' ? 'ann' : undefined;
      },
      readStamp: async () => 'stamp',
    });
    const look = guardGuesses(keys, limits);
    expect(await look('true', '192.0.2.1', nowMs)).toEqual({ owner: 'ann', waitMs: 0 });
    for (let second = 0; second < 60; second++) {
      for (let i = 0; i < 1000; i++) {
        const key = hashed(`${second} ${i}`);
        await look(key, `2001:db8::${second}:${i}`, nowMs + i);
      }
      nowMs += 1000;
    }
    expect(asked).toBeLessThan(20 + 60 * 11);
    // A thousand wrong ones a second, and the true one was not forgotten.
    const before = asked;
    expect(await look('true', '192.0.2.1', START_MS + 30_000)).toEqual({ owner: 'ann', waitMs: 0 });
    expect(asked).toBe(before);
  });
});
