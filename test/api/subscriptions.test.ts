import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Subscriptions } from '../../core/answers/subscriptions.ts';
import type { Role } from '../../core/role.ts';
import { createHandler } from '../../functions/api/handler.ts';
import { addApiToken } from '../../functions/store/api-tokens.ts';
import { startTable, type TestTable } from '../functions/table.ts';
import { type FakeSns, startFakeSns } from './fake-sns.ts';
import { apiEvent, NOW_MS, readReply } from './fixture.ts';

const LIST = '/api/v1/subscriptions';
let store: TestTable;
let sns: FakeSns;
let handler: ReturnType<typeof createHandler>;
let nowMs = NOW_MS;
const tokens: Partial<Record<Role, string>> = {};

beforeAll(async () => {
  store = await startTable();
  sns = await startFakeSns();
  const settings = { RULES_DIR: 'test/api/rules', SNS_ENDPOINT: sns.endpoint };
  const operations = { TOPIC_ARN_OPERATIONS: 'arn:aws:sns:local:000000000000:operations' };
  handler = createHandler({ ...store.environment, ...settings, ...operations }, () => nowMs);
  for (const role of ['viewer', 'operator', 'admin'] as const)
    tokens[role] = await addApiToken(store.table, role, nowMs, { role });
});
afterAll(async () => {
  await sns.close();
  await store.close();
});

async function as(role: Role, method: string, rawPath: string, body?: unknown) {
  const headers = { authorization: `Bearer ${tokens[role]}`, 'content-type': 'application/json' };
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  return readReply(await handler(apiEvent({ method, rawPath, headers, ...sent })));
}

const email = (address: string, topics = ['critical']) => ({ protocol: 'email', address, topics });
const sms = (address: string, topics = ['critical']) => ({ protocol: 'sms', address, topics });

async function listed(role: Role = 'admin'): Promise<Subscriptions> {
  const { json } = await as(role, 'GET', LIST);
  return json.data as Subscriptions;
}

async function idOf(address: string): Promise<string> {
  const { subscriptions } = await listed();
  const found = subscriptions.find((one) => one.address === address);
  if (found === undefined) throw new Error(`${address} is not listed`);
  return found.id;
}

test('topics have the names that explained alerts have', async () => {
  const { names, topics } = await listed('viewer');
  expect(Object.keys(names)).toEqual(topics);
  expect(names.operations).toBe('operations');
});

test('of many that are added at once some are told to come again, and all that are told so are not there', async () => {
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, i) => as('admin', 'POST', LIST, email(`many${i}@example.org`))),
  );
  const statuses = answers.map(({ status }) => status);
  expect(new Set(statuses)).toEqual(new Set([200, 429]));
  const there = (await listed()).subscriptions.filter(({ address }) => address.startsWith('many'));
  expect(there).toHaveLength(statuses.filter((status) => status === 200).length);
  expect((await as('admin', 'POST', LIST, email('later@example.org'))).status).toBe(200);
});

test('an email address is asked, waits, agrees, and is removed', async () => {
  const made = await as('admin', 'POST', LIST, email('ada@example.org', ['critical', 'info']));
  expect(made.json.data).toEqual({ added: ['critical', 'info'] });
  const ofAda = async () =>
    (await listed()).subscriptions.filter(({ address }) => address === 'ada@example.org');
  expect(await ofAda()).toMatchObject([
    { topic: 'critical', state: 'pending', from: 'here', addedBy: 'admin' },
    { topic: 'info', state: 'pending' },
  ]);
  const path = `${LIST}/${await idOf('ada@example.org')}`;
  const tooEarly = await as('admin', 'DELETE', path);
  expect([tooEarly.status, tooEarly.json.error]).toEqual([
    409,
    expect.stringContaining('48 hours'),
  ]);
  sns.confirm('ada@example.org');
  expect(await ofAda()).toMatchObject([{ state: 'confirmed' }, { state: 'confirmed' }]);
  expect((await as('admin', 'DELETE', path)).status).toBe(200);
  expect(await ofAda()).toMatchObject([{ topic: 'info' }]);
});

test('a phone is taken as people write it, and needs no confirmation', async () => {
  await as('admin', 'POST', LIST, sms('+1 (415) 555-0100'));
  const { subscriptions } = await listed();
  expect(subscriptions).toContainEqual(
    expect.objectContaining({ address: '+14155550100', protocol: 'sms', state: 'confirmed' }),
  );
});

test('what the deployment subscribed is shown as such, and not removed here', async () => {
  sns.add({ topic: 'warning', endpoint: 'team@example.org' });
  sns.confirm('team@example.org');
  const { subscriptions } = await listed();
  expect(subscriptions).toContainEqual(
    expect.objectContaining({ address: 'team@example.org', from: 'settings' }),
  );
  const refused = await as('admin', 'DELETE', `${LIST}/${await idOf('team@example.org')}`);
  expect([refused.status, refused.json.error]).toEqual([
    409,
    expect.stringContaining('settings of the deployment'),
  ]);
  const twice = await as('admin', 'POST', LIST, email('Team@example.org', ['warning']));
  expect(twice.status).toBe(409);
});

test('viewers see no whole addresses', async () => {
  const { subscriptions } = await listed('viewer');
  const shown = subscriptions.map(({ address }) => address);
  expect(shown).toContain('t***@example.org');
  expect(shown).toContain('+14*******00');
  expect(JSON.stringify(subscriptions)).not.toContain('team@');
});

test('only admins add and remove, operators test, viewers look', async () => {
  const statuses = async (role: Role) => [
    (await as(role, 'GET', LIST)).status,
    (await as(role, 'POST', LIST, { protocol: 'fax' })).status,
    (await as(role, 'DELETE', `${LIST}/sub-0`)).status,
    (await as(role, 'POST', '/api/v1/topics/none/test')).status,
  ];
  expect(await statuses('viewer')).toEqual([200, 403, 403, 403]);
  expect(await statuses('operator')).toEqual([200, 403, 403, 404]);
  expect(await statuses('admin')).toEqual([200, 400, 404, 404]);
});

test('a test is a real message to all of the topic, and not again within 5 minutes', async () => {
  expect((await as('operator', 'POST', '/api/v1/topics/critical/test')).status).toBe(200);
  const [published] = sns.published;
  expect(published?.topicArn).toMatch(/:critical$/);
  const texts = JSON.parse(published?.message ?? '');
  expect(texts.email).toContain('operator sent it to all who are subscribed to critical');
  expect(texts.sms.length).toBeLessThanOrEqual(140);
  const again = await as('operator', 'POST', '/api/v1/topics/critical/test');
  expect([again.status, again.headers['retry-after']]).toEqual([429, '300']);
  expect((await as('operator', 'POST', '/api/v1/topics/info/test')).status).toBe(200);
  nowMs += 300_000;
  expect((await as('operator', 'POST', '/api/v1/topics/critical/test')).status).toBe(200);
});

test('who has not agreed is asked again, at most every 10 minutes', async () => {
  await as('admin', 'POST', LIST, email('bea@example.org'));
  const path = `${LIST}/${await idOf('bea@example.org')}/confirmation`;
  expect((await as('admin', 'POST', path)).status).toBe(429);
  nowMs += 600_000;
  expect((await as('admin', 'POST', path)).status).toBe(200);
  expect((await as('admin', 'POST', path)).status).toBe(429);
  expect(sns.asked.get('bea@example.org')).toBe(2);
  sns.confirm('bea@example.org');
  expect((await as('admin', 'POST', path)).status).toBe(400);
});

describe('what is refused', () => {
  test.each([
    ['an address that is none', email('ada')],
    ['a local number', sms('0171 1234567')],
    ['letters', sms('+49 CALL ME')],
    ['a satellite phone', sms('+881612345678')],
    ['a premium number', sms('+979123456789')],
    [
      'a protocol we don’t add',
      { protocol: 'https', address: 'https://x.example', topics: ['info'] },
    ],
    ['no topic', email('ada@example.org', [])],
    ['an unknown topic', email('ada@example.org', ['all'])],
  ])('%s', async (_what, body) => {
    expect((await as('admin', 'POST', LIST, body)).status).toBe(400);
  });

  test('what SNS refuses is told in its words, and is not counted as added', async () => {
    const before = (await listed()).subscriptions.length;
    sns.refuseNext('Subscribe', 'AuthorizationError', 'no more than 10 text messages');
    const refused = await as('admin', 'POST', LIST, sms('+14155550177'));
    expect(refused.status).toBe(422);
    expect(refused.json.error).toContain('AuthorizationError');
    expect((await listed()).subscriptions).toHaveLength(before);
  });

  test('more than 20 phones', async () => {
    const statuses: number[] = [];
    for (let i = 10; i < 32; i++)
      statuses.push((await as('admin', 'POST', LIST, sms(`+141555502${i}`))).status);
    expect(statuses.filter((status) => status === 200).length).toBe(19);
    expect(statuses.at(-1)).toBe(400);
  });

  test('more than 50 in a day', async () => {
    const statuses: number[] = [];
    for (let i = 0; i < 60; i++)
      statuses.push((await as('admin', 'POST', LIST, email(`x${i}@example.org`))).status);
    expect(statuses.at(-1)).toBe(429);
    expect(statuses.filter((status) => status === 200).length).toBeLessThan(50);
    nowMs += 86_400_000;
    expect((await as('admin', 'POST', LIST, email('next-day@example.org'))).status).toBe(200);
  });
});
