import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MINUTE_MS } from '../../core/host-minute.ts';
import { createInventoryStore } from '../../functions/store/inventory.ts';
import { NOW_MS, noteHost, sampled, startApi, storeSeries, type TestApi } from './fixture.ts';

const NOW = NOW_MS / 1000;
const VM = { host: 'db-1', vm: 'mail', uuid: '6ba7b810-9dad-11d1-80b4-00c04fd430c8' };
const GAUGES = Array.from({ length: 12 }, (_, i) => `gauge_${String.fromCharCode(97 + i)}`);

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
  const hour = [NOW_MS - 60 * MINUTE_MS, NOW_MS] as const;
  for (const [host, load] of [
    ['web-1', 1.5],
    ['web-2', 2.5],
    ['db-1', 8],
  ] as const) {
    await storeSeries(api.store, host, [
      sampled({ __name__: 'host_load1', host }, hour, () => load),
      sampled({ __name__: 'host_uptime_seconds', host }, hour, (at) => at / 1000 - 1e9),
      ...(host === 'db-1' ? [sampled({ __name__: 'vm_up', ...VM }, hour, () => 1)] : []),
    ]);
    await noteHost(api.store, host, {
      vms: host === 'db-1' ? [{ uuid: VM.uuid, name: VM.vm, lastSeenMs: NOW_MS }] : [],
    });
  }
  // Heard of for a day, silent for an hour and more.
  await noteHost(api.store, 'gone-1', { lastSeenMs: NOW_MS - 90 * MINUTE_MS });
  await storeSeries(api.store, '@prometheus', [
    sampled({ __name__: 'node_load1', instance: 'n:9100', host: 'web-1' }, hour, () => 0.25),
    sampled({ __name__: 'odd', instance: 'n:9100' }, hour, () => Number.NaN),
    ...GAUGES.map((name) => sampled({ __name__: name, instance: 'n:9100' }, hour, () => 1)),
  ]);
  await createInventoryStore(api.store.table).putSender(
    { sender: 'prometheus', firstSeenMs: NOW_MS, lastSeenMs: NOW_MS },
    NOW_MS + 60 * MINUTE_MS,
  );
});
afterAll(() => api.close());

/** What a query gives, as `metric text: value` lines. */
async function values(query: string): Promise<string[]> {
  const { json } = await api.get('/api/v1/query', { query });
  const { result } = json.data as { result: { metric: object; value: [number, string] }[] };
  return result.map(({ metric, value }) => `${JSON.stringify(metric)}: ${value[1]}`).sort();
}

describe('an instant query', () => {
  test('gives a vector in the documented shape', async () => {
    const reply = await api.get('/api/v1/query', { query: 'host_load1{host="web-1"}' });
    expect(reply.status).toBe(200);
    expect(reply.headers['content-type']).toBe('application/json');
    expect(reply.json).toEqual({
      status: 'success',
      data: {
        resultType: 'vector',
        result: [{ metric: { __name__: 'host_load1', host: 'web-1' }, value: [NOW, '1.5'] }],
      },
    });
  });

  test.each([
    ['1+1', 'scalar', [NOW, '2']],
    ['1e21', 'scalar', [NOW, '1000000000000000000000']],
    ['vector(1e21)', 'vector', [{ metric: {}, value: [NOW, '1e+21'] }]],
    ['vector(1e-7)', 'vector', [{ metric: {}, value: [NOW, '1e-07'] }]],
    ['vector(0.000001)', 'vector', [{ metric: {}, value: [NOW, '0.000001'] }]],
    ['123456789012345678901', 'scalar', [NOW, '123456789012345680000']],
    ['0/0', 'scalar', [NOW, 'NaN']],
    ['-1/0', 'scalar', [NOW, '-Inf']],
    ['1/0', 'scalar', [NOW, '+Inf']],
    ['-0', 'scalar', [NOW, '-0']],
    ['"a\\"b"', 'string', [NOW, 'a"b']],
  ])('%s is a %s', async (query, resultType, result) => {
    const { json } = await api.get('/api/v1/query', { query });
    expect(json.data).toEqual({ resultType, result });
  });

  test('of a range selector gives a matrix', async () => {
    const { json } = await api.get('/api/v1/query', { query: 'host_load1{host="web-1"}[30s]' });
    expect(json.data).toEqual({
      resultType: 'matrix',
      result: [
        {
          metric: { __name__: 'host_load1', host: 'web-1' },
          values: [
            [NOW - 20, '1.5'],
            [NOW - 10, '1.5'],
            [NOW, '1.5'],
          ],
        },
      ],
    });
  });

  test('reads hosts by name, pattern, VM and all of them alike', async () => {
    const line = (host: string, load: string) =>
      `{"__name__":"host_load1","host":"${host}"}: ${load}`;
    const all = [line('db-1', '8'), line('web-1', '1.5'), line('web-2', '2.5')];
    expect(await values('host_load1')).toEqual(all);
    expect(await values('host_load1{host=~".+"}')).toEqual(all);
    expect(await values('host_load1{host=~"web-.*"}')).toEqual(all.slice(1));
    expect(await values('host_load1{host!="db-1"}')).toEqual(all.slice(1));
    expect(await values('host_load1{host="nobody"}')).toEqual([]);
    expect(await values('count({vm="mail"})')).toEqual(['{}: 1']);
    expect(await values(`count({uuid="${VM.uuid}"})`)).toEqual(['{}: 1']);
    expect(await values('host_load1 * on (host) group_left () vm_up')).toEqual([
      '{"host":"db-1"}: 8',
    ]);
  });

  test('reads what senders wrote, under the name of a host too', async () => {
    expect(await values('node_load1{instance="n:9100"}')).toEqual([
      '{"__name__":"node_load1","host":"web-1","instance":"n:9100"}: 0.25',
    ]);
    expect(await values('{host="web-1",instance!=""}')).toHaveLength(1);
    expect(await values('odd')).toEqual(['{"__name__":"odd","instance":"n:9100"}: NaN']);
  });

  test('of another time, with offset, @ and a subquery, reads that time', async () => {
    const at = String(NOW - 1800);
    for (const query of [
      'host_load1{host="web-1"} offset 30m',
      `host_load1{host="web-1"} @ ${at}`,
      'max_over_time(host_load1{host="web-1"}[5m:1m] offset 30m)',
      `max_over_time(host_load1{host="web-1"}[5m] @ ${at})`,
    ]) {
      expect(await values(query)).toEqual([expect.stringMatching(/: 1.5$/)]);
    }
    expect(await values('host_load1{host="web-1"} offset 2h')).toEqual([]);
  });

  test('says with `up` who reports and who is silent', async () => {
    const line = (host: string, up: 0 | 1) => `{"__name__":"up","host":"${host}"}: ${up}`;
    const all = [line('db-1', 1), line('gone-1', 0), line('web-1', 1), line('web-2', 1)];
    expect(await values('up')).toEqual(all);
    expect(await values('up{host="gone-1"}')).toEqual([line('gone-1', 0)]);
    expect(await values('up{host="nobody"}')).toEqual([]);
    expect(await values('sum(up)')).toEqual(['{}: 3']);
    // Not yet an hour of samples before this.
    expect(await values('up{host="web-1"} offset 2h')).toEqual([
      '{"__name__":"up","host":"web-1"}: 0',
    ]);
    expect(await values('up{host="web-1"} offset 2d')).toEqual([]);
  });

  test('takes time, limit, lookback_delta, timeout and stats', async () => {
    const query = 'host_load1';
    const at = await api.get('/api/v1/query', { query, time: '2026-03-01T11:30:00.5+00:00' });
    expect(at.json.data).toMatchObject({ result: [{ value: [NOW - 1799.5, '8'] }, {}, {}] });
    const limited = await api.get('/api/v1/query', { query, limit: '2' });
    expect(limited.json.warnings).toEqual(['results truncated due to limit']);
    expect((limited.json.data as { result: unknown[] }).result).toHaveLength(2);
    const late = { query, time: String(NOW + 60) };
    const found = await api.get('/api/v1/query', { ...late, timeout: '5s' });
    expect((found.json.data as { result: unknown[] }).result).toHaveLength(3);
    const short = await api.get('/api/v1/query', { ...late, lookback_delta: '30s' });
    expect((short.json.data as { result: unknown[] }).result).toHaveLength(0);
    const stats = await api.get('/api/v1/query', { query, stats: 'all' });
    expect(stats.json.data).toMatchObject({ stats: { timings: {}, samples: {} } });
  });

  test('tells of the engine’s warnings and infos', async () => {
    const { json } = await api.get('/api/v1/query', { query: 'quantile(2, host_load1)' });
    expect(json.warnings).toEqual([
      expect.stringContaining('quantile value should be between 0 and 1, got 2'),
    ]);
  });

  test('tells ten of each kind, and how many there are besides', async () => {
    const quantiles = (count: number) =>
      Array.from({ length: count }, (_, i) => `quantile(${i + 2}, host_load1)`).join(' or ');
    const rates = (names: readonly string[]) =>
      names.map((name) => `rate(${name}[5m])`).join(' or ');
    const query = `(${quantiles(11)}) or (${rates(GAUGES)})`;
    const { json } = await api.get('/api/v1/query', { query, limit: '1' });
    expect(json.warnings).toHaveLength(11);
    expect(json.warnings).toContain('2 more warning annotations omitted');
    // What the caller must know of the answer itself is not left out.
    expect(json.warnings?.[0]).toBe('results truncated due to limit');
    expect(json.infos).toEqual([
      ...GAUGES.slice(0, 10).map((name) => expect.stringContaining(`: "${name}" (1:`)),
      '2 more info annotations omitted',
    ]);
    const ten = await api.get('/api/v1/query', { query: quantiles(10) });
    expect(ten.json.warnings).toHaveLength(10);
    expect(ten.json).not.toHaveProperty('infos');
  });
});

describe('a range query', () => {
  const range = { start: String(NOW - 120), end: String(NOW), step: '60' };

  test('gives a matrix sorted by labels', async () => {
    const { json } = await api.post('/api/v1/query_range', { query: 'host_load1', ...range });
    const row = (host: string, value: string) => ({
      metric: { __name__: 'host_load1', host },
      values: [
        [NOW - 120, value],
        [NOW - 60, value],
        [NOW, value],
      ],
    });
    expect(json.data).toEqual({
      resultType: 'matrix',
      result: [row('db-1', '8'), row('web-1', '1.5'), row('web-2', '2.5')],
    });
  });

  test('of a scalar gives one series without labels', async () => {
    const { json } = await api.get('/api/v1/query_range', { query: '7', ...range, step: '1m' });
    const values = [NOW - 120, NOW - 60, NOW].map((at) => [at, '7']);
    expect(json.data).toEqual({ resultType: 'matrix', result: [{ metric: {}, values }] });
  });

  test('takes 11,000 points and no more', async () => {
    const fine = { query: '1', start: '0', end: '11000', step: '1' };
    expect((await api.get('/api/v1/query_range', fine)).status).toBe(200);
    const { status, json } = await api.get('/api/v1/query_range', { ...fine, end: '11001' });
    expect([status, json]).toEqual([
      400,
      {
        status: 'error',
        errorType: 'bad_data',
        error:
          'exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)',
      },
    ]);
  });
});

describe('refused as Prometheus refuses it:', () => {
  test.each<[string, string, Record<string, string>, number, string, string | RegExp]>([
    ['no query', 'query', {}, 400, 'bad_data', /^invalid parameter "query": .*no expression found/],
    [
      'a syntax error',
      'query',
      { query: 'sum(' },
      400,
      'bad_data',
      /^invalid parameter "query": 1:5: parse error: unclosed left parenthesis/,
    ],
    [
      'a bad time',
      'query',
      { query: '1', time: 'noon' },
      400,
      'bad_data',
      'invalid parameter "time": invalid time value for \'time\': cannot parse "noon" to a valid timestamp',
    ],
    [
      'a day that is none',
      'query',
      { query: '1', time: '2026-02-30T00:00:00Z' },
      400,
      'bad_data',
      /cannot parse/,
    ],
    [
      'a bad limit',
      'query',
      { query: '1', limit: '-1' },
      400,
      'bad_data',
      'invalid parameter "limit": limit must be non-negative',
    ],
    [
      'a timeout of nothing',
      'query',
      { query: '1', timeout: '0' },
      400,
      'bad_data',
      'invalid parameter "timeout": timeout must be positive, got 0s',
    ],
    [
      'no step',
      'query_range',
      { query: '1', start: '0', end: '1' },
      400,
      'bad_data',
      'invalid parameter "step": cannot parse "" to a valid duration',
    ],
    [
      'a step of zero',
      'query_range',
      { query: '1', start: '0', end: '1', step: '0' },
      400,
      'bad_data',
      'invalid parameter "step": zero or negative query resolution step widths are not accepted. Try a positive integer',
    ],
    [
      'an end before the start',
      'query_range',
      { query: '1', start: '1', end: '0', step: '1' },
      400,
      'bad_data',
      'invalid parameter "end": end timestamp must not be before start time',
    ],
    [
      'a range of a range',
      'query_range',
      { query: 'host_load1[5m]', start: '0', end: '1', step: '1' },
      400,
      'bad_data',
      'invalid parameter "query": invalid expression type "range vector" for range query, must be Scalar or instant Vector',
    ],
    [
      'a match of many to many',
      'query',
      { query: 'label_replace(host_load1, "host", "x", "", "") + host_load1' },
      422,
      'execution',
      /same labelset/,
    ],
    ['another path', 'nothing', {}, 404, 'not_found', 'nothing at /api/v1/nothing'],
  ])('%s', async (_, path, params, status, errorType, error) => {
    const reply = await api.get(`/api/v1/${path}`, params);
    expect(reply.status).toBe(status);
    expect(reply.json).toEqual({
      status: 'error',
      errorType,
      error: typeof error === 'string' ? error : expect.stringMatching(error),
    });
  });

  test('an answer that no reply can carry', async () => {
    const query = 'label_replace(vector(1), "a", "b", "", "")';
    const many = Array.from({ length: 400 }, (_, i) => query.replace('"b"', `"${i}"`)).join(' or ');
    const long = { query: many, start: '0', end: '11000', step: '1' };
    const { status, json } = await api.get('/api/v1/query_range', long);
    expect([status, json.errorType]).toEqual([422, 'execution']);
    expect(json.error).toMatch(/^the answer has /);
  });

  test('a query of too many selectors', async () => {
    const query = Array.from({ length: 501 }, (_, i) => `m${i}`).join(' or ');
    const { status, json } = await api.get('/api/v1/query', { query });
    expect([status, json.error]).toEqual([
      422,
      'the query has 501 selectors; at most 500 are read',
    ]);
  });

  test('a query that would read too much, with what it would read', async () => {
    const tight = await startApi({ QUERY_MAX_HOST_MINUTES: '1000', QUERY_MAX_READ_UNITS: '100' });
    for (const host of ['a', 'b', 'c', 'd']) await noteHost(tight.store, host);
    for (const query of ['host_load1[10h]', 'host_load1{host=~"a|b|c"}[10h]']) {
      const refused = await tight.get('/api/v1/query', { query });
      expect([refused.status, refused.json.errorType]).toEqual([422, 'execution']);
      expect(refused.json.error).toMatch(
        /^the query would read [\d,]+ host-minutes, about [\d,]+ read units; the limit is 1,000 host-minutes and 100 read units/,
      );
    }
    expect((await tight.get('/api/v1/query', { query: 'host_load1' })).status).toBe(200);
    await tight.close();
  });
});
