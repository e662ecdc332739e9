import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Notification, NotifiedAlert } from '../../core/alertmanager/notification-types.ts';
import { DAY_MS } from '../../core/time.ts';
import { createDeliveryStore, type Delivery } from '../../functions/store/deliveries.ts';
import { startTable, type TestTable } from '../functions/table.ts';

const NOW_MS = Date.UTC(2026, 2, 1, 23, 50);
const MINUTE_MS = 60_000;

let store: TestTable;
beforeEach(async () => {
  store = await startTable();
});
afterEach(() => store.close());

function alert(parts: Partial<NotifiedAlert> = {}): NotifiedAlert {
  return {
    status: 'firing',
    fingerprint: '0123456789abcdef',
    labels: { alertname: 'HostDown', host: 'web1' },
    annotations: { summary: 'web1 is down' },
    value: 0,
    startsAtMs: NOW_MS - MINUTE_MS,
    generatorUrl: '',
    ...parts,
  };
}

function delivery(parts: Partial<Delivery> = {}, atMs = NOW_MS): Delivery {
  const notification: Notification = {
    id: `${atMs}-0123456789abcdef`,
    receiver: 'team',
    integration: 'sns[0]',
    groupKey: '{}:{alertname="HostDown"}',
    groupLabels: { alertname: 'HostDown' },
    status: 'firing',
    alerts: [alert()],
    atMs,
    repeated: false,
  };
  return {
    notification,
    attempt: 1,
    atMs,
    durationMs: 123,
    result: 'delivered',
    reason: '',
    ...parts,
  };
}

test('what is recorded is read as it was, numbers that are none too', async () => {
  const deliveries = createDeliveryStore(store.table);
  const plain = delivery({ reason: '200 OK', attempt: 3 });
  const alerts = [alert({ value: Number.NaN }), alert({ value: -Infinity, noDataSinceMs: 5 })];
  const recorded = { ...plain, notification: { ...plain.notification, alerts } };
  await deliveries.record(recorded);
  const range = { fromMs: NOW_MS, toMs: NOW_MS, limit: 10 };
  expect(await deliveries.list(range, NOW_MS)).toEqual([recorded]);
});

test('the newest come first, over the end of a day, no more than asked for', async () => {
  const deliveries = createDeliveryStore(store.table);
  for (let i = 0; i < 30; i++) await deliveries.record(delivery({}, NOW_MS + i * MINUTE_MS));
  const minutes = async (from: number, to: number, limit: number) => {
    const range = { fromMs: NOW_MS + from * MINUTE_MS, toMs: NOW_MS + to * MINUTE_MS, limit };
    const found = await deliveries.list(range, NOW_MS + 30 * MINUTE_MS);
    return found.map(({ atMs }) => (atMs - NOW_MS) / MINUTE_MS);
  };
  expect(await minutes(8, 12, 100)).toEqual([12, 11, 10, 9, 8]);
  expect(await minutes(-1000, 1000, 4)).toEqual([29, 28, 27, 26]);
  expect(await minutes(0, 11, 4)).toEqual([11, 10, 9, 8]);
  expect(await minutes(12, 8, 4)).toEqual([]);
  expect(await minutes(-1_000_000, 1_000_000, 100)).toHaveLength(30);
});

test('all attempts of one notification are found by its id, the next day too', async () => {
  const deliveries = createDeliveryStore(store.table);
  const first = delivery({ result: 'failed', reason: 'HTTP 503' });
  const attempts = [
    first,
    { ...first, attempt: 2, atMs: NOW_MS + 5 * MINUTE_MS },
    { ...first, attempt: 3, atMs: NOW_MS + DAY_MS, result: 'gave_up' as const },
  ];
  for (const attempt of attempts) await deliveries.record(attempt);
  await deliveries.record(delivery({}, NOW_MS + MINUTE_MS));
  const { id } = first.notification;
  expect(await deliveries.ofNotification(id, NOW_MS + DAY_MS)).toEqual(attempts);
  expect(await deliveries.ofNotification('1-none', NOW_MS)).toEqual([]);
  expect(await deliveries.ofNotification('none', NOW_MS)).toEqual([]);
});

test('after 90 days they are gone, whether or not the table has dropped them', async () => {
  const deliveries = createDeliveryStore(store.table);
  const kept = delivery();
  await deliveries.record(kept);
  const lastMs = NOW_MS + 90 * DAY_MS;
  const range = { fromMs: NOW_MS, toMs: lastMs, limit: 10 };
  expect(await deliveries.list(range, lastMs - 1)).toEqual([kept]);
  expect(await deliveries.list(range, lastMs)).toEqual([]);
  expect(await deliveries.ofNotification(kept.notification.id, lastMs)).toEqual([]);
});

test('a notification of more alerts than an item holds is kept with the first of them', async () => {
  const deliveries = createDeliveryStore(store.table);
  // Random texts do not deflate.
  const text = () => crypto.getRandomValues(Buffer.alloc(300)).toString('hex');
  const alerts = Array.from({ length: 2000 }, () => alert({ annotations: { text: text() } }));
  const large = delivery();
  await deliveries.record({ ...large, notification: { ...large.notification, alerts } });
  const range = { fromMs: NOW_MS, toMs: NOW_MS, limit: 1 };
  const [read] = await deliveries.list(range, NOW_MS);
  const kept = read?.notification.alerts ?? [];
  expect(kept.length).toBeGreaterThan(500);
  expect(kept).toEqual(alerts.slice(0, kept.length));
  expect(read?.alertsLeftOut).toBe(2000 - kept.length);
});
