import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createHandler as createApi } from '../../functions/api/handler.ts';
import { createHandler as createEnrol } from '../../functions/enroll/handler.ts';
import { createHandler as createIngest } from '../../functions/ingest/handler.ts';
import { createHandler as createRemoteWrite } from '../../functions/remote-write/handler.ts';
import { addApiToken } from '../../functions/store/api-tokens.ts';
import { openTable, type Table } from '../../functions/store/dynamo.ts';
import { addEnrolmentToken } from '../../functions/store/enrolment-tokens.ts';
import { addHostKey, newHostKey } from '../../functions/store/host-keys.ts';
import { REVOKED_PARTITION } from '../../functions/store/item-keys.ts';
import { rotateHostKey } from '../../functions/store/key-list.ts';
import { readRevocationStamp } from '../../functions/store/revocations.ts';
import { revoke } from '../../infra/aws/key-commands.ts';
import {
  ask,
  batchEvent,
  enrolEvent,
  remoteWriteEvent,
  urlEvent,
} from '../table-faults/clients.ts';
import { LASTING } from '../table-faults/faults.ts';
import { type Fault, type FaultyProxy, startProxy } from '../table-faults/proxy.ts';
import { startTable, type TestTable } from './table.ts';

/** Keys and tokens that end while warm functions remember them. */

const START_MS = Date.UTC(2026, 2, 1);
const STEP_MS = 10_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
const DENIED = LASTING['access denied'];

let store: TestTable;
let proxy: FaultyProxy;
/** The functions' way to the table, on which calls are counted and fail. */
let environment: Readonly<Record<string, string>>;
let table: Table;
let nowMs: number;
const now = () => nowMs;

beforeEach(async () => {
  store = await startTable();
  proxy = await startProxy(store.environment['DYNAMODB_ENDPOINT'] ?? '');
  environment = { ...store.environment, DYNAMODB_ENDPOINT: proxy.endpoint };
  table = openTable({ tableName: 'test', endpoint: proxy.endpoint });
  nowMs = START_MS;
});
afterEach(async () => {
  vi.restoreAllMocks();
  table.client.destroy();
  proxy.close();
  await store.close();
});

/** A warm function; which key or token does it take? */
type Taker = (secret: string) => Promise<boolean>;

/** The bytes are no good; whose they are is looked at before. */
function warmIngest(): Taker {
  const handler = createIngest(environment, now);
  return async (key) => (await ask(handler, batchEvent(key, []))).status !== 401;
}

function warmRemoteWrite(): Taker {
  const handler = createRemoteWrite(environment, now);
  return async (key) => (await ask(handler, remoteWriteEvent(key, []))).status !== 401;
}

function warmApi(): Taker {
  const handler = createApi({ ...environment, RULES_DIR: 'test/api/rules' }, now);
  return async (token) => {
    const event = urlEvent({
      method: 'GET',
      rawPath: '/api/v1/query',
      rawQueryString: 'query=1',
      headers: { authorization: `Bearer ${token}` },
    });
    return (await ask(handler, event)).status !== 401;
  };
}

async function goOn(ms: number, each: () => Promise<void>): Promise<void> {
  for (const endMs = nowMs + ms; nowMs < endMs; nowMs += STEP_MS) await each();
}

/** Calls of the table that name a partition, for some time of use every ten seconds. */
async function callsWhile(ms: number, partition: string, use: () => Promise<void>) {
  proxy.inject();
  await goOn(ms, use);
  return proxy.calls().filter(({ body }) => body.includes(`"${partition}"`));
}

/** The fault at each call of one kind that names the stamp. */
function breakStamp(operation: 'GetItem' | 'PutItem', fault: Fault | undefined): void {
  proxy.inject((call) =>
    call.operation === operation && call.body.includes(REVOKED_PARTITION) ? fault : undefined,
  );
}

const KINDS = [
  ['a host', warmIngest, () => addHostKey(store.table, 'x', nowMs)],
  ['a sender', warmRemoteWrite, () => addHostKey(store.table, 'x', nowMs, 'sender')],
  ['the API', warmApi, () => addApiToken(store.table, 'x', nowMs, { role: 'viewer' })],
] as const;

describe.each(KINDS)('a key of %s', (_, warm, make) => {
  test('that is revoked is taken by no warm function a minute later, however often it is used', async () => {
    const isTaken = warm();
    const key = await make();
    await goOn(5 * MINUTE_MS, async () => expect(await isTaken(key)).toBe(true));
    expect(await revoke(store.table, 'x', nowMs)).toMatch(/ended; within a minute nothing takes/);
    await goOn(MINUTE_MS, async () => void (await isTaken(key)));
    expect(await isTaken(key)).toBe(false);
  });

  test('is hardly ever asked for, where it is used every ten seconds for hours', async () => {
    const isTaken = warm();
    const key = await make();
    const use = async () => {
      expect(await isTaken(key)).toBe(true);
      // In ten seconds a function's look for the stamp has come to its end: it began before this one.
      await readRevocationStamp(table);
    };
    // When it was first asked for, the function knew no stamp.
    await goOn(2 * MINUTE_MS, use);
    const partition = warm === warmApi ? 'INV#TOKEN' : 'INV#KEY';
    const calls = await callsWhile(2 * HOUR_MS, partition, use);
    // Where a look took longer than this read, the key was asked for instead.
    expect(calls.length).toBeLessThan(20);
    // Ends are seen at once, or forgetting would be for nothing.
    for (const { body } of calls) expect(JSON.parse(body)).toMatchObject({ ConsistentRead: true });
  });

  test('dies as soon when the stamp cannot be read, and until then is taken', async () => {
    const isTaken = warm();
    const key = await make();
    breakStamp('GetItem', DENIED);
    await goOn(5 * MINUTE_MS, async () => expect(await isTaken(key)).toBe(true));
    await revoke(store.table, 'x', nowMs);
    await goOn(MINUTE_MS, async () => void (await isTaken(key)));
    expect(await isTaken(key)).toBe(false);
  });

  test('dies as soon when it ended and nobody could be told, once that is done again', async () => {
    const isTaken = warm();
    const key = await make();
    await goOn(2 * MINUTE_MS, async () => expect(await isTaken(key)).toBe(true));
    breakStamp('PutItem', DENIED);
    await expect(revoke(table, 'x', nowMs)).rejects.toThrow('injected');
    breakStamp('PutItem', undefined);
    await goOn(5 * MINUTE_MS, async () => void (await isTaken(key)));
    const again = await revoke(table, 'x', nowMs).catch(String);
    expect(again).toMatch(/"x" has no key or API token that is good|1 API token of x ended/);
    await goOn(MINUTE_MS, async () => void (await isTaken(key)));
    expect(await isTaken(key)).toBe(false);
  });
});

describe('a key that is replaced', () => {
  test.each([0, 10 * MINUTE_MS, 25 * HOUR_MS])(
    'with an overlap of %i ms is good until then, and not longer than a minute if that is none',
    async (overlapMs) => {
      const isTaken = warmIngest();
      const old = await addHostKey(store.table, 'x', nowMs);
      await goOn(2 * MINUTE_MS, async () => expect(await isTaken(old)).toBe(true));
      const endMs = nowMs + overlapMs;
      const key = await rotateHostKey(store.table, 'x', nowMs, overlapMs);
      if (key === undefined) return expect.fail('no key');
      await goOn(MINUTE_MS, async () => {
        expect(await isTaken(key)).toBe(true);
        if (nowMs < endMs) expect(await isTaken(old)).toBe(true);
      });
      if (overlapMs > 0) {
        // An hour in which it is remembered, up to the last millisecond.
        for (nowMs = Math.max(nowMs, endMs - HOUR_MS); nowMs < endMs; nowMs += MINUTE_MS)
          expect(await isTaken(old)).toBe(true);
        nowMs = endMs - 1;
        expect(await isTaken(old)).toBe(true);
        nowMs = endMs;
      }
      expect([await isTaken(old), await isTaken(key)]).toEqual([false, true]);
    },
  );

  async function enrolment(mayReEnrol: boolean) {
    const terms = { uses: 2, expiresAtMs: nowMs + DAY_MS, mayReEnrol };
    const { token } = await addEnrolmentToken(store.table, terms, nowMs);
    const handler = createEnrol(environment, { nowMs: now, audit: () => {} });
    return async (key: string, secret = token) =>
      (await ask(handler, enrolEvent(secret, 'x', key))).status;
  }

  test('by enrolling anew dies within a minute', async () => {
    const isTaken = warmIngest();
    const enrol = await enrolment(true);
    const [old, key] = [newHostKey(), newHostKey()];
    expect(await enrol(old)).toBe(200);
    await goOn(2 * MINUTE_MS, async () => expect(await isTaken(old)).toBe(true));
    expect(await enrol(key)).toBe(200);
    await goOn(MINUTE_MS, async () => void (await isTaken(old)));
    expect([await isTaken(old), await isTaken(key)]).toEqual([false, true]);
  });

  test('by enrolling anew, and nobody could be told: the host is to come again, and then it dies', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {});
    const isTaken = warmIngest();
    const enrol = await enrolment(true);
    const [old, key] = [newHostKey(), newHostKey()];
    expect(await enrol(old)).toBe(200);
    await goOn(2 * MINUTE_MS, async () => expect(await isTaken(old)).toBe(true));
    breakStamp('PutItem', DENIED);
    expect(await enrol(key)).toBe(503);
    breakStamp('PutItem', undefined);
    expect(await enrol(key)).toBe(200);
    await goOn(MINUTE_MS, async () => void (await isTaken(old)));
    expect(await isTaken(old)).toBe(false);
  });

  test('as hosts do by themselves, each day, makes no function forget the others', async () => {
    const enrol = await enrolment(false);
    const [old, key] = [newHostKey(), newHostKey()];
    expect(await enrol(old)).toBe(200);
    expect(await enrol(key, old)).toBe(200);
    expect(await readRevocationStamp(store.table)).toBe('');
  });
});
