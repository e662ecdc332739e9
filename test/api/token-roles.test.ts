import { createHash, randomBytes } from 'node:crypto';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import * as v from 'valibot';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DAY_MS } from '../../core/time.ts';
import { createHandler } from '../../functions/api/handler.ts';
import { addApiToken, listApiTokens, revokeApiToken } from '../../functions/store/api-tokens.ts';
import { API_TOKEN_PARTITION } from '../../functions/store/item-keys.ts';
import { startTable, type TestTable } from '../functions/table.ts';
import { apiEvent, NOW_MS, readReply } from './fixture.ts';

let store: TestTable;
let nowMs = NOW_MS;
let handler: ReturnType<typeof createHandler>;

beforeAll(async () => {
  store = await startTable();
  handler = createHandler({ ...store.environment, RULES_DIR: 'test/api/rules' }, () => nowMs);
});
afterAll(() => store.close());

async function ask(token: string) {
  const headers = { authorization: `Bearer ${token}` };
  const event = apiEvent({ rawPath: '/api/v1/query', rawQueryString: 'query=1', headers });
  return readReply(await handler(event));
}

async function silence(token: string) {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const body = JSON.stringify({
    matchers: [{ name: 'vm', value: 'db', isRegex: false, isEqual: true }],
    startsAt: new Date(nowMs).toISOString(),
    endsAt: new Date(nowMs + DAY_MS).toISOString(),
    createdBy: 'ada',
    comment: 'is being moved',
  });
  const event = apiEvent({ method: 'POST', rawPath: '/api/v2/silences', headers, body });
  return readReply(await handler(event));
}

it('lets a viewer ask and not silence, and says what it would take', async () => {
  const token = await addApiToken(store.table, 'grafana', nowMs, { role: 'viewer' });
  expect((await ask(token)).status).toBe(200);
  const refused = await silence(token);
  expect(refused.status).toBe(403);
  expect(refused.json.error).toBe('this token (grafana) has the role viewer; this takes operator');
});

it.each(['operator', 'admin'] as const)('lets an %s ask and silence', async (role) => {
  const token = await addApiToken(store.table, 'ada', nowMs, { role });
  expect((await ask(token)).status).toBe(200);
  expect((await silence(token)).status).toBe(200);
});

it('goes on with tokens from before there were roles: they may silence', async () => {
  const token = `hvt_${randomBytes(24).toString('base64url')}`;
  const hash = createHash('sha256').update(token).digest('base64url');
  const Item = { p: { S: API_TOKEN_PARTITION }, s: { S: hash }, name: { S: 'old' } };
  await store.table.client.send(
    new PutItemCommand({
      TableName: store.table.name,
      Item: { ...Item, createdAtMs: { N: '1' } },
    }),
  );
  expect((await silence(token)).status).toBe(200);
});

it('refuses a token from the moment it ends, however warm the function is', async () => {
  const endsAtMs = nowMs + 10_000;
  const token = await addApiToken(store.table, 'ci', nowMs, { role: 'viewer', endsAtMs });
  expect((await ask(token)).status).toBe(200);
  nowMs = endsAtMs;
  const refused = await ask(token);
  expect(refused.status).toBe(401);
  expect(refused.json.error).toContain('(ci) has ended');
});

it('refuses a token that was revoked, within a minute', async () => {
  const token = await addApiToken(store.table, 'left', nowMs, { role: 'admin' });
  expect((await ask(token)).status).toBe(200);
  const [known] = (await listApiTokens(store.table)).filter(({ name }) => name === 'left');
  if (known === undefined) throw new Error('not listed');
  await revokeApiToken(store.table, known, nowMs);
  nowMs += 60_000;
  expect((await ask(token)).status).toBe(401);
});

it('keeps on record who silenced what, for admins', async () => {
  const admin = await addApiToken(store.table, 'root', nowMs, { role: 'admin' });
  const operator = await addApiToken(store.table, 'grace', nowMs, { role: 'operator' });
  const made = await silence(operator);
  const { silenceID } = JSON.parse(made.text);
  nowMs += 1000;
  const authorization = { authorization: `Bearer ${operator}` };
  await handler(
    apiEvent({
      method: 'DELETE',
      rawPath: `/api/v2/silence/${silenceID}`,
      headers: authorization,
    }),
  );

  const asked = apiEvent({ rawPath: '/api/v1/audit', headers: authorization });
  expect(readReply(await handler(asked)).status).toBe(403);
  const answer = readReply(
    await handler({ ...asked, headers: { authorization: `Bearer ${admin}` } }),
  );
  const backwards = { ...asked, rawQueryString: 'start=200&end=100' };
  expect(
    readReply(await handler({ ...backwards, headers: { authorization: `Bearer ${admin}` } })),
  ).toMatchObject({ status: 400, json: { error: expect.stringContaining('"end"') } });
  const state = { matchers: ['vm="db"'], createdBy: 'ada', comment: 'is being moved' };
  const ofGrace = v.parse(v.array(v.looseObject({ who: v.string() })), answer.json.data);
  expect(ofGrace.filter(({ who }) => who === 'grace')).toEqual([
    expect.objectContaining({
      ...{ who: 'grace', action: 'silence.end', subject: silenceID, outcome: 'done' },
      before: expect.objectContaining(state),
      after: expect.objectContaining({ ...state, endsAt: new Date(nowMs).toISOString() }),
    }),
    expect.objectContaining({
      ...{ who: 'grace', action: 'silence.add', subject: silenceID, outcome: 'done' },
      after: expect.objectContaining(state),
    }),
  ]);
});
