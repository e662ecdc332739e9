import { encodeChunk } from '../../core/chunk/encode.ts';
import { minuteOf, minuteStartMs } from '../../core/host-minute.ts';
import type { Series } from '../../core/series/series.ts';
import { DAY_MS, HOUR_MS } from '../../core/time.ts';
import { createHandler as createEvaluate } from '../../functions/evaluate/handler.ts';
import { ingestBatch } from '../../functions/ingest/ingest.ts';
import { newPushKeys } from '../../functions/notify/push-service.ts';
import { createChunkStore } from '../../functions/store/chunks.ts';
import { createInventoryStore } from '../../functions/store/inventory.ts';
import { keepPushKeys } from '../../functions/store/push-keys.ts';
import { createPushSubscriptions } from '../../functions/store/push-subscriptions.ts';
import { sampled } from '../api/fixture.ts';
import { startPushService } from '../push/push-service.ts';
import { HOSTS, loadOf, type Scene } from './scenes.ts';
import { GONE_TOPIC, PAGER_TOPIC, PHONE } from './settings.ts';
import type { World } from './world.ts';

/** So many series of one alert take more than the state's head holds. */
const MANY = 400;

/** A tick is evaluated for when it was due, if that is not two minutes ago. */
const FIRST_TICK_AGO_MS = 70_000;

/** Who is told: each of the three topics, and others by ARN and by number; one of them is not there any more. */
export const ROUTING = `
route:
  receiver: nobody
  group_by: [alertname]
  group_wait: 0s
  routes:
    - { matchers: [to = critical], receiver: critical }
    - { matchers: [to = warning], receiver: warning }
    - { matchers: [to = info], receiver: info }
    - { matchers: [to = pager], receiver: pager }
    - { matchers: [to = phone], receiver: phone }
    - { matchers: [to = gone], receiver: gone }
receivers:
  - { name: critical, sns_configs: [{ topic_arn: '\${TOPIC_ARN_CRITICAL}' }] }
  - { name: warning, sns_configs: [{ topic_arn: '\${TOPIC_ARN_WARNING}' }] }
  - { name: info, sns_configs: [{ topic_arn: '\${TOPIC_ARN_INFO}' }] }
  - { name: pager, sns_configs: [{ topic_arn: '${PAGER_TOPIC}' }] }
  - { name: phone, sns_configs: [{ phone_number: '${PHONE}' }] }
  - { name: gone, sns_configs: [{ topic_arn: '${GONE_TOPIC}' }] }
  - { name: nobody }
`;

const alert = (to: string) =>
  `      - { alert: To_${to}, expr: host_load1 > 5, labels: { severity: critical, to: ${to} } }`;

export const RULES = `groups:
  - name: g
    rules:
      - { record: host:load, expr: max by (host) (host_load1) }
      - { alert: Many, expr: many > 0, labels: { severity: info } }
      - { alert: Long, expr: 'avg_over_time(host_load1[12h]) > 1e9', labels: { severity: info } }
${['critical', 'warning', 'info', 'pager', 'phone', 'gone'].map(alert).join('\n')}
`;

/** What the fleet has sent until now, past all functions; one of them has been silent for some minutes. */
export async function sendFleet({ table }: World, nowMs: number): Promise<void> {
  const inventory = createInventoryStore(table);
  const ports = {
    chunks: createChunkStore(table, 1),
    nowMs: () => nowMs,
    retentionMs: DAY_MS,
    markLate: async () => {},
  };
  for (const host of HOSTS) {
    const entry = { host, firstSeenMs: nowMs - 5 * HOUR_MS, lastSeenMs: nowMs, vms: [] };
    await inventory.putHost(entry, nowMs + DAY_MS);
    for (let ago = 12; ago >= (host === 'web-2' ? 4 : 0); ago--) {
      const startMs = minuteStartMs(host, minuteOf(host, nowMs) - ago);
      const time = [startMs, Math.min(startMs + 50_000, nowMs)] as const;
      const info = sampled({ __name__: 'host_info', host, boot: 'one' }, time, () => 1);
      const load = loadOf(host, ...time, host === 'db-1' ? 9 : 1);
      const many = host === 'db-1' && ago < 4 ? manySeries(host, time, nowMs) : [];
      const taken = await ingestBatch(ports, host, encodeChunk([info, load, ...many]));
      if (!taken.ok) throw new Error(taken.error.message);
    }
  }
  // Silent for days: it is taken out of those that report.
  const lastSeenMs = nowMs - 4 * DAY_MS;
  const gone = { host: 'gone-1', firstSeenMs: nowMs - 9 * DAY_MS, lastSeenMs, vms: [] };
  await inventory.putHost(gone, nowMs + DAY_MS);
}

/** At the first tick they fire, and at the second no more. */
function manySeries(host: string, time: readonly [number, number], nowMs: number): Series[] {
  const value = (atMs: number) => (atMs < nowMs - FIRST_TICK_AGO_MS / 2 ? 1 : 0);
  return Array.from({ length: MANY }, (_, i) =>
    sampled({ __name__: 'many', host, name: `a-name-of-some-length-${i}` }, time, value),
  );
}

/** Ticks: alerts fire and are told, many of them end. The evaluator goes by the real clock. */
export const evaluate: Scene = async ({ become, rules, table }, nowMs) => {
  // A browser that has unsubscribed at its push service, which is not AWS'.
  const keys = await keepPushKeys(table, await newPushKeys());
  const service = await startPushService(() => keys.publicKey);
  const { endpoint, keys: own } = service.addDevice('gone');
  service.answerWith('gone', 410);
  const severities = ['critical' as const];
  const said = { language: 'en', browser: 'Chromium', owner: 'ada', createdAtMs: nowMs } as const;
  const browsers = createPushSubscriptions(table);
  await browsers.put({ id: 'push-1', endpoint, ...own, severities, ...said });
  const environment = {
    ...become('evaluate'),
    RULES_DIR: rules,
    PUSH_SERVICE_ORIGIN: service.origin,
  };
  const warm = createEvaluate(environment);
  const cold = createEvaluate(environment);
  for (const [tick, atMs] of [
    [warm, nowMs - FIRST_TICK_AGO_MS],
    [warm, nowMs],
    [cold, nowMs],
  ] as const) {
    const { errors } = await tick(atMs);
    const unexpected = errors.filter((error) => !error.includes('is given up'));
    if (unexpected.length > 0) throw new Error(`a tick: ${unexpected.join('; ')}`);
  }
  await warm.urgent(Date.now());
  await service.close();
  if ((await browsers.list(nowMs)).length > 0) throw new Error('a browser that is gone is kept');
  return [];
};
