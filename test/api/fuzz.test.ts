import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MINUTE_MS } from '../../core/host-minute.ts';
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

const RUNS = 400;

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
  await noteHost(api.store, 'a');
  await storeSeries(api.store, 'a', [
    sampled({ __name__: 'host_load1', host: 'a' }, [NOW_MS - 5 * MINUTE_MS, NOW_MS], () => 1),
  ]);
});
afterAll(() => api.close());

const text = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom(
    'host_load1',
    'sum(host_load1)',
    'rate(host_load1[5m])',
    '{host="a"}',
    '{host=~"("}',
    'up[1h:',
    'host_load1 @ 1e300',
    'host_load1 offset -1e9y',
    'host_load1[1e300s]',
    '1e400',
    'NaN',
    'Inf',
    '-1',
    '0',
    '1e18',
    '9'.repeat(400),
    '2026-03-01T12:00:00Z',
    '0000-01-01T00:00:00Z',
    '9999-12-31T23:59:59.999999999+23:59',
    '5m',
    '1y',
    '%',
    '__proto__',
  ),
);
const NAMES = [
  'query',
  'time',
  'start',
  'end',
  'step',
  'timeout',
  'limit',
  'lookback_delta',
  'stats',
  'match[]',
  'type',
  'rule_name[]',
  'exclude_alerts',
  'group_limit',
  'group_next_token',
  'metric',
  'limit_per_metric',
];
const PATHS = [
  '/api/v1/query',
  '/api/v1/query_range',
  '/api/v1/query_exemplars',
  '/api/v1/format_query',
  '/api/v1/series',
  '/api/v1/labels',
  '/api/v1/label/host/values',
  '/api/v1/label/%E0%A4%A/values',
  '/api/v1/label/U___110000_/values',
  '/api/v1/metadata',
  '/api/v1/rules',
  '/api/v1/alerts',
  '/api/v1/status/buildinfo',
];
const params = fc
  .array(fc.tuple(fc.constantFrom(...NAMES), text), { maxLength: 6 })
  .map((pairs) =>
    new URLSearchParams(pairs.map(([n, v]): [string, string] => [n, v.toWellFormed()])).toString(),
  );

/** Right in all but one or two places, so that it gets further. */
const nearlyRight = fc
  .tuple(fc.array(fc.tuple(fc.constantFrom(...NAMES), text), { maxLength: 2 }), text)
  .map(([pairs, query]) => {
    const right = { start: '1772366000', end: '1772366400', step: '15', 'match[]': 'host_load1' };
    const all = [...pairs, ['query', query] as const, ...Object.entries(right)];
    // Of a name given twice the first counts.
    return new URLSearchParams(
      all.map(([name, value]): [string, string] => [name, value.toWellFormed()]),
    ).toString();
  });

const anyEvent = fc.record({
  method: fc.constantFrom('GET', 'POST', 'PUT', 'get', 'HEAD', 'OPTIONS', ''),
  rawPath: fc.oneof(fc.constantFrom(...PATHS), fc.webPath(), fc.string({ maxLength: 30 })),
  rawQueryString: fc.oneof(params, nearlyRight, fc.string({ maxLength: 60 })),
  body: fc.oneof(
    params,
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.base64String({ maxLength: 60 }),
  ),
  isBase64Encoded: fc.boolean(),
  contentType: fc.oneof(
    fc.constant('application/x-www-form-urlencoded'),
    fc.constant('application/x-www-form-urlencoded; charset=UTF-8'),
    fc.string({ maxLength: 20 }),
  ),
  authorization: fc.option(fc.string({ maxLength: 40 }), { freq: 10 }),
});

test('any request gets an answer or a 4xx with Prometheus’ error JSON', async () => {
  await fc.assert(
    fc.asyncProperty(anyEvent, async ({ contentType, authorization, ...parts }) => {
      const headers = {
        'content-type': contentType,
        authorization: authorization ?? `Bearer ${api.token}`,
      };
      const {
        status,
        json,
        text: body,
      } = readReply(await api.handler(apiEvent({ ...parts, headers })));
      expect(status).toBeGreaterThanOrEqual(200);
      expect(status).toBeLessThan(500);
      if (status >= 400) {
        expect(json).toEqual({
          status: 'error',
          errorType: expect.any(String),
          error: expect.any(String),
        });
      } else if (status === 200 && !body.startsWith('Hypervigil')) {
        expect(json).toMatchObject({ status: 'success' });
        expect(json).toHaveProperty('data');
      }
    }),
    { numRuns: RUNS },
  );
}, 120_000);
