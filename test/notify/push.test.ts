import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { PUSH_INTEGRATION, PUSH_RECEIVER } from '../../core/alerting/push-entries.ts';
import type { Notification } from '../../core/alertmanager/notification-types.ts';
import type { PushMessage } from '../../core/answers/push.ts';
import { createPushDelivery } from '../../functions/notify/deliver-push.ts';
import { checkedEndpoint, newPushKeys, sendPush } from '../../functions/notify/push-service.ts';
import type { PushKeys } from '../../functions/store/push-keys.ts';
import type { PushSubscription } from '../../functions/store/push-subscriptions.ts';
import { type PushService, startPushService } from '../push/push-service.ts';

const NOW_MS = Date.UTC(2026, 10, 23, 3);
let keys: PushKeys;
let service: PushService;
const removed: string[] = [];
let browsers: PushSubscription[] = [];

beforeAll(async () => {
  keys = await newPushKeys();
  service = await startPushService(() => keys.publicKey);
});
afterAll(() => service.close());
beforeEach(() => {
  browsers = [];
  removed.length = 0;
});

let count = 0;
function browser(more: Partial<PushSubscription> = {}): PushSubscription {
  const id = `b${count++}`;
  const { endpoint, keys: own } = service.addDevice(id);
  const one: PushSubscription = {
    ...{ id, endpoint, ...own, severities: ['critical', 'warning'], language: 'en' },
    ...{ browser: 'Chromium', owner: 'ada', createdAtMs: NOW_MS },
    ...more,
  };
  browsers.push(one);
  return one;
}

const NOTIFICATION: Notification = {
  id: 'n1-push',
  receiver: PUSH_RECEIVER,
  integration: PUSH_INTEGRATION,
  groupKey: '{}:{host="web-1"}',
  groupLabels: { alerts: '1' },
  status: 'firing',
  alerts: [
    {
      status: 'firing',
      fingerprint: '00c0ffee00c0ffee',
      labels: { alertname: 'VmDown', severity: 'critical', vm: 'db', host: 'web-1' },
      annotations: { summary: 'VM db on web-1 crashed' },
      value: 0,
      startsAtMs: NOW_MS - 60_000,
      generatorUrl: '',
    },
  ],
  atMs: NOW_MS,
  repeated: false,
};

const deliver = (notification = NOTIFICATION, remaining?: readonly string[]) =>
  createPushDelivery({
    list: async () => browsers,
    remove: async (id) => void removed.push(id),
    keys: async () => keys,
    externalUrl: 'https://watch.example.org',
    localOrigin: service.origin,
    nowMs: () => NOW_MS,
  })(notification, remaining);

const to = (id: string) => service.messages.filter(({ device }) => device === id);
const read = (text: string): PushMessage => JSON.parse(text);

test('what is sent proves who sends it, and only the browser can read it', async () => {
  const { id } = browser();
  expect(await deliver()).toEqual({ ok: true, answer: '1 of 1 browser told' });
  const [message] = to(id);
  expect(message?.claims).toMatchObject({ aud: service.origin, sub: 'https://watch.example.org' });
  expect(message?.headers).toMatchObject({ ttl: '86400', urgency: 'high' });
  expect(message?.headers['topic']).toMatch(/^[\w-]{32}$/);
  expect(read(message?.text ?? '')).toEqual({
    version: 1,
    alert: '00c0ffee00c0ffee',
    title: 'VM db on web-1 crashed',
    body: 'db on web-1 · VmDown · Since 02:59 UTC',
    url: `alerts#/alerts?filter=${encodeURIComponent('{alertname="VmDown",vm="db",host="web-1"}')}`,
    tag: message?.headers['topic'],
    severity: 'critical',
    isResolved: false,
    language: 'en',
    atMs: NOW_MS,
  });
});

test('the end of an alert takes the place of its beginning, and is less urgent', async () => {
  const { id } = browser({ language: 'zh-CN' });
  await deliver();
  const alerts = NOTIFICATION.alerts.map((alert) => ({
    ...alert,
    status: 'resolved' as const,
    endsAtMs: NOW_MS + 60_000,
  }));
  await deliver({ ...NOTIFICATION, status: 'resolved', alerts, atMs: NOW_MS + 60_000 });
  const [began, ended] = to(id).map(({ text }) => read(text));
  expect(ended).toMatchObject({ isResolved: true, tag: began?.tag });
  expect(ended?.title).toBe('已恢复: VM db on web-1 crashed');
  expect(ended?.body).toContain('持续 2 min');
  expect(to(id)[1]?.headers).toMatchObject({ urgency: 'normal', topic: began?.tag });
});

test('a browser hears of the severities it wants', async () => {
  const info = browser({ severities: ['info'] });
  const critical = browser({ severities: ['critical'] });
  await deliver();
  expect([to(info.id).length, to(critical.id).length]).toEqual([0, 1]);
});

test.each([404, 410])(
  'a browser that is gone (%i) is taken off the list, and is no failure',
  async (status) => {
    const gone = browser();
    const there = browser();
    service.answerWith(gone.id, status);
    expect(await deliver()).toEqual({
      ok: true,
      answer: '1 of 2 browsers told; 1 had unsubscribed',
    });
    expect(removed).toEqual([gone.id]);
    expect(to(there.id)).toHaveLength(1);
  },
);

test('only those a busy service did not take are tried again, when it asks for it', async () => {
  const busy = browser();
  const there = browser();
  service.answerWith(busy.id, 429, { 'retry-after': '120' });
  const first = await deliver();
  expect(first).toMatchObject({ ok: false, retry: true, retryAfterMs: 120_000 });
  expect(first.remaining).toEqual([busy.id]);
  service.answerWith(busy.id, undefined);
  expect(await deliver(NOTIFICATION, first.remaining)).toMatchObject({ ok: true });
  expect([to(busy.id).length, to(there.id).length]).toEqual([1, 1]);
});

test.each([
  [503, true],
  [500, true],
  [400, false],
  [403, false],
  [413, false],
])('an answer of %i: tried again %s', async (status, retry) => {
  const { id } = browser();
  service.answerWith(id, status);
  const result = await deliver();
  expect(result).toMatchObject({ ok: false, retry });
  expect(JSON.stringify(result)).not.toContain(`/push/${id}`);
});

test("browsers of which nobody answers hold up nobody else's", async () => {
  const held: ServerResponse[] = [];
  let heard = () => {};
  const isHeard = new Promise<void>((done) => {
    heard = done;
  });
  const server = createServer((request, response) => {
    request.resume();
    if (request.url !== '/ada') return void held.push(response);
    response.writeHead(201).end();
    heard();
  });
  await new Promise<void>((done) => {
    server.listen(0, '127.0.0.1', done);
  });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  for (let i = 0; i < 60; i++) browser({ owner: 'eve', endpoint: `${origin}/eve${i}` });
  browser({ owner: 'ada', endpoint: `${origin}/ada` });
  const stop = new AbortController();
  const delivered = createPushDelivery({
    list: async () => browsers,
    remove: async () => {},
    keys: async () => keys,
    externalUrl: '',
    localOrigin: origin,
    nowMs: () => NOW_MS,
  })(NOTIFICATION, undefined, stop.signal);
  await isHeard;
  stop.abort();
  expect(await delivered).toMatchObject({ ok: false, retry: true });
  for (const response of held) response.destroy();
  await new Promise((done) => {
    server.close(done);
    server.closeAllConnections();
  });
});

test('a message to a browser that was taken off meanwhile is done', async () => {
  expect(await deliver(NOTIFICATION, ['b-gone'])).toMatchObject({ ok: true });
});

test('a long notification fits into what services take', async () => {
  const { id } = browser();
  const [alert] = NOTIFICATION.alerts;
  if (alert === undefined) throw new Error('no alert');
  const long = { ...alert, annotations: { summary: '长'.repeat(5000) } };
  const many = Array.from({ length: 25 }, (_, i) => ({ ...long, fingerprint: `${i}` }));
  for (const alerts of [[long], many])
    expect(await deliver({ ...NOTIFICATION, alerts })).toMatchObject({ ok: true });
  for (const { headers } of to(id)) expect(Number(headers['content-length'])).toBeLessThan(4096);
});

test('alerts that were too many to keep are counted', async () => {
  const { id } = browser();
  await deliver({ ...NOTIFICATION, groupLabels: { alerts: '40' } });
  expect(read(to(id)[0]?.text ?? '').body).toContain('and 39 more');
});

describe('where messages may go', () => {
  test.each([
    'https://fcm.googleapis.com/fcm/send/abc',
    'https://updates.push.services.mozilla.com/wpush/v2/x',
    'https://web.push.apple.com/QGz',
  ])('%s', (endpoint) => {
    expect(checkedEndpoint(endpoint)).toMatchObject({ ok: true });
  });

  test.each([
    'http://fcm.googleapis.com/x',
    'https://127.0.0.1/x',
    'https://2130706433/x',
    'https://169.254.169.254/latest',
    'https://[::1]/x',
    'https://[::ffff:10.0.0.1]/x',
    'https://[fd00:ec2::254]/x',
    'https://[64:ff9b::10.0.0.1]/x',
    'https://[64:ff9b:1::a00:1]/x',
    'https://[2002:a00:1::1]/x',
    'https://[::10.0.0.1]/x',
    'https://[fec0::1]/x',
    'https://[ff02::1]/x',
    'https://0.0.0.0/x',
    'https://198.18.0.1/x',
    'https://192.0.0.170/x',
    'https://224.0.0.1/x',
    'https://255.255.255.255/x',
    'https://10.1.2.3/x',
    'https://localhost/x',
    'https://db.internal/x',
    'https://user:secret@push.example.org/x',
    'https://push.example.org:8443/x',
    'ftp://push.example.org/x',
    'push',
    `https://push.example.org/${'x'.repeat(3000)}`,
  ])('not to %s', (endpoint) => {
    expect(checkedEndpoint(endpoint)).toMatchObject({ ok: false });
  });

  test('nor to a name that leads inside', async () => {
    // Any name of which the resolver says that it is this machine.
    const target = { ...browser(), endpoint: 'https://localhost.localdomain/push' };
    const terms = { topic: 'x', ttlSeconds: 1, urgency: 'normal' } as const;
    const contact = 'mailto:a@example.org';
    const outcome = await sendPush(target, 'x', terms, { keys, contact, nowMs: () => NOW_MS });
    expect(outcome).toMatchObject({ kind: 'failed' });
  });
});
