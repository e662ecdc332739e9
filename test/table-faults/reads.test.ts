import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { MINUTE_MS, minuteOf, phaseMs } from '../../core/host-minute.ts';
import { hourStartMs } from '../../core/rollup/hours.ts';
import { DAY_MS, HOUR_MS } from '../../core/time.ts';
import { createHandler } from '../../functions/api/handler.ts';
import { addApiToken } from '../../functions/store/api-tokens.ts';
import { createCompactionProgress } from '../../functions/store/compaction-progress.ts';
import { createInventoryStore } from '../../functions/store/inventory.ts';
import { withPatience } from '../../functions/store/patience.ts';
import { createRollupStore } from '../../functions/store/rollups.ts';
import { NOW_MS, noteHost, sampled, storeSeries } from '../api/fixture.ts';
import { type Answer, ask, urlEvent } from './clients.ts';
import { always, at, LASTING, PASSING } from './faults.ts';
import { type FaultyTable, startFaultyTable } from './faulty-table.ts';
import type { Schedule } from './proxy.ts';
import { storm } from './storm.ts';

/** An answer is whole, or says what it lacks, or is none. */

vi.setConfig({ testTimeout: 60_000 });

const CALLS_TRIED = 20;

/** How long a call is waited for. What others are compared with must be whole, on a busy machine, too. */
const ANSWER_MS = { undisturbed: 20_000, disturbed: 1000 };

const HOSTS = ['web', 'db'];
const DONE_HOUR = Math.floor(NOW_MS / HOUR_MS) - 3;

let store: FaultyTable;
let token: string;
beforeAll(async () => {
  store = await startFaultyTable();
  token = await addApiToken(store.table, 'test', NOW_MS);
  const rollups = createRollupStore(store.table);
  for (const host of HOSTS) {
    await noteHost(store, host);
    const labels = { __name__: 'host_load1', host };
    const lastMinutes = [NOW_MS - 6 * MINUTE_MS, NOW_MS] as const;
    await storeSeries(store, host, [sampled(labels, lastMinutes, () => 1)]);
    for (let hour = DONE_HOUR - 3; hour <= DONE_HOUR; hour++) {
      const startMs = hourStartMs(hour, phaseMs(host));
      const points = sampled(labels, [startMs, startMs + HOUR_MS - 1], () => 2, MINUTE_MS);
      await rollups.putMinutePoints(host, hour, [points], 60, NOW_MS + DAY_MS);
    }
  }
  const sender = { sender: 'prom', firstSeenMs: NOW_MS - HOUR_MS, lastSeenMs: NOW_MS };
  await createInventoryStore(store.table).putSender(sender, NOW_MS + DAY_MS);
  const scraped = sampled(
    { __name__: 'probe', job: 'x' },
    [NOW_MS - 6 * MINUTE_MS, NOW_MS],
    () => 3,
  );
  await storeSeries(store, '@prom', [scraped]);
  const lease = await createCompactionProgress(store.table).take(0, NOW_MS, NOW_MS);
  await lease?.advance(DONE_HOUR);
});
afterAll(() => store.close());

const AT = String(NOW_MS / 1000);
const QUERIES: Readonly<Record<string, readonly [path: string, params: Record<string, string>]>> = {
  'the fleet': ['/api/v1/query', { query: 'host_load1', time: AT }],
  'one host': ['/api/v1/query', { query: 'count_over_time(host_load1{host="web"}[5m])', time: AT }],
  'what was scraped': ['/api/v1/query', { query: 'count_over_time(probe[5m])', time: AT }],
  'who is up': ['/api/v1/query', { query: 'up', time: AT }],
  'some hours': ['/api/v1/query', { query: 'sum_over_time(host_load1{host="web"}[8h])', time: AT }],
  series: [
    '/api/v1/series',
    { 'match[]': 'host_load1', start: String(NOW_MS / 1000 - 300), end: AT },
  ],
  labels: ['/api/v1/labels', { start: String(NOW_MS / 1000 - 300), end: AT }],
};
const STATE: typeof QUERIES = {
  alerts: ['/api/v1/alerts', {}],
  rules: ['/api/v1/rules', {}],
  "Alertmanager's alerts": ['/api/v2/alerts', {}],
  silences: ['/api/v2/silences', {}],
  notifications: ['/v1/notifications', {}],
};

async function get(
  [path, params]: (typeof QUERIES)[string],
  schedule?: Schedule,
  patienceMs = 60_000,
): Promise<Answer> {
  // A function that has just started, which remembers nothing.
  const environment = {
    ...store.environment,
    RULES_DIR: 'test/api/rules',
    TABLE_ANSWER_MS: String(ANSWER_MS[schedule === undefined ? 'undisturbed' : 'disturbed']),
  };
  const api = createHandler(environment, () => NOW_MS);
  store.proxy.inject(schedule);
  const event = urlEvent({
    method: 'GET',
    rawPath: path,
    rawQueryString: new URLSearchParams(params).toString(),
    headers: { authorization: `Bearer ${token}` },
  });
  const answer = await withPatience(patienceMs, () => ask(api, event));
  store.proxy.inject();
  return answer;
}

interface Body {
  readonly data?: unknown;
  readonly warnings?: readonly string[];
}

const bodyOf = ({ body }: Answer): Body => JSON.parse(body);

describe.each(Object.entries({ ...QUERIES, ...STATE }))('of %s', (_, request) => {
  test('there is an answer, or it is said that there is none, whichever call fails', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {});
    const calm = await get(request);
    expect(calm.status).toBe(200);
    const denied = LASTING['access denied'];
    if (denied === undefined) return expect.fail('no such fault');
    let calls = 0;
    await get(request, () => {
      calls++;
      return undefined;
    });
    expect(calls).toBeGreaterThan(1);
    // Of a hundred alike some are enough.
    const step = Math.ceil(calls / CALLS_TRIED);
    for (let index = 0; index < calls; index += step) {
      const answer = await get(request, at(index, denied));
      if (answer.status === 200) {
        const isWhole = answer.body === calm.body;
        const warnings = bodyOf(answer).warnings?.length ?? 0;
        expect([index, isWhole || warnings > 0]).toEqual([index, true]);
      } else
        expect([index, answer.status, answer.retryAfterS]).toEqual([
          index,
          503,
          expect.any(Number),
        ]);
    }
  });

  test('there is none while the table is throttled', async () => {
    const throttled = PASSING['throttled'];
    if (throttled === undefined) return expect.fail('no such fault');
    const isNotTheToken: Schedule = (call) => (call.index > 0 ? throttled : undefined);
    expect((await get(request, isNotTheToken, 300)).status).toBe(503);
  });
});

describe('a query', () => {
  const host = QUERIES['one host'] ?? expect.fail();

  test('asks again for keys that the table left, until it has all', async () => {
    const calm = await get(host);
    expect((await get(host, always({ kind: 'partial', keys: 2 }))).body).toBe(calm.body);
  });

  test('says which minutes of which host it lacks when the table leaves them again and again', async () => {
    let batches = 0;
    const answer = await get(host, ({ operation }) => {
      if (operation !== 'BatchGetItem') return undefined;
      return { kind: 'partial', keys: ++batches === 1 ? 4 : 0 };
    });
    expect(answer.status).toBe(200);
    expect(bodyOf(answer).warnings).toEqual([
      expect.stringMatching(/missing here: web 2026-03-01T11:5\d, web 2026/),
    ]);
  });

  test('that gets none of the keys is no empty success', async () => {
    const answer = await get(host, always({ kind: 'partial', keys: 0 }));
    expect([answer.status, answer.retryAfterS]).toEqual([503, 5]);
  });

  test('says which minutes of the fleet it lacks, and who is up of none of its hosts', async () => {
    const minute = `"M#${minuteOf('', NOW_MS) - 2}#`;
    const denied = LASTING['access denied'];
    const schedule: Schedule = ({ body }) => (body.includes(minute) ? denied : undefined);
    const fleet = await get(QUERIES['the fleet'] ?? expect.fail(), schedule);
    expect([fleet.status, bodyOf(fleet).warnings?.length]).toEqual([200, 1]);
    const up = await get(QUERIES['who is up'] ?? expect.fail(), schedule);
    expect(bodyOf(up)).toMatchObject({ data: { result: [] }, warnings: [expect.any(String)] });
  });

  test.each([1])('in storm %i answers as ever, or says what it lacks', async (seed) => {
    for (const [name, request] of Object.entries(QUERIES)) {
      const calm = await get(request);
      const answer = await get(request, storm(seed, 0.3));
      const says = answer.status === 503 || (bodyOf(answer).warnings?.length ?? 0) > 0;
      expect([name, answer.body === calm.body || says]).toEqual([name, true]);
      expect([200, 503]).toContain(answer.status);
    }
  });
});
