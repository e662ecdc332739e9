import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fingerprint } from '../../core/alertmanager/fingerprint.ts';
import type { Notification } from '../../core/alertmanager/notification-types.ts';
import { answerAlertmanager } from '../../functions/alertmanager-api/answer.ts';
import { readRequest } from '../../functions/api/http.ts';
import { createDeliveryStore } from '../../functions/store/deliveries.ts';
import { type ApiClient, createClient } from '../../infra/cli/client.ts';
import { explain } from '../../infra/cli/explain/explain.ts';
import { formatTime } from '../../infra/cli/time-text.ts';
import { type Front, startFront, type UrlFunction } from '../../infra/local/http-front.ts';
import { NOW_MS, startAlertmanager, type TestAlertmanager } from '../alertmanager-api/fixture.ts';
import { createRecorder } from './recorder.ts';

const MINUTE_MS = 60_000;
const BEGAN_MS = NOW_MS - 5 * MINUTE_MS;
const FIRED_MS = NOW_MS - 3 * MINUTE_MS;
const LABELS = { alertname: 'DiskFull', host: 'db1', severity: 'critical' };
const ID = fingerprint(LABELS);
const EXPR = 'host_disk_usage_percent{mountpoint!="/boot"} > 90 and on (host) up == 1';

const MESSAGE: Notification = {
  id: `${FIRED_MS}-0123456789abcdef`,
  receiver: 'dba',
  integration: 'sns[0]',
  groupKey: '{}/{host=~"db.*"}:{alertname="DiskFull"}',
  groupLabels: { alertname: 'DiskFull' },
  status: 'firing',
  alerts: [
    {
      status: 'firing',
      fingerprint: ID,
      labels: LABELS,
      annotations: { summary: 'the disk of db1 is full' },
      value: 97.5,
      expr: EXPR,
      startsAtMs: BEGAN_MS,
      generatorUrl: '',
    },
  ],
  atMs: FIRED_MS,
  repeated: false,
};

let api: TestAlertmanager;
let front: Front;
let client: ApiClient;
/** Queries that the API was asked. */
let queries: string[];

beforeEach(async () => {
  api = await startAlertmanager();
  queries = [];
  const alertmanager: UrlFunction = async (event) => {
    const request = readRequest(event);
    if (!request.ok) throw new Error(request.error.message);
    return answerAlertmanager(request.value, api.ports);
  };
  const started = await startFront({
    port: 0,
    routes: {
      '/api/v2/': alertmanager,
      '/v1/notifications': alertmanager,
      '/v1/notifications/': alertmanager,
      '/api/v1/alerts': async () => json({ data: { alerts: [] } }),
      '/api/v1/rules': async () => json({ data: { groups: [RULE_GROUP] } }),
      '/api/v1/query': async ({ rawQueryString }) => {
        const query = new URLSearchParams(rawQueryString).get('query') ?? '';
        queries.push(query);
        return json({ data: { resultType: 'matrix', result: storedSeries(query) } });
      },
    },
    nowMs: () => NOW_MS,
    onFault: (path, error) => console.error(path, error),
  });
  if (!started.ok) throw new Error(started.error.message);
  front = started.value;
  client = createClient(front.url, 'hvt_test');
});

afterEach(async () => {
  await front.close();
  await api.close();
});

function json(value: object) {
  const headers = { 'content-type': 'application/json' };
  return { statusCode: 200, headers, body: JSON.stringify(value) };
}

const RULE_GROUP = {
  name: 'disks',
  file: 'host.rules.yaml',
  rules: [
    { type: 'alerting', name: 'DiskFull', query: EXPR, duration: 120, keepFiringFor: 0 },
    { type: 'alerting', name: 'DiskFull', query: 'other > 1', duration: 0, keepFiringFor: 0 },
  ],
};

function storedSeries(query: string): object[] {
  const every = (fromMs: number, stepMs: number, value: (atMs: number) => number) =>
    Array.from(
      { length: Math.floor((NOW_MS - fromMs) / stepMs) + 1 },
      (_, i) => fromMs + i * stepMs,
    ).map((atMs) => [atMs / 1000, String(value(atMs))]);
  if (query.startsWith('ALERTS_FOR_STATE{'))
    return [{ metric: LABELS, values: every(BEGAN_MS, MINUTE_MS, () => BEGAN_MS / 1000) }];
  if (query.startsWith('ALERTS{'))
    return [{ metric: LABELS, values: every(FIRED_MS, MINUTE_MS, () => 1) }];
  if (query.startsWith('host_disk_usage_percent{')) {
    const of = (host: string, mountpoint: string) => ({
      metric: { __name__: 'host_disk_usage_percent', host, mountpoint },
      values: every(BEGAN_MS - 10 * MINUTE_MS, MINUTE_MS, (atMs) => (atMs < BEGAN_MS ? 80 : 97.5)),
    });
    return query.includes('host="db1"')
      ? [of('db1', '/data')]
      : [of('db1', '/data'), of('web1', '/')];
  }
  return [];
}

async function told(attempts: number): Promise<void> {
  const { record } = createDeliveryStore(api.store.table);
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const isLast = attempt === attempts;
    await record({
      notification: MESSAGE,
      attempt,
      atMs: FIRED_MS + attempt * 10_000,
      durationMs: 120,
      result: isLast ? 'delivered' : 'failed',
      reason: isLast ? '' : 'the server answers 503',
    });
  }
}

async function explained(id: string): Promise<string> {
  const terminal = createRecorder();
  const result = await explain(id, client, terminal, NOW_MS);
  if (!result.ok) throw new Error(result.error.message);
  return terminal.text();
}

describe('alerts explain', () => {
  test('of a message: the group, the route, each attempt, and why its alert fired', async () => {
    await told(2);
    const text = await explained(MESSAGE.id);
    expect(text).toContain(`Message ${MESSAGE.id}: firing, 1 alert`);
    expect(text).toMatch(/to +dba, by sns\[0\]/);
    expect(text).toMatch(/route +\{\}\n +\{host=~"db\.\*"\}/);
    expect(text).toContain(
      `attempt 1  ${formatTime(FIRED_MS + 10_000)}  failed in 120 ms: the server answers 503`,
    );
    expect(text).toContain(`attempt 2  ${formatTime(FIRED_MS + 20_000)}  delivered in 120 ms`);
    expect(text).toMatch(
      /rule +DiskFull of group disks in host\.rules\.yaml, which waits for 2 min/,
    );
    expect(text).toContain(EXPR);
    expect(text).toMatch(/value +97\.5/);
    expect(text).toContain(`pending   from ${formatTime(BEGAN_MS)}`);
    expect(text).toContain(`firing    from ${formatTime(FIRED_MS)}, 2 min later`);
  });

  test('shows samples of each selector around the beginning, of what the alert is about', async () => {
    await told(1);
    const text = await explained(MESSAGE.id);
    expect(text).toContain('host_disk_usage_percent{host="db1", mountpoint="/data"}');
    expect(text).toMatch(/▁+█+ {2}80 to 97\.5/);
    expect(text).not.toContain('web1');
    // A selector without any sample is named, too.
    expect(text).toContain('up: none');
    expect(queries.some((query) => query.includes('mountpoint!="/boot",host="db1"'))).toBe(true);
  });

  test('of an alert: how it stands now, then what was told of it', async () => {
    await told(1);
    await api.ports.silences.add(
      {
        id: '00000000-0000-4000-8000-000000000001',
        matchers: [{ name: 'host', op: '=', value: 'db1', matches: (value) => value === 'db1' }],
        startsAtMs: NOW_MS - 1,
        endsAtMs: NOW_MS + MINUTE_MS,
        updatedAtMs: NOW_MS,
        createdBy: 'ann',
        comment: 'x',
      },
      NOW_MS,
    );
    const text = await explained(ID);
    expect(text).toMatch(/now +firing, for oncall, dba/);
    expect(text).toMatch(/now +silenced by 00000000-0000-4000-8000-000000000001/);
    expect(text.indexOf('now ')).toBeLessThan(text.indexOf(`Message ${MESSAGE.id}`));
  });

  test('of an alert nobody was told of says so', async () => {
    expect(await explained(ID)).toContain('No message about it is kept.');
  });

  test('of what nobody knows is one line', async () => {
    const result = await explain('1-nothing', client, createRecorder(), NOW_MS);
    expect(result).toMatchObject({
      error: { code: 'trouble', message: expect.stringMatching(/^nothing is known of 1-nothing/) },
    });
  });
});
