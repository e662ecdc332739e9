import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createHandler } from '../../functions/api/handler.ts';
import {
  type ApiTokenTerms,
  addApiToken,
  listApiTokens,
  revokeApiToken,
  revokeTokensOf,
} from '../../functions/store/api-tokens.ts';
import { createAuditLog } from '../../functions/store/audit-log.ts';
import { keepPushKeys, type PushKeys, readPushKeys } from '../../functions/store/push-keys.ts';
import { createPushSubscriptions } from '../../functions/store/push-subscriptions.ts';
import { startTable, type TestTable } from '../functions/table.ts';
import { type Device, type PushService, startPushService } from '../push/push-service.ts';
import { apiEvent, NOW_MS, readReply } from './fixture.ts';

let store: TestTable;
let service: PushService;
let handler: ReturnType<typeof createHandler>;
let keys: PushKeys | undefined;

beforeAll(async () => {
  store = await startTable();
  service = await startPushService(() => keys?.publicKey ?? '');
  const settings = { RULES_DIR: 'test/api/rules', PUSH_SERVICE_ORIGIN: service.origin };
  handler = createHandler({ ...store.environment, ...settings }, () => NOW_MS);
});
afterAll(async () => {
  await service.close();
  await store.close();
});

const tokenOf = (name: string, terms: ApiTokenTerms) =>
  addApiToken(store.table, name, NOW_MS, terms);
const personal = (person: string) => tokenOf('laptop', { role: 'viewer', owner: person });

async function ask(token: string, method: string, rawPath: string, body?: unknown) {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  return readReply(await handler(apiEvent({ method, rawPath, headers, ...sent })));
}

const LIST = '/api/v1/push/subscriptions';
const wish = (device: Device, more = {}) => ({
  ...device,
  ...{ severities: ['critical'], language: 'en', browser: 'Chromium on Linux' },
  ...more,
});
const idsOf = (data: unknown): string[] =>
  Array.isArray(data) ? data.map(({ id }: { id: string }) => id) : [];

test('the key is made once, and is the same for all', async () => {
  const token = await personal('ada@example.org');
  const answers = await Promise.all([1, 2, 3].map(() => ask(token, 'GET', '/api/v1/push/key')));
  keys = await readPushKeys(store.table);
  const key = { key: keys?.publicKey };
  expect(answers.map(({ json }) => json.data)).toEqual([key, key, key]);
  expect(JSON.stringify(answers)).not.toContain(keys?.privateKey);
  const other = { publicKey: 'x', privateKey: 'y' };
  expect(await keepPushKeys(store.table, other), 'what is kept stays').toEqual(keys);
});

test('a browser is subscribed, listed, changed, and taken off; all on record', async () => {
  const token = await personal('bea@example.org');
  const device = service.addDevice('bea');
  const made = await ask(token, 'POST', LIST, wish(device));
  expect(made.json.data).toMatchObject({
    browser: 'Chromium on Linux',
    owner: 'bea@example.org (laptop)',
    severities: ['critical'],
    service: '127.0.0.1',
  });
  await ask(token, 'POST', LIST, wish(device, { severities: ['info', 'critical'] }));
  const list = await ask(token, 'GET', LIST);
  expect(list.json.data).toEqual([expect.objectContaining({ severities: ['critical', 'info'] })]);
  expect(list.text).not.toContain(device.endpoint);
  expect(list.text).not.toContain(device.keys.auth);
  const [id = ''] = idsOf(list.json.data);
  expect((await ask(token, 'DELETE', `${LIST}/${id}`)).status).toBe(200);
  expect((await ask(token, 'GET', LIST)).json.data).toEqual([]);
  const { records } = await createAuditLog(store.table, () => NOW_MS).list(
    { fromMs: 0, toMs: NOW_MS, limit: 10, isWanted: ({ subject }) => subject === id },
    NOW_MS,
  );
  expect(records.map(({ action }) => action).sort()).toEqual([
    'push.subscribe',
    'push.subscribe',
    'push.unsubscribe',
  ]);
  expect(JSON.stringify(records)).not.toContain(device.endpoint);
});

test('one sees and ends only one’s own browsers, an admin all', async () => {
  const [cleo, dan] = [await personal('cleo@example.org'), await personal('dan@example.org')];
  const admin = await tokenOf('admin', { role: 'admin' });
  await ask(cleo, 'POST', LIST, wish(service.addDevice('cleo')));
  const [id = ''] = idsOf((await ask(cleo, 'GET', LIST)).json.data);
  expect((await ask(dan, 'GET', LIST)).json.data).toEqual([]);
  expect((await ask(dan, 'DELETE', `${LIST}/${id}`)).status).toBe(404);
  expect((await ask(dan, 'POST', `${LIST}/${id}/test`)).status).toBe(404);
  expect(idsOf((await ask(admin, 'GET', LIST)).json.data)).toContain(id);
  expect((await ask(admin, 'DELETE', `${LIST}/${id}`)).status).toBe(200);
});

test('a browser whose push service changed its address stays as it was', async () => {
  const token = await personal('ann@example.org');
  const [old, fresh] = [service.addDevice('ann-1'), service.addDevice('ann-2')];
  await ask(token, 'POST', LIST, wish(old, { severities: ['info'], browser: 'Edge' }));
  const more = { browser: 'browser', previous: old.endpoint };
  await ask(token, 'POST', LIST, wish(fresh, more));
  const { data } = (await ask(token, 'GET', LIST)).json;
  expect(data).toEqual([expect.objectContaining({ severities: ['info'], browser: 'Edge' })]);
  const [id = ''] = idsOf(data);
  await ask(token, 'POST', `${LIST}/${id}/test`);
  expect(service.messages.filter(({ device }) => device === 'ann-2')).toHaveLength(1);
});

test('a test reaches the browser, some times and no more', async () => {
  const token = await personal('eve@example.org');
  await ask(token, 'POST', LIST, wish(service.addDevice('eve'), { language: 'zh-CN' }));
  const [id = ''] = idsOf((await ask(token, 'GET', LIST)).json.data);
  expect((await ask(token, 'POST', `${LIST}/${id}/test`)).status).toBe(200);
  const [message] = service.messages.filter(({ device }) => device === 'eve');
  expect(JSON.parse(message?.text ?? '')).toMatchObject({ title: '测试消息', tag: 'test' });
  for (let i = 0; i < 4; i++) await ask(token, 'POST', `${LIST}/${id}/test`);
  const more = await ask(token, 'POST', `${LIST}/${id}/test`);
  expect([more.status, more.headers['retry-after']]).toEqual([429, '10']);
});

test('a test of a browser that is gone says so, and takes it off the list', async () => {
  const token = await personal('flo@example.org');
  await ask(token, 'POST', LIST, wish(service.addDevice('flo')));
  service.answerWith('flo', 410);
  const [id = ''] = idsOf((await ask(token, 'GET', LIST)).json.data);
  const answer = await ask(token, 'POST', `${LIST}/${id}/test`);
  expect([answer.status, answer.json.error]).toEqual([
    404,
    expect.stringContaining('has unsubscribed'),
  ]);
  expect((await ask(token, 'GET', LIST)).json.data).toEqual([]);
});

describe('what is refused', () => {
  const good = () => service.addDevice('refused');
  test.each([
    ['endpoint', 'an inner address', () => ({ ...good(), endpoint: 'https://10.0.0.1/x' })],
    ['endpoint', 'no TLS', () => ({ ...good(), endpoint: 'http://push.example.org/x' })],
    ['keys.p256dh', 'a short key', () => ({ ...good(), keys: { ...good().keys, p256dh: 'abcd' } })],
    ['keys.auth', 'a short secret', () => ({ ...good(), keys: { ...good().keys, auth: 'abcd' } })],
    ['severities', 'no severity', () => wish(good(), { severities: [] })],
    ['severities.0', 'an unknown severity', () => wish(good(), { severities: ['fatal'] })],
    ['language', 'a language we have not', () => wish(good(), { language: 'de' })],
    ['browser', 'a line break in a name', () => wish(good(), { browser: 'a\nb' })],
  ])('%s: %s', async (where, _what, body) => {
    const token = await personal('gil@example.org');
    const answer = await ask(token, 'POST', LIST, { ...wish(good()), ...body() });
    expect([answer.status, answer.json.error]).toEqual([400, expect.stringContaining(where)]);
  });

  test('more than twenty of one person', async () => {
    const token = await personal('hal@example.org');
    const statuses: number[] = [];
    for (let i = 0; i < 21; i++)
      statuses.push((await ask(token, 'POST', LIST, wish(service.addDevice(`hal${i}`)))).status);
    expect(statuses).toEqual([...Array<number>(20).fill(200), 400]);
  });
});

describe('whoever loses access hears no more', () => {
  const all = () => createPushSubscriptions(store.table).list(NOW_MS);
  const ownersOf = async () => (await all()).map(({ owner }) => owner.split(' ')[0]);

  test('when the token ends', async () => {
    const token = await personal('ivy@example.org');
    await ask(token, 'POST', LIST, wish(service.addDevice('ivy')));
    expect(await ownersOf()).toContain('ivy@example.org');
    const known = (await listApiTokens(store.table)).find(
      ({ owner }) => owner === 'ivy@example.org',
    );
    if (known === undefined) throw new Error('no token');
    await revokeApiToken(store.table, known, NOW_MS);
    expect(await ownersOf()).not.toContain('ivy@example.org');
  });

  test('when the person is removed', async () => {
    const token = await personal('Jon@example.org');
    await ask(token, 'POST', LIST, wish(service.addDevice('jon')));
    await revokeTokensOf(store.table, ['jon@example.org'], NOW_MS, 'viewer');
    expect(await ownersOf(), 'who keeps a role keeps browsers').toContain('Jon@example.org');
    await revokeTokensOf(store.table, ['jon@example.org'], NOW_MS);
    expect(await ownersOf()).not.toContain('Jon@example.org');
  });

  test('with the token’s own end', async () => {
    const endsAtMs = NOW_MS + 1000;
    const token = await tokenOf('kim', { role: 'viewer', owner: 'kim@example.org', endsAtMs });
    await ask(token, 'POST', LIST, wish(service.addDevice('kim')));
    const store_ = createPushSubscriptions(store.table);
    const at = async (ms: number) => (await store_.list(ms)).map(({ person }) => person);
    expect(await at(NOW_MS)).toContain('kim@example.org');
    expect(await at(endsAtMs + 1000)).not.toContain('kim@example.org');
  });
});
