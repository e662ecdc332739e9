import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeState } from '../../core/alerting/state-encoding.ts';
import { FIRST_STATE, type TickState } from '../../core/alerting/tick-state.ts';
import { CATALOGUE } from '../../core/catalogue/catalogue.ts';
import { MINUTE_MS } from '../../core/host-minute.ts';
import { labelsFrom } from '../../core/series/labels.ts';
import { createStateStore } from '../../functions/store/state.ts';
import {
  apiEvent,
  NOW_MS,
  noteHost,
  readReply,
  sampled,
  startApi,
  storeSeries,
  type TestApi,
} from './fixture.ts';

const NOW = NOW_MS / 1000;
const HOUR = { start: String(NOW - 3600), end: String(NOW) };

const STATE: TickState = {
  ...FIRST_STATE,
  lastTickMs: NOW_MS,
  evaluations: Object.fromEntries(
    ['load', 'up'].map((group) => [
      `test.rules.yaml;${group}`,
      { atMs: NOW_MS, ruleTookMs: [250, 1250] },
    ]),
  ),
  alerts: {
    'test.rules.yaml;load;HighLoad;0': [
      {
        labels: labelsFrom({
          alertname: 'HighLoad',
          host: 'db-1',
          severity: 'critical',
          where: 'db-1',
        }),
        annotations: { summary: 'Load 8' },
        state: 'firing',
        value: 8,
        activeAtMs: NOW_MS - 5 * MINUTE_MS,
        firedAtMs: NOW_MS - 3 * MINUTE_MS,
      },
      {
        labels: labelsFrom({
          alertname: 'HighLoad',
          host: 'web-1',
          severity: 'critical',
          where: 'web-1',
        }),
        annotations: { summary: 'Load 6' },
        state: 'inactive',
        value: 6,
        activeAtMs: NOW_MS - 9 * MINUTE_MS,
        resolvedAtMs: NOW_MS - MINUTE_MS,
      },
    ],
  },
  ruleErrors: { 'test.rules.yaml;up;HostDown;0': 'no such thing' },
};

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
  const kept = createStateStore(api.store.table);
  await kept.replace(await kept.read(), encodeState(STATE));
  for (const host of ['web-1', 'db-1']) {
    await noteHost(api.store, host);
    await storeSeries(api.store, host, [
      sampled({ __name__: 'host_load1', host }, [NOW_MS - 20 * MINUTE_MS, NOW_MS], () => 1),
      sampled(
        { __name__: 'host_disk_busy_percent', host, device: 'vda' },
        [NOW_MS - 20 * MINUTE_MS, NOW_MS - 15 * MINUTE_MS],
        () => 1,
      ),
    ]);
  }
});
afterAll(() => api.close());

describe('series, labels and their values', () => {
  test('series gives label sets of the time asked for', async () => {
    const match = ['host_disk_busy_percent', '{__name__=~"host_load.*",host="web-1"}'];
    const { json } = await api.post('/api/v1/series', { 'match[]': match, ...HOUR });
    expect(json).toEqual({
      status: 'success',
      data: [
        { __name__: 'host_disk_busy_percent', device: 'vda', host: 'db-1' },
        { __name__: 'host_disk_busy_percent', device: 'vda', host: 'web-1' },
        { __name__: 'host_load1', host: 'web-1' },
      ],
    });
    const late = { 'match[]': match, start: String(NOW - 600), end: String(NOW) };
    expect((await api.get('/api/v1/series', late)).json.data).toHaveLength(1);
    const limited = await api.get('/api/v1/series', { 'match[]': match, ...HOUR, limit: '1' });
    expect(limited.json.data).toHaveLength(1);
    expect(limited.json.warnings).toEqual(['results truncated due to limit']);
  });

  test('labels and values come sorted, with and without match[]', async () => {
    expect((await api.get('/api/v1/labels', HOUR)).json.data).toEqual([
      '__name__',
      'device',
      'host',
    ]);
    const load = { 'match[]': 'host_load1', ...HOUR };
    expect((await api.post('/api/v1/labels', load)).json.data).toEqual(['__name__', 'host']);
    const values = async (name: string, params = {}) =>
      (await api.get(`/api/v1/label/${name}/values`, { ...HOUR, ...params })).json.data;
    expect(await values('host')).toEqual(['db-1', 'web-1']);
    expect(await values('__name__')).toEqual(['host_disk_busy_percent', 'host_load1', 'up']);
    expect(await values('device', { 'match[]': '{host="web-1"}' })).toEqual(['vda']);
    expect(await values('nothing')).toEqual([]);
    expect(await values('U__ho_73_t')).toEqual(['db-1', 'web-1']);
  });

  test('over all of time look at some of it and say so', async () => {
    const { json } = await api.get('/api/v1/label/host/values');
    expect(json.data).toEqual(['db-1', 'web-1']);
    expect(json.warnings).toEqual([expect.stringMatching(/^looked at \d+ minutes of the time/)]);
  });

  test.each([
    ['series', {}, 'no match[] parameter provided'],
    ['series', { 'match[]': '{}' }, 'match[] must contain at least one non-empty matcher'],
    ['labels', { 'match[]': 'up{' }, /parse error/],
    ['labels', { start: 'x' }, /cannot parse "x" to a valid timestamp/],
    ['label/host/values', { limit: 'many' }, /invalid parameter "limit"/],
  ])('%s with %o is bad data', async (path, params, error) => {
    const { status, json } = await api.get(`/api/v1/${path}`, params);
    expect([status, json.errorType]).toEqual([400, 'bad_data']);
    expect(json.error).toMatch(error);
  });
});

describe('rules and alerts', () => {
  test('rules are those of the files, with what the last tick made of them', async () => {
    const { json } = await api.get('/api/v1/rules');
    const lastEvaluation = new Date(NOW_MS).toISOString();
    expect(json.data).toMatchObject({
      groups: [
        {
          name: 'load',
          file: 'test.rules.yaml',
          interval: 60,
          limit: 0,
          lastEvaluation,
          evaluationTime: 1.5,
          rules: [
            {
              type: 'recording',
              name: 'instance:load:max',
              query: 'max by (host) (host_load1)',
              labels: { kind: 'recorded' },
              health: 'ok',
            },
            {
              type: 'alerting',
              name: 'HighLoad',
              query: 'host_load1 > 5',
              duration: 120,
              keepFiringFor: 300,
              labels: { severity: 'critical', where: '{{ $labels.host }}' },
              annotations: { summary: 'Load {{ $value }}' },
              state: 'firing',
              alerts: [
                {
                  labels: { alertname: 'HighLoad', host: 'db-1' },
                  annotations: { summary: 'Load 8' },
                  state: 'firing',
                  activeAt: new Date(NOW_MS - 5 * MINUTE_MS).toISOString(),
                  value: '8e+00',
                },
              ],
            },
          ],
        },
        { name: 'up', rules: [{ name: 'HostDown', health: 'err', lastError: 'no such thing' }] },
      ],
    });
  });

  /** The names of the rules a filter leaves. */
  const names = async (params: Record<string, string>) => {
    const { json } = await api.get('/api/v1/rules', params);
    const { groups } = json.data as { groups: { rules: { name: string }[] }[] };
    return groups.flatMap(({ rules }) => rules.map(({ name }) => name));
  };

  test.each<[Record<string, string>, string[]]>([
    [{ type: 'alert' }, ['HighLoad', 'HostDown']],
    [{ type: 'record' }, ['instance:load:max']],
    [{ 'rule_name[]': 'HostDown' }, ['HostDown']],
    [{ 'rule_group[]': 'up' }, ['HostDown']],
    [{ 'file[]': 'other.yaml' }, []],
    [{ 'match[]': '{severity="critical"}' }, ['HighLoad']],
    [{ group_limit: '1' }, ['instance:load:max', 'HighLoad']],
  ])('%o leaves %o', async (params, left) => {
    expect(await names(params)).toEqual(left);
  });

  test('come page by page, without alerts if so asked', async () => {
    const first = await api.get('/api/v1/rules', { group_limit: '1', exclude_alerts: 'true' });
    const { groups, groupNextToken } = first.json.data as {
      groups: { rules: { alerts?: unknown }[] }[];
      groupNextToken: string;
    };
    expect(groups[0]?.rules[1]?.alerts).toBeNull();
    expect(await names({ group_limit: '1', group_next_token: groupNextToken })).toEqual([
      'HostDown',
    ]);
    for (const params of [
      { type: 'other' },
      { exclude_alerts: 'perhaps' },
      { group_limit: '0' },
      { group_next_token: 'x' },
      { group_next_token: 'x', group_limit: '1' },
    ]) {
      const { status, json } = await api.get('/api/v1/rules', params);
      expect([status, json.errorType]).toEqual([400, 'bad_data']);
    }
  });

  test('alerts are those that burn', async () => {
    const { json } = await api.get('/api/v1/alerts');
    expect(json.data).toMatchObject({ alerts: [{ labels: { host: 'db-1' }, state: 'firing' }] });
  });
});

describe('what Grafana’s Prometheus data source asks', () => {
  test('its health check, the build, and labels of a metric', async () => {
    const health = await api.post('/api/v1/query', { query: '1+1', time: String(NOW) });
    expect(health.json.data).toEqual({ resultType: 'scalar', result: [NOW, '2'] });
    const build = await api.get('/api/v1/status/buildinfo');
    expect(build.json.data).toMatchObject({ version: expect.stringMatching(/^3\.\d+\.\d+$/) });
    const labels = { ...HOUR, 'match[]': '{__name__="host_load1"}' };
    expect((await api.post('/api/v1/labels', labels)).json.data).toEqual(['__name__', 'host']);
  });

  test('a panel, with long answers packed', async () => {
    const panel = { query: 'host_load1', ...HOUR, step: '15', stats: 'all' };
    expect((await api.post('/api/v1/query_range', panel)).json.data).toMatchObject({
      resultType: 'matrix',
    });
    const event = apiEvent({
      rawPath: '/api/v1/query_range',
      rawQueryString: new URLSearchParams({ ...panel }).toString(),
      headers: {
        authorization: `Basic ${Buffer.from(`grafana:${api.token}`).toString('base64')}`,
        'accept-encoding': 'gzip',
      },
    });
    const result = await api.handler(event);
    if (typeof result === 'string') throw new Error(result);
    expect(result.headers).toMatchObject({ 'content-encoding': 'gzip' });
    expect(result.isBase64Encoded).toBe(true);
  });

  test('metadata from the catalogue', async () => {
    const { json } = await api.get('/api/v1/metadata', { limit_per_metric: '1' });
    expect(Object.keys(json.data as object)).toHaveLength(CATALOGUE.length);
    const one = await api.get('/api/v1/metadata', { metric: 'host_memory_usage_percent' });
    expect(one.json.data).toEqual({
      host_memory_usage_percent: [{ type: 'gauge', unit: 'percent', help: expect.any(String) }],
    });
    expect((await api.get('/api/v1/metadata', { limit: '3' })).json.data).toSatisfy(
      (data: object) => Object.keys(data).length === 3,
    );
    expect((await api.get('/api/v1/metadata', { limit: 'x' })).json.error).toBe(
      'limit must be a number',
    );
  });

  test('exemplars and a formatted query', async () => {
    const exemplars = await api.get('/api/v1/query_exemplars', { query: 'host_load1', ...HOUR });
    expect(exemplars.json).toEqual({ status: 'success', data: [] });
    const formatted = await api.get('/api/v1/format_query', { query: 'sum(up)by(host)' });
    expect(formatted.json.data).toBe('sum by (host) (up)');
    expect((await api.get('/api/v1/format_query', { query: 'sum(' })).status).toBe(400);
  });
});

describe('who may ask', () => {
  const ask = async (headers: Record<string, string>, rawPath = '/api/v1/query') =>
    readReply(await api.handler(apiEvent({ rawPath, rawQueryString: 'query=1', headers })));
  const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

  test('whoever has a token, as bearer or as password', async () => {
    expect((await ask({ authorization: `Bearer ${api.token}` })).status).toBe(200);
    expect((await ask({ authorization: basic(`anyone:${api.token}`) })).status).toBe(200);
  });

  test.each([
    ['', /no token/],
    ['Bearer secret', /not an API token/],
    [`Bearer hvt_${'x'.repeat(32)}`, /not known/],
    [basic('no colon'), /no token/],
  ])('not "%s"', async (authorization, error) => {
    const { status, headers, json } = await ask({ authorization });
    expect(status).toBe(401);
    expect(headers['www-authenticate']).toContain('Basic realm=');
    expect(json).toMatchObject({ status: 'error', errorType: 'unauthorized' });
    expect(json.error).toMatch(error);
  });

  test('anyone whether it is well', async () => {
    expect((await ask({}, '/-/healthy')).status).toBe(200);
    expect((await ask({}, '/-/ready')).status).toBe(200);
  });

  test('with GET or POST', async () => {
    const event = apiEvent({
      method: 'DELETE',
      rawPath: '/api/v1/query',
      headers: { authorization: `Bearer ${api.token}` },
    });
    const { status, headers } = readReply(await api.handler(event));
    expect([status, headers['allow']]).toEqual([405, 'GET, POST']);
  });
});
