import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { minuteOf, minuteStartMs } from '../../core/host-minute.ts';
import { createHandler } from '../../functions/evaluate/handler.ts';
import { newPushKeys } from '../../functions/notify/push-service.ts';
import { createDeliveryStore } from '../../functions/store/deliveries.ts';
import { PUSH_KEY_PARTITION, PUSH_PARTITION } from '../../functions/store/item-keys.ts';
import { keepPushKeys } from '../../functions/store/push-keys.ts';
import { createPushSubscriptions } from '../../functions/store/push-subscriptions.ts';
import { createShards } from '../../functions/store/shards.ts';
import { startFakeSns } from '../api/fake-sns.ts';
import { sampled, storeSeries } from '../api/fixture.ts';
import { type Recorder, startRecorder } from '../iam/recorder.ts';
import { type PushService, startPushService } from '../push/push-service.ts';
import { startTable, type TestTable } from './table.ts';

/** The evaluator with browsers subscribed: what they are told, and what ticks read for it. */

const ROUTING = `route: { receiver: critical, group_by: [host], group_wait: 0s, group_interval: 1s }
receivers: [{ name: critical, sns_configs: [{ topic_arn: '\${TOPIC_ARN_CRITICAL}' }] }]
`;
const RULES = `groups:
  - name: load
    rules:
      - { alert: HostBusy, expr: host_load1 > 5, labels: { severity: critical } }
`;

const START_MS = Date.UTC(2026, 10, 23, 12);
let store: TestTable;
let recorder: Recorder;
let service: PushService;
let folder: string;
let evaluate: ReturnType<typeof createHandler>;
let sns: Awaited<ReturnType<typeof startFakeSns>>;
let nowMs = START_MS;

beforeAll(async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  folder = mkdtempSync(join(tmpdir(), 'hypervigil-push-'));
  writeFileSync(join(folder, 'load.rules.yaml'), RULES);
  writeFileSync(join(folder, 'alertmanager.yaml'), ROUTING);
  store = await startTable();
  await createShards(store.table, 1, () => START_MS).upTo(0);
  recorder = await startRecorder(store.environment['DYNAMODB_ENDPOINT'] ?? '');
  const keys = await keepPushKeys(store.table, await newPushKeys());
  service = await startPushService(() => keys.publicKey);
  sns = await startFakeSns();
  evaluate = createHandler({
    ...store.environment,
    DYNAMODB_ENDPOINT: recorder.endpoint,
    RULES_DIR: folder,
    SNS_ENDPOINT: sns.endpoint,
    PUSH_SERVICE_ORIGIN: service.origin,
  });
});
afterAll(async () => {
  vi.useRealTimers();
  recorder.close();
  await sns.close();
  await service.close();
  await store.close();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  vi.setSystemTime(nowMs);
});

/** A minute later; `loads` of hosts. Gives what was read and written of browsers. */
async function tick(loads: Readonly<Record<string, number>>): Promise<readonly string[]> {
  nowMs += 60_000;
  vi.setSystemTime(nowMs);
  for (const [host, load] of Object.entries(loads)) {
    const fromMs = minuteStartMs(host, minuteOf(host, nowMs - 30_000));
    const series = sampled({ __name__: 'host_load1', host }, [fromMs, nowMs - 1000], () => load);
    await storeSeries(store, host, [series], nowMs);
  }
  const before = recorder.calls().length;
  await evaluate(nowMs);
  return recorder
    .calls()
    .slice(before)
    .filter(({ context }) =>
      [PUSH_PARTITION, PUSH_KEY_PARTITION].some((one) =>
        [context?.['dynamodb:LeadingKeys'] ?? []].flat().includes(one),
      ),
    )
    .map(({ action }) => action);
}

async function subscribe(id: string): Promise<void> {
  const { endpoint, keys } = service.addDevice(id);
  await createPushSubscriptions(store.table).put({
    ...{ id, endpoint, ...keys, severities: ['critical'], language: 'en' },
    ...{ browser: 'Firefox', owner: 'ada', createdAtMs: nowMs },
  });
}

const told = (id: string) =>
  service.messages
    .filter(({ device }) => device === id)
    .map(({ text }): { title: string } => JSON.parse(text))
    .map(({ title }) => title);

test('a tick that tells nobody anything reads nothing for browsers; one that does, one Query', async () => {
  expect(await tick({ a: 1 })).toEqual([]);
  expect(await tick({ a: 9 })).toEqual(['dynamodb:Query']);
  expect(await tick({ a: 9 })).toEqual([]);
  expect(sns.published).toHaveLength(1);
});

test('a browser is told beside SNS, with the result on record', async () => {
  await subscribe('b1');
  expect(await tick({ a: 1 })).toEqual(['dynamodb:Query', 'dynamodb:GetItem']);
  expect(told('b1')).toEqual(['Resolved: HostBusy a']);
  expect(sns.published).toHaveLength(2);
  const range = { fromMs: nowMs - 1000, toMs: nowMs + 1000, limit: 10 };
  const records = await createDeliveryStore(store.table).list(range, nowMs);
  expect(records).toContainEqual(
    expect.objectContaining({
      notification: expect.objectContaining({ receiver: 'browsers', integration: 'webpush[0]' }),
      result: 'delivered',
      reason: '1 of 1 browser told',
    }),
  );
});

test('what a push service did not take goes to those who are left, at later ticks', async () => {
  await subscribe('b2');
  service.answerWith('b1', 503);
  await tick({ a: 9 });
  expect([told('b1').length, told('b2').length]).toEqual([1, 1]);
  await tick({ a: 9 });
  expect([told('b1').length, told('b2').length]).toEqual([1, 1]);
  service.answerWith('b1', undefined);
  await tick({ a: 9 });
  expect([told('b1').length, told('b2').length]).toEqual([2, 1]);
});

test('a browser that has unsubscribed is taken off the list', async () => {
  service.answerWith('b1', 410);
  expect(await tick({ a: 1 })).toContain('dynamodb:DeleteItem');
  const left = await createPushSubscriptions(store.table).list(nowMs);
  expect(left.map(({ id }) => id)).toEqual(['b2']);
});
