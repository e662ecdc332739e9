import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BacktestAnswer } from '../../core/answers/rules.ts';
import { MINUTE_MS } from '../../core/host-minute.ts';
import { createHandler } from '../../functions/api/handler.ts';
import { addApiToken } from '../../functions/store/api-tokens.ts';
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

const at = (minutes: number) => NOW_MS + minutes * MINUTE_MS;

/** [from, to) in minutes before now in which the load is 9, which is 1 else. */
const HOT = [
  [-150, -140],
  [-100, -97],
  [-10, 1],
] as const;

let api: TestApi;
let token: string;
beforeAll(async () => {
  api = await startApi();
  token = await addApiToken(api.store.table, 'ann', NOW_MS, { role: 'admin' });
  const load = sampled({ __name__: 'host_load1', host: 'web-1' }, [at(-180), NOW_MS], (ms) =>
    HOT.some(([from, to]) => ms >= at(from) && ms < at(to)) ? 9 : 1,
  );
  await storeSeries(api.store, 'web-1', [load]);
  await noteHost(api.store, 'web-1');
}, 30_000);
afterAll(() => api.close());

function text(expr: string, more: object = {}, interval?: string): string {
  const rule = { alert: 'Hot', expr, ...more };
  return JSON.stringify({
    groups: [{ name: 'g', ...(interval ? { interval } : {}), rules: [rule] }],
  });
}

async function ask(path: string, body: object, method = 'POST', handler = api.handler) {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const event = apiEvent({ method, rawPath: path, headers, body: JSON.stringify(body) });
  return readReply(await handler(event));
}

async function backtest(yaml: string, more: object = {}): Promise<BacktestAnswer> {
  const wish = {
    file: 'web.rules.yaml',
    text: yaml,
    group: 'g',
    alert: 'Hot',
    fromMs: at(-170),
    ...more,
  };
  const reply = await ask('/api/v1/rules/backtest', wish);
  expect([reply.status, reply.json.error]).toEqual([200, undefined]);
  return reply.json.data as BacktestAnswer;
}

const minutes = (ms: number | undefined) =>
  ms === undefined ? undefined : (ms - NOW_MS) / MINUTE_MS;

describe('a backtest', () => {
  test('tells when the alert would have been pending and firing, and for how long', async () => {
    const { proposed, cut, saved, fromMs, toMs, stepMs } = await backtest(
      text('host_load1 > 5', { for: '5m' }),
    );
    expect([minutes(fromMs), minutes(toMs), stepMs, cut, saved]).toEqual([
      -170,
      0,
      MINUTE_MS,
      undefined,
      undefined,
    ]);
    expect(
      proposed.episodes.map((one) => [
        minutes(one.pendingFromMs),
        minutes(one.firingFromMs),
        minutes(one.untilMs),
        one.labels['host'],
        one.value,
      ]),
    ).toEqual([
      [-150, -145, -140, 'web-1', '9'],
      [-100, undefined, -97, 'web-1', '9'],
      [-10, -5, undefined, 'web-1', '9'],
    ]);
    expect(proposed).toMatchObject({
      firings: 2,
      onlyPending: 1,
      alerts: 1,
      firingMs: 10 * MINUTE_MS,
    });
  });

  test('looks as long ago as the group says', async () => {
    const [group] = JSON.parse(text('host_load1 > 5')).groups;
    const late = JSON.stringify({ groups: [{ ...group, query_offset: '3m' }] });
    const { proposed } = await backtest(late);
    expect(
      proposed.episodes.map((one) => [minutes(one.pendingFromMs), minutes(one.untilMs)]),
    ).toEqual([
      [-147, -137],
      [-97, -94],
      [-7, undefined],
    ]);
  });

  test('compares with the rule that is saved', async () => {
    const path = '/api/v1/rules/files/web.rules.yaml';
    const put = await ask(path, { text: text('host_load1 > 5', { for: '5m' }), basedOn: 0 }, 'PUT');
    expect(put.status).toBe(200);
    const kept = await backtest(text('host_load1 > 5', { for: '1m', keep_firing_for: '10m' }));
    expect([kept.isSame, kept.proposed.firings, kept.saved?.firings]).toEqual([false, 3, 2]);
    expect(kept.proposed.episodes.map(({ untilMs }) => minutes(untilMs))).toEqual([
      -130,
      -87,
      undefined,
    ]);
    const other = await backtest(text('host_load1 > 100'));
    expect([other.proposed.firings, other.saved?.firings]).toEqual([0, 2]);
    expect((await backtest(text('host_load1 > 5', { for: '5m' }))).isSame).toBe(true);
  });

  test('an alert that was firing when the time began is told with its own beginning', async () => {
    const { proposed } = await backtest(text('host_load1 > 5'), {
      fromMs: at(-145),
      toMs: at(-120),
    });
    expect(
      proposed.episodes.map((one) => [minutes(one.firingFromMs), minutes(one.untilMs)]),
    ).toEqual([[-150, -140]]);
    expect(proposed.firingMs).toBe(5 * MINUTE_MS);
  });

  test("has the group's interval as its step, labels by their templates, and the limit of its group", async () => {
    const { stepMs, proposed } = await backtest(
      text('host_load1 > 5', { labels: { on: '{{ $labels.host }}!' } }, '10m'),
    );
    expect([stepMs, proposed.episodes[0]?.labels]).toEqual([
      10 * MINUTE_MS,
      { alertname: 'Hot', host: 'web-1', on: 'web-1!' },
    ]);
  });

  test('says when the time had to be cut, and why', async () => {
    const environment = { ...api.store.environment, RULES_DIR: 'test/api/rules' };
    const poor = createHandler({ ...environment, QUERY_MAX_READ_UNITS: '130' }, () => NOW_MS);
    const wish = {
      file: 'x.rules.yaml',
      text: text('host_load1 > 5'),
      group: 'g',
      alert: 'Hot',
      fromMs: at(-20 * 60),
    };
    const reply = await ask('/api/v1/rules/backtest', wish, 'POST', poor);
    const { fromMs, cut, proposed } = reply.json.data as BacktestAnswer;
    expect([cut, proposed.firings > 0]).toEqual([expect.stringMatching(/read units/), true]);
    expect(fromMs).toBeGreaterThan(at(-20 * 60));
  });

  test.each([
    ['a rule that is not there', { alert: 'Cold' }, 400, /no alerting rule "Cold"/],
    ['a time in the future', { fromMs: at(60) }, 400, /before now/],
    ['more than a month', { fromMs: at(-40 * 24 * 60) }, 400, /30 days at most/],
    ['a text with errors', { text: text('rate(x)') }, 400, /parse error/],
  ])('of %s is refused', async (_, more, status, message) => {
    const wish = {
      file: 'w.rules.yaml',
      text: text('x > 1'),
      group: 'g',
      alert: 'Hot',
      fromMs: at(-60),
      ...more,
    };
    const reply = await ask('/api/v1/rules/backtest', wish);
    expect([reply.status, reply.json.error]).toEqual([status, expect.stringMatching(message)]);
  });
});
