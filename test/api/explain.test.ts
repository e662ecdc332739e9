import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fingerprint } from '../../core/alertmanager/fingerprint.ts';
import { createMatcher } from '../../core/alertmanager/parse-matcher.ts';
import type { AlertBoard } from '../../core/answers/alert-board.ts';
import type { AlertHistory } from '../../core/answers/alert-history.ts';
import type { AlertExplanation } from '../../core/answers/explain.ts';
import { MINUTE_MS } from '../../core/host-minute.ts';
import { createAcknowledgementStore } from '../../functions/store/acknowledgements.ts';
import { addApiToken } from '../../functions/store/api-tokens.ts';
import { createSilenceStore } from '../../functions/store/silences.ts';
import { delivery, highLoad, instance, putDelivery, putPast, putState } from './explain-fixture.ts';
import {
  apiEvent,
  NOW_MS,
  noteHost,
  type Params,
  readReply,
  sampled,
  startApi,
  storeSeries,
  type TestApi,
} from './fixture.ts';

const RULE = 'test.rules.yaml;load;HighLoad;0';
const WEB = highLoad('web-1');
const WEB_ID = fingerprint(WEB);

let api: TestApi;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.close());

async function board(params: Params = {}): Promise<AlertBoard> {
  return (await api.get('/api/v1/alerts/board', params)).json.data as AlertBoard;
}

async function explain(params: Params = { fingerprint: WEB_ID }): Promise<AlertExplanation> {
  const reply = await api.get('/api/v1/alerts/explain', params);
  if (reply.status !== 200) throw new Error(reply.text);
  return reply.json.data as AlertExplanation;
}

async function history(params: Params = {}): Promise<AlertHistory> {
  const reply = await api.get('/api/v1/alerts/history', params);
  if (reply.status !== 200) throw new Error(reply.text);
  return reply.json.data as AlertHistory;
}

async function silence(name: string, value: string): Promise<string> {
  const matcher = createMatcher(name, '=', value);
  if (!matcher.ok) throw new Error(matcher.error);
  const id = randomUUID();
  await createSilenceStore(api.store.table).add(
    {
      id,
      matchers: [matcher.value],
      startsAtMs: NOW_MS - MINUTE_MS,
      endsAtMs: NOW_MS + 60 * MINUTE_MS,
      updatedAtMs: NOW_MS,
      createdBy: 'ann',
      comment: 'new disk',
    },
    NOW_MS,
  );
  return id;
}

describe('the board', () => {
  beforeEach(async () => {
    await putState(api, {
      alerts: {
        [RULE]: [
          instance(WEB),
          instance(highLoad('db-1'), { noDataSinceMs: NOW_MS - 5 * MINUTE_MS }),
          instance(highLoad('web-2'), { state: 'pending', value: Number.POSITIVE_INFINITY }),
          instance(highLoad('web-3'), { state: 'inactive', resolvedAtMs: NOW_MS - MINUTE_MS }),
        ],
      },
    });
  });

  test('has what fires, will fire and did, with the groups it is told in', async () => {
    const { alerts, counts, lastTickMs } = await board();
    expect(alerts.map(({ labels, state }) => `${labels['host']} ${state}`)).toEqual([
      ...['db-1 firing', 'web-1 firing', 'web-2 pending', 'web-3 resolved'].sort(
        (a, b) => rank(a) - rank(b),
      ),
    ]);
    expect(counts).toEqual({ firing: 2, pending: 1, muted: 0, noData: 1, resolved: 1 });
    expect(lastTickMs).toBe(NOW_MS);
    const web = alerts.find(({ fingerprint: id }) => id === WEB_ID);
    expect(web).toMatchObject({ value: 8, expr: 'host_load1 > 5', metric: 'host_load1' });
    expect(web?.groups.map(({ receiver }) => receiver)).toEqual(['critical']);
    expect(alerts.find(({ state }) => state === 'pending')?.value).toBe('+Inf');

    function rank(text: string): number {
      return ['firing', 'pending', 'resolved'].findIndex((state) => text.endsWith(state));
    }
  });

  test('says who silenced and who acknowledged, the moment they did', async () => {
    const id = await silence('host', 'db-1');
    await createAcknowledgementStore(api.store.table).put(
      [
        {
          fingerprint: WEB_ID,
          labels: WEB,
          alertStartsAtMs: NOW_MS - 8 * MINUTE_MS,
          by: 'bob',
          note: '',
          atMs: NOW_MS,
          untilMs: NOW_MS + 60 * MINUTE_MS,
        },
      ],
      NOW_MS,
    );
    const { alerts, counts, silences } = await board();
    expect(counts).toMatchObject({ firing: 1, muted: 1, noData: 1 });
    const of = (host: string) => alerts.find(({ labels }) => labels['host'] === host);
    expect(of('db-1')?.silencedBy).toEqual([id]);
    expect(of('web-1')?.acknowledgement?.by).toBe('bob');
    expect(silences).toEqual([
      expect.objectContaining({
        id,
        state: 'active',
        matchers: [{ name: 'host', value: 'db-1', isRegex: false, isEqual: true }],
      }),
    ]);
  });

  test('is filtered by matchers and by a word; a bad matcher is named', async () => {
    expect((await board({ filter: ['host=~"web.*"'] })).counts).toMatchObject({
      firing: 1,
      pending: 1,
    });
    expect((await board({ word: 'DB-1' })).alerts.map(({ labels }) => labels['host'])).toEqual([
      'db-1',
    ]);
    const reply = await api.get('/api/v1/alerts/board', { filter: 'host=~"("' });
    expect([reply.status, reply.json.error]).toEqual([400, expect.stringContaining('filter')]);
  });
});

describe('an alert is explained', () => {
  test('by the samples that led to it, with its threshold', async () => {
    const hour = [NOW_MS - 60 * MINUTE_MS, NOW_MS] as const;
    const climbs = (atMs: number) => (atMs < NOW_MS - 10 * MINUTE_MS ? 1 : 8);
    await noteHost(api.store, 'web-1');
    await noteHost(api.store, 'web-2');
    for (const host of ['web-1', 'web-2'])
      await storeSeries(api.store, host, [sampled({ __name__: 'host_load1', host }, hour, climbs)]);
    await putState(api, { alerts: { [RULE]: [instance(WEB)] } });
    const { samples, rule, life, readUnits } = await explain();
    const [condition] = samples.conditions;
    expect(condition).toMatchObject({ metric: 'host_load1', op: '>', threshold: 5 });
    expect(condition?.series.map(({ labels }) => labels['host'])).toEqual(['web-1']);
    const values = condition?.series[0]?.values ?? [];
    expect(values.length).toBe(samples.timesMs.length);
    expect([values[0], values.at(-1)]).toEqual([1, 8]);
    expect(rule).toMatchObject({ name: 'HighLoad', group: 'load', forMs: 2 * MINUTE_MS });
    expect(life).toMatchObject({ state: 'firing', activeAtMs: NOW_MS - 10 * MINUTE_MS });
    // 40 minutes of one host, not of the fleet.
    expect(readUnits).toBeLessThan(40);
  });

  test('by the routes that were looked at, the group, and each delivery with its tries', async () => {
    await putState(api, {
      alerts: { [RULE]: [instance(WEB), instance(highLoad('web-2'))] },
    });
    await putDelivery(
      api,
      delivery([WEB], { result: 'failed', reason: 'throttled', atMs: NOW_MS - 7 * MINUTE_MS }),
    );
    await putDelivery(
      api,
      delivery([WEB, highLoad('web-2')], { attempt: 2, atMs: NOW_MS - 6 * MINUTE_MS }),
    );
    await putDelivery(api, delivery([highLoad('web-2')], {}, { id: `${NOW_MS}-0000000000000002` }));
    const { routes, groups, deliveries } = await explain();
    expect(routes.filter(({ takes }) => takes).map(({ receiver }) => receiver)).toEqual([
      'critical',
    ]);
    expect(routes[0]).toMatchObject({ depth: 0, matchers: [], fits: true, takes: false });
    expect(groups).toEqual([
      expect.objectContaining({
        receiver: 'critical',
        integrations: [{ name: 'sns[0]', target: 'topic', of: 'critical', sendResolved: true }],
      }),
    ]);
    expect(deliveries).toEqual([
      expect.objectContaining({
        ...{ receiver: 'critical', target: 'topic', result: 'accepted', tries: 2, others: 1 },
        ...{ told: 'firing', endedAtMs: NOW_MS - 6 * MINUTE_MS },
      }),
    ]);
  });

  test('by what mutes it: the silence with its reason, the alert that inhibits it with its rule', async () => {
    const down = { alertname: 'HostDown', host: 'web-1', severity: 'critical' };
    await putState(api, {
      alerts: {
        [RULE]: [instance(WEB)],
        'test.rules.yaml;up;HostDown;0': [instance(down)],
      },
    });
    const id = await silence('host', 'web-1');
    const { silences, inhibitions } = await explain();
    expect(silences).toEqual([expect.objectContaining({ id, comment: 'new disk' })]);
    expect(inhibitions).toEqual([
      expect.objectContaining({
        fingerprint: fingerprint(down),
        summary: 'Load of web-1',
        equal: ['host'],
        source: '{alertname=~"HostDown|HostStopped"}',
      }),
    ]);
  });

  test('by its labels as well, and when it is long over, from what ticks wrote then', async () => {
    await putPast(api.store, [{ labels: WEB, activeMin: 120, firedMin: 118, endedMin: 100 }]);
    const at = NOW_MS - 118 * MINUTE_MS;
    await putDelivery(
      api,
      delivery([WEB], { atMs: at + 1000 }, { id: `${at}-0000000000000003`, atMs: at }),
    );
    const filter = Object.entries(WEB).map(([name, value]) => `${name}="${value}"`);
    const { life, annotations, deliveries } = await explain({ filter });
    expect(life).toEqual({
      state: 'resolved',
      activeAtMs: NOW_MS - 120 * MINUTE_MS,
      firedAtMs: at,
      endedAtMs: NOW_MS - 100 * MINUTE_MS,
      isFromHistory: true,
    });
    expect(annotations).toEqual({ summary: 'as it was told' });
    expect(deliveries.length).toBe(1);
  });

  test.each([
    [{}, 400, 'say which alert'],
    [{ fingerprint: 'x' }, 400, 'not 16 hexadecimal digits'],
    [{ filter: 'host=~"web.*"' }, 400, 'give each label with "="'],
    [{ fingerprint: '0123456789abcdef' }, 404, 'no alert with the fingerprint'],
  ])('%j is answered %i', async (params, status, message) => {
    const reply = await api.get('/api/v1/alerts/explain', params);
    expect([reply.status, reply.json.error]).toEqual([status, expect.stringContaining(message)]);
  });
});

describe('the history', () => {
  const NOISY = highLoad('web-1');

  beforeEach(async () => {
    await putPast(api.store, [
      // Comes and goes, four minutes each.
      ...[110, 90, 70, 50].map((min) => ({
        ...{ labels: NOISY, activeMin: min, firedMin: min - 2, endedMin: min - 6 },
      })),
      { labels: highLoad('web-2'), activeMin: 40 },
      {
        labels: { alertname: 'HostDown', host: 'db-1', severity: 'warning' },
        ...{ activeMin: 100, firedMin: 100, endedMin: 40 },
      },
    ]);
  });

  test('counts for each rule how often it fired, how long, and says what is noisy, that first', async () => {
    await putDelivery(api, delivery([NOISY]));
    const { rules } = await history();
    expect(rules.map(({ name }) => name)).toEqual(['HighLoad', 'HostDown']);
    expect(rules[0]).toMatchObject({
      ...{ severity: 'critical', fired: 4, alerts: 2, gone: 0, firingNow: 0, short: 4, flaps: 3 },
      ...{ firingMs: 16 * MINUTE_MS, medianMs: 4 * MINUTE_MS, notifications: 1 },
      noise: ['flapping', 'short'],
    });
    expect(rules[1]).toMatchObject({ fired: 1, medianMs: 60 * MINUTE_MS, noise: [] });
    expect(rules[0]?.perBucket.reduce((sum, count) => sum + count, 0)).toBe(4);
  });

  test('lists past alerts page by page, the newest first, and the next page goes on', async () => {
    const first = await history({ limit: '4' });
    expect(first.alerts.map(({ activeAtMs }) => (NOW_MS - activeAtMs) / MINUTE_MS)).toEqual([
      40, 50, 70, 90,
    ]);
    expect(first.alertsTotal).toBe(6);
    const second = await history({ limit: '4', cursor: first.next ?? '' });
    expect(second.alerts.map(({ activeAtMs }) => (NOW_MS - activeAtMs) / MINUTE_MS)).toEqual([
      100, 110,
    ]);
    expect(second.next).toBeUndefined();
  });

  test('is of one rule where that is asked for, and days begin where people are', async () => {
    const start = String(NOW_MS / 1000 - 10 * 86_400);
    const filter = 'alertname="HostDown"';
    const { rules, bucketsFromMs, bucketMs } = await history({ filter, start, offset: '120' });
    expect(rules.map(({ name }) => name)).toEqual(['HostDown']);
    expect((bucketsFromMs + 120 * MINUTE_MS) % bucketMs).toBe(0);
  });

  test.each([
    [{ start: '0' }, 'more than 92 days'],
    [{ cursor: 'x' }, 'not a "next"'],
    [{ offset: 'x' }, 'give minutes'],
  ])('%j is refused', async (params, message) => {
    const reply = await api.get('/api/v1/alerts/history', params);
    expect([reply.status, reply.json.error]).toEqual([400, expect.stringContaining(message)]);
  });
});

test('a token for alerts alone is told of an alert without the samples of metrics', async () => {
  await putState(api, { alerts: { [RULE]: [instance(WEB)] } });
  const ofAlerts = await addApiToken(api.store.table, 'pager', NOW_MS, {
    role: 'viewer',
    areas: ['alerts'],
  });
  const ask = async (token: string) => {
    const headers = { authorization: `Bearer ${token}` };
    const query = new URLSearchParams({ fingerprint: WEB_ID }).toString();
    const rawPath = '/api/v1/alerts/explain';
    const event = apiEvent({ rawPath, rawQueryString: query, headers });
    return (await readReply(await api.handler(event))).json.data as AlertExplanation;
  };
  const told = await ask(ofAlerts);
  expect(told.labels).toEqual(WEB);
  expect(told.samples.conditions).toEqual([]);
  expect(told.warnings).toEqual([expect.stringContaining('not for metrics')]);
  expect((await explain()).samples.conditions).not.toEqual([]);
});
