import { afterEach, beforeEach, expect, test } from 'vitest';
import { createHandler } from '../../functions/enroll/handler.ts';
import { createAuditLog } from '../../functions/store/audit-log.ts';
import { addEnrolmentToken } from '../../functions/store/enrolment-tokens.ts';
import { hashHostKey, idOfHostKey, newHostKey } from '../../functions/store/host-keys.ts';
import { apiEvent } from '../api/fixture.ts';
import { startTable, type TestTable } from '../functions/table.ts';

const START_MS = Date.UTC(2026, 2, 1);
const DAY_MS = 86_400_000;

let store: TestTable;
let nowMs: number;
let enroll: ReturnType<typeof createHandler>;

beforeEach(async () => {
  store = await startTable();
  nowMs = START_MS;
  enroll = createHandler(store.environment, { nowMs: () => nowMs, audit: () => {} });
});
afterEach(() => store.close());

async function ask(secret: string, host: string, key: string): Promise<number> {
  const { requestContext, ...event } = apiEvent({
    method: 'POST',
    rawPath: '/v1/enrolments',
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
    body: JSON.stringify({ host, keyHash: hashHostKey(key) }),
  });
  const http = { ...requestContext.http, sourceIp: '192.0.2.7' };
  nowMs += 60_000;
  const result = await enroll({ ...event, requestContext: { ...requestContext, http } });
  return typeof result === 'string' ? 200 : (result.statusCode ?? 200);
}

async function records() {
  const log = createAuditLog(store.table, () => nowMs);
  return (await log.list({ fromMs: 0, toMs: nowMs, limit: 100 }, nowMs)).records;
}

const nameOf = (key: string) => idOfHostKey(hashHostKey(key));

test('a host that gets a key, and one that exchanges it, is on record: who, what, before and after', async () => {
  const terms = { uses: 2, expiresAtMs: nowMs + DAY_MS, mayReEnrol: true };
  const { token, id } = await addEnrolmentToken(store.table, terms, nowMs);
  const [first, second, third] = [newHostKey(), newHostKey(), newHostKey()];
  expect(await ask(token, 'web-1', first)).toBe(200);
  // The same again changes nothing.
  expect(await ask(token, 'web-1', first)).toBe(200);
  expect(await ask(first, 'web-1', second)).toBe(200);
  expect(await ask(token, 'web-1', third)).toBe(200);
  const common = { subject: 'web-1', outcome: 'done' };
  const found = await records();
  expect(found).toEqual([
    expect.objectContaining({
      ...{ ...common, who: id, action: 'host.enrol' },
      before: { key: nameOf(second), isRevoked: false },
      after: expect.objectContaining({ key: nameOf(third), address: '192.0.2.7' }),
    }),
    expect.objectContaining({
      ...{ ...common, who: 'web-1', action: 'key.rotate' },
      before: { key: nameOf(first), isRevoked: false },
      after: expect.objectContaining({ key: nameOf(second), oldKeyEndsAt: expect.any(String) }),
    }),
    expect.objectContaining({
      ...{ ...common, who: id, action: 'host.enrol' },
      after: { key: nameOf(first), address: '192.0.2.7' },
    }),
  ]);
  const text = JSON.stringify(found);
  for (const secret of [token, first, second, third]) {
    expect(text).not.toContain(secret.slice(4));
    expect(text).not.toContain(hashHostKey(secret));
  }
});

test('what is refused leaves no record, which anyone could make without end', async () => {
  const terms = { uses: 1, expiresAtMs: nowMs + DAY_MS, mayReEnrol: false, hosts: 'db-*' };
  const { token } = await addEnrolmentToken(store.table, terms, nowMs);
  expect(await ask(token, 'web-1', newHostKey())).toBe(403);
  expect(await ask(`hve_${'x'.repeat(32)}`, 'db-1', newHostKey())).toBe(401);
  expect(await records()).toEqual([]);
});

test('a host that exchanges its key over and over is slowed down', async () => {
  const terms = { uses: 1, expiresAtMs: nowMs + DAY_MS, mayReEnrol: false };
  const { token } = await addEnrolmentToken(store.table, terms, nowMs);
  let key = newHostKey();
  expect(await ask(token, 'web-1', key)).toBe(200);
  for (let i = 0; i < 30; i++) {
    const next = newHostKey();
    nowMs -= 60_000;
    const status = await ask(key, 'web-1', next);
    expect(status).toBe(i < 10 ? 200 : 429);
    if (status === 200) key = next;
  }
});
