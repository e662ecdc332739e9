import type { LambdaFunctionURLEvent } from 'aws-lambda';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AuditRecord } from '../../functions/enroll/audit.ts';
import { createHandler } from '../../functions/enroll/handler.ts';
import { createHandler as createIngest } from '../../functions/ingest/handler.ts';
import {
  addEnrolmentToken,
  readEnrolmentToken,
  revokeEnrolmentToken,
} from '../../functions/store/enrolment-tokens.ts';
import { claimHost } from '../../functions/store/host-claims.ts';
import { addHostKey, hashHostKey, hostOfKey, newHostKey } from '../../functions/store/host-keys.ts';
import { carryOut } from '../../functions/store/key-endings.ts';
import { listHostKeys, revokeHostKeys, rotateHostKey } from '../../functions/store/key-list.ts';
import { startTable, type TestTable } from '../functions/table.ts';

const START_MS = Date.UTC(2026, 2, 1);
const HOUR_MS = 3_600_000;

let store: TestTable;
let nowMs: number;
let log: AuditRecord[];
let enroll: ReturnType<typeof createHandler>;

beforeEach(async () => {
  store = await startTable();
  nowMs = START_MS;
  log = [];
  enroll = createHandler(store.environment, {
    nowMs: () => nowMs,
    audit: (record) => log.push(record),
  });
});
afterEach(() => store.close());

interface Terms {
  readonly uses?: number;
  readonly hours?: number;
  readonly mayReEnrol?: boolean;
  readonly hosts?: string;
}

async function newToken({
  uses = 1,
  hours = 24,
  mayReEnrol = false,
  ...bound
}: Terms = {}): Promise<string> {
  const terms = { uses, expiresAtMs: nowMs + hours * HOUR_MS, mayReEnrol, ...bound };
  return (await addEnrolmentToken(store.table, terms, nowMs)).token;
}

function event(
  secret: string,
  body: unknown,
  { method = 'POST', path = '/v1/enrolments', ip = '192.0.2.1' } = {},
): LambdaFunctionURLEvent {
  const whatElseThereIs: Partial<LambdaFunctionURLEvent> = {};
  return {
    version: '2.0',
    rawPath: path,
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
    requestContext: { http: { method, sourceIp: ip } },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    isBase64Encoded: false,
    ...whatElseThereIs,
  } as LambdaFunctionURLEvent;
}

async function post(input: LambdaFunctionURLEvent) {
  const result = await enroll(input);
  if (typeof result === 'string') throw new Error(result);
  const { statusCode: status = 0, headers = {}, body = '' } = result;
  return { status, headers, body: JSON.parse(body) };
}

/** What comes of asking, as status and code. */
async function ask(secret: string, host: string, key: string): Promise<[number, string]> {
  const { status, body } = await post(event(secret, { host, keyHash: hashHostKey(key) }));
  return [status, body.outcome ?? body.error.code];
}

const owner = (key: string) => hostOfKey(store.table, key, nowMs);

describe('an enrolment token', () => {
  test('gives a host a key with which it may write, and is used up', async () => {
    const token = await newToken();
    const key = newHostKey();
    expect(await ask(token, 'web-1', key)).toEqual([200, 'enrolled']);
    expect(await owner(key)).toBe('web-1');
    expect(await ask(token, 'web-2', newHostKey())).toEqual([403, 'token_used_up']);
  });

  test('gives as many keys as it has uses, however many ask at once', async () => {
    const token = await newToken({ uses: 7 });
    const asked = Array.from({ length: 20 }, (_, i) => ask(token, `web-${i}`, newHostKey()));
    const answers = (await Promise.all(asked)).map(([, code]) => code);
    expect(answers.filter((code) => code === 'enrolled')).toHaveLength(7);
    expect(await listHostKeys(store.table)).toHaveLength(7);
  });

  test('ends when its time is over, and when it is revoked; keys it gave go on', async () => {
    const short = await newToken({ uses: 5, hours: 1 });
    const key = newHostKey();
    await ask(short, 'web-1', key);
    nowMs += HOUR_MS;
    expect(await ask(short, 'web-2', newHostKey())).toEqual([403, 'token_expired']);
    const revoked = await newToken({ uses: 5 });
    const known = await readEnrolmentToken(store.table, revoked);
    if (known === undefined) throw new Error('not stored');
    await revokeEnrolmentToken(store.table, known);
    expect(await ask(revoked, 'web-2', newHostKey())).toEqual([403, 'token_revoked']);
    expect(await owner(key)).toBe('web-1');
  });

  test('for some names enrols no host of another, which takes no use of it', async () => {
    const token = await newToken({ hosts: 'web-*' });
    expect(await ask(token, 'db-1', newHostKey())).toEqual([403, 'host_not_meant']);
    const wish = { host: 'db-1', keyHash: hashHostKey(newHostKey()) };
    expect((await post(event(token, wish))).body.error.message).toMatch(
      /^enrol-\w+ enrols hosts named "web-\*" only, and this one is "db-1"/,
    );
    expect(log.at(-1)).toMatchObject({ event: 'host_enrolment_refused', host: 'db-1' });
    expect(await ask(token, 'web-1', newHostKey())).toEqual([200, 'enrolled']);
  });

  test('that nobody made is refused, and leaves no line in the log', async () => {
    expect(await ask(`hve_${'x'.repeat(32)}`, 'web-1', newHostKey())).toEqual([
      401,
      'unauthorized',
    ]);
    expect(log).toEqual([]);
  });

  test('is stored as nothing but its hash', async () => {
    const token = await newToken();
    const stored = await readEnrolmentToken(store.table, token);
    expect(JSON.stringify(stored)).not.toContain(token.slice(4));
  });
});

describe('a name', () => {
  test('is given once, even to hosts that ask at the same moment', async () => {
    const token = await newToken({ uses: 10 });
    const keys = Array.from({ length: 10 }, newHostKey);
    const answers = await Promise.all(keys.map((key) => ask(token, 'web-1', key)));
    expect(answers.filter(([status]) => status === 200)).toHaveLength(1);
    const owners = await Promise.all(keys.map(owner));
    expect(owners.filter((host) => host !== undefined)).toEqual(['web-1']);
    expect((await readEnrolmentToken(store.table, token))?.usesLeft).toBeLessThanOrEqual(9);
  });

  test('of a host that has a key is taken, whoever made that', async () => {
    await addHostKey(store.table, 'db-1', nowMs);
    const token = await newToken();
    expect(await ask(token, 'db-1', newHostKey())).toEqual([409, 'host_taken']);
    expect((await readEnrolmentToken(store.table, token))?.usesLeft).toBe(1);
  });

  test('may be taken over with a token for that, which ends the key before at once', async () => {
    const old = await addHostKey(store.table, 'db-1', nowMs);
    const key = newHostKey();
    expect(await ask(await newToken({ mayReEnrol: true }), 'db-1', key)).toEqual([200, 'enrolled']);
    expect([await owner(old), await owner(key)]).toEqual([undefined, 'db-1']);
  });

  test('stays taken when its keys were revoked: the token on a stolen disk does not bring it back', async () => {
    const token = await newToken({ uses: 5 });
    const key = newHostKey();
    await ask(token, 'web-1', key);
    expect(await revokeHostKeys(store.table, 'web-1', nowMs)).toBe(1);
    expect(await owner(key)).toBeUndefined();
    expect(await ask(token, 'web-1', newHostKey())).toEqual([409, 'host_taken']);
    expect(await ask(token, 'web-1', key)).toEqual([409, 'host_taken']);
    const back = newHostKey();
    expect(await ask(await newToken({ mayReEnrol: true }), 'web-1', back)).toEqual([
      200,
      'enrolled',
    ]);
    expect(await owner(back)).toBe('web-1');
  });

  test('claimed by one who was gone before there was a key is free, and the late one gets nothing', async () => {
    const late = newHostKey();
    const claim = { keyHash: hashHostKey(late), claimedAtMs: nowMs, isRevoked: false };
    await claimHost(store.table, 'web-1', claim, undefined);
    const key = newHostKey();
    expect(await ask(await newToken(), 'web-1', key)).toEqual([200, 'enrolled']);
    expect(await carryOut(store.table, 'web-1', claim, { by: 'enrol-1', nowMs })).toBe(false);
    expect([await owner(late), await owner(key)]).toEqual([undefined, 'web-1']);
  });
});

describe('the same wish again', () => {
  test('is granted without another use: the first answer may have been lost', async () => {
    const token = await newToken();
    const key = newHostKey();
    await ask(token, 'web-1', key);
    nowMs += 48 * HOUR_MS;
    expect(await ask(token, 'web-1', key)).toEqual([200, 'known']);
    expect(await listHostKeys(store.table)).toHaveLength(1);
  });

  test('does the rest of one that was broken off between its writes', async () => {
    const token = await newToken();
    const key = newHostKey();
    const claim = { keyHash: hashHostKey(key), claimedAtMs: nowMs, isRevoked: false };
    await claimHost(store.table, 'web-1', claim, undefined);
    expect(await owner(key)).toBeUndefined();
    expect(await ask(token, 'web-1', key)).toEqual([200, 'known']);
    expect(await owner(key)).toBe('web-1');
  });

  test('for another name is refused: a key is for one host', async () => {
    const token = await newToken({ uses: 2 });
    const key = newHostKey();
    await ask(token, 'web-1', key);
    expect(await ask(token, 'web-2', key)).toEqual([409, 'key_used_before']);
  });
});

describe('a host with a key', () => {
  test('exchanges it without a gap: both are good for a day', async () => {
    const old = await addHostKey(store.table, 'web-1', nowMs);
    const key = newHostKey();
    const { status, body } = await post(event(old, { host: 'web-1', keyHash: hashHostKey(key) }));
    expect([status, body.outcome, body.oldKeyEndsAt]).toEqual([
      200,
      'rotated',
      '2026-03-02T00:00:00.000Z',
    ]);
    expect([await owner(old), await owner(key)]).toEqual(['web-1', 'web-1']);
    expect(await ask(old, 'web-1', key), 'again').toEqual([200, 'known']);
    nowMs += 24 * HOUR_MS;
    expect([await owner(old), await owner(key)]).toEqual([undefined, 'web-1']);
    expect(await ask(old, 'web-1', newHostKey())).toEqual([401, 'unauthorized']);
  });

  test('that was replaced can not exchange the old one again', async () => {
    const old = await addHostKey(store.table, 'web-1', nowMs);
    await ask(old, 'web-1', newHostKey());
    expect(await ask(old, 'web-1', newHostKey())).toEqual([409, 'not_newest']);
  });

  test('gets none for another host, nor does a sender for a host of its name', async () => {
    const key = await addHostKey(store.table, 'web-1', nowMs);
    expect(await ask(key, 'web-2', newHostKey())).toEqual([403, 'wrong_host']);
    const sender = await addHostKey(store.table, 'prometheus', nowMs, 'sender');
    expect(await ask(sender, 'prometheus', newHostKey())).toEqual([403, 'wrong_host']);
  });

  test('gets another one by hand, and the old one goes on for as long as was said', async () => {
    const old = await addHostKey(store.table, 'web-1', nowMs);
    const key = await rotateHostKey(store.table, 'web-1', nowMs, HOUR_MS);
    if (key === undefined) throw new Error('no key');
    expect([await owner(old), await owner(key)]).toEqual(['web-1', 'web-1']);
    nowMs += HOUR_MS;
    expect([await owner(old), await owner(key)]).toEqual([undefined, 'web-1']);
    expect(await rotateHostKey(store.table, 'nobody', nowMs, HOUR_MS)).toBeUndefined();
  });
});

describe('refused with a status and a sentence', () => {
  const good = { host: 'web-1', keyHash: 'x'.repeat(43) };
  const none = `hve_${'x'.repeat(32)}`;
  test.each<[string, LambdaFunctionURLEvent, number, string, RegExp]>([
    ['no token', event('', good), 401, 'unauthorized', /Authorization: Bearer/],
    ['what is no token', event('secret', good), 401, 'unauthorized', /hve_/],
    ['another path', event(none, good, { path: '/v1/x' }), 404, 'not_found', /v1\/enrolments/],
    ['GET', event(none, good, { method: 'GET' }), 405, 'method', /GET/],
    ['no JSON', event(none, '{'), 400, 'body', /not JSON/],
    ['no name', event(none, { ...good, host: '' }), 400, 'body', /host: a name/],
    ["a sender's mark", event(none, { ...good, host: '@x' }), 400, 'body', /not "@"/],
    ['no hash', event(none, { host: 'web-1' }), 400, 'body', /keyHash/],
    ['the key itself', event(none, { ...good, key: 'hv_' }), 400, 'body', /host.*keyHash/],
    ['a long body', event(none, 'x'.repeat(5000)), 413, 'too_large', /5000/],
  ])('%s', async (_, input, status, code, message) => {
    const { status: got, body } = await post(input);
    expect([got, body.error]).toEqual([status, { code, message: expect.stringMatching(message) }]);
  });

  test('an address that asks without end is told when to come again; others are served', async () => {
    const answers = await Promise.all(Array.from({ length: 220 }, () => post(event(none, good))));
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(20);
    expect(answers.at(-1)?.headers).toMatchObject({ 'retry-after': '1' });
    expect((await post(event(none, good, { ip: '192.0.2.2' }))).status).toBe(401);
  });

  test('all of it while the table is out of reach', async () => {
    await store.close();
    expect(await post(event(none, good))).toMatchObject({
      status: 503,
      headers: { 'retry-after': '5' },
    });
    store = await startTable();
  }, 20_000);
});

test('the log says who was let in by what, and who was not, and holds no secret', async () => {
  const token = await newToken();
  const key = newHostKey();
  await ask(token, 'web-1', key);
  await ask(token, 'web-2', newHostKey());
  const id = (await readEnrolmentToken(store.table, token))?.id;
  expect(log).toMatchObject([
    { event: 'host_enrolled', outcome: 'enrolled', host: 'web-1', by: id, sourceIp: '192.0.2.1' },
    { event: 'host_enrolment_refused', outcome: 'token_used_up', host: 'web-2' },
  ]);
  const text = JSON.stringify(log);
  expect(text).not.toContain(token.slice(4));
  expect(text).not.toContain(hashHostKey(key));
});

test('a revoked key is worth nothing to ingest after a minute, however often it posts', async () => {
  const ingest = createIngest(store.environment, () => nowMs);
  const key = await addHostKey(store.table, 'web-1', nowMs);
  const postNothing = async () => {
    const headers = {
      authorization: `Bearer ${key}`,
      'content-type': 'application/vnd.hypervigil.chunk',
    };
    const result = await ingest({ ...event(key, '', { path: '/v1/batches' }), headers });
    return typeof result === 'string' ? result : result.statusCode;
  };
  expect(await postNothing(), 'the key is good, the bytes are not').toBe(400);
  await revokeHostKeys(store.table, 'web-1', nowMs);
  for (let second = 5; second < 60; second += 5) {
    nowMs = START_MS + second * 1000;
    await postNothing();
  }
  nowMs = START_MS + 60_000;
  expect(await postNothing()).toBe(401);
});
