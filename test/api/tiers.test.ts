import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MINUTE_MS, phaseMs } from '../../core/host-minute.ts';
import { evaluate } from '../../core/promql/evaluate.ts';
import { createMemorySource } from '../../core/promql/memory-source.ts';
import { parsePromql } from '../../core/promql/parse.ts';
import { formatLabels, labelsFrom } from '../../core/series/labels.ts';
import { type Series, setStaleAt } from '../../core/series/series.ts';
import { DAY_MS, HOUR_MS } from '../../core/time.ts';
import { createHandler } from '../../functions/api/handler.ts';
import { createHandler as createCompact } from '../../functions/compact/handler.ts';
import { createInventoryStore } from '../../functions/store/inventory.ts';
import { createLateMarker } from '../../functions/store/late-marker.ts';
import {
  apiEvent,
  encode,
  readReply,
  sampled,
  startApi,
  storeSeries,
  type TestApi,
} from './fixture.ts';

/** Samples are 4 minutes apart, so that days are few items; the lookback is 5. */
const EVERY_MS = 4 * MINUTE_MS;
const FROM_MS = Date.UTC(2026, 2, 1, 0, 0, 0);
/** All is rolled up but for the last two hours. */
const NOW_MS = FROM_MS + 56 * HOUR_MS + 5 * MINUTE_MS;
const HOST = 'web-1';
const PHASE_MS = phaseMs(HOST);
const VM = { vm: 'mail', uuid: '6ba7b810-9dad-11d1-80b4-00c04fd430c8' };
const MIGRATED_MS = FROM_MS + 30 * HOUR_MS + PHASE_MS;

/** The hour of the host, from the first one. */
const hourAt = (atMs: number) => Math.floor((atMs - PHASE_MS - FROM_MS) / HOUR_MS);
/** Something that jumps from hour to hour, and stands still within it. */
const gaugeAt = (atMs: number) => (hourAt(atMs) * 37) % 101;
/** Rises by 3 a sample, and begins anew every 11 hours. */
const counterAt = (atMs: number) =>
  Math.floor(((atMs - FROM_MS - PHASE_MS) % (11 * HOUR_MS)) / EVERY_MS) * 3;
/** Another number at each sample. */
const restlessAt = (atMs: number) => ((Math.floor(atMs / EVERY_MS) * 7919) % 1009) / 10;

const all = [FROM_MS + PHASE_MS, NOW_MS] as const;
const vmOn = (host: string, time: readonly [number, number]) =>
  sampled({ __name__: 'vm_cpu_usage_percent', host, ...VM }, time, gaugeAt, EVERY_MS);
const before = vmOn(HOST, [all[0], MIGRATED_MS - EVERY_MS]);
setStaleAt(before.values, before.values.length - 1);
const HOSTS: Readonly<Record<string, readonly Series[]>> = {
  [HOST]: [
    sampled({ __name__: 'host_cpu_usage_percent', host: HOST }, all, gaugeAt, EVERY_MS),
    sampled({ __name__: 'app_requests_total', host: HOST }, all, counterAt, EVERY_MS),
    sampled({ __name__: 'host_load1', host: HOST }, all, restlessAt, EVERY_MS),
    before,
  ],
  'web-2': [vmOn('web-2', [MIGRATED_MS, all[1]])],
};
const SERIES = Object.values(HOSTS).flat();

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
  const inventory = createInventoryStore(api.store.table);
  const seen = { firstSeenMs: FROM_MS, lastSeenMs: NOW_MS };
  const vms = [{ uuid: VM.uuid, name: VM.vm, lastSeenMs: NOW_MS }];
  for (const [host, series] of Object.entries(HOSTS)) {
    await storeSeries(api.store, host, series, NOW_MS);
    await inventory.putHost({ host, ...seen, vms }, NOW_MS + DAY_MS);
  }
  await storeSeries(api.store, '@prometheus', [JOB], NOW_MS);
  await inventory.putSender({ sender: 'prometheus', ...seen }, NOW_MS + DAY_MS);
  const [report] = await createCompact(api.store.environment, () => NOW_MS - 30 * MINUTE_MS)();
  expect(report).toMatchObject({ left: 0, errors: [] });
}, 120_000);
afterAll(() => api.close());

/** What remote write brought, with a UUID that is no VM's. */
const JOB = sampled(
  { __name__: 'node_filesystem_free', uuid: 'f5', job: 'node' },
  [FROM_MS, NOW_MS],
  () => 7,
  EVERY_MS,
);

interface Ask {
  readonly query: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly stepMs: number;
}

/** Rows as text, with numbers so far as they are the same after rounding. */
type Rows = readonly string[];
const row = (labels: string, points: Iterable<readonly [number, number]>) =>
  `${labels}: ${[...points].map(([at, value]) => `${at}=${Number(value.toPrecision(9))}`).join(' ')}`;

async function ask(
  { query, startMs, endMs, stepMs }: Ask,
  settings: Readonly<Record<string, string>> = {},
  more: Readonly<Record<string, string>> = {},
) {
  const environment = { ...api.store.environment, RULES_DIR: 'test/api/rules', ...settings };
  const handler = createHandler(environment, () => NOW_MS);
  const params = { query, start: iso(startMs), end: iso(endMs), step: String(stepMs / 1000) };
  const headers = { authorization: `Bearer ${api.token}` };
  const rawQueryString = encode({ ...params, stats: 'true', ...more });
  const reply = readReply(
    await handler(apiEvent({ rawPath: '/api/v1/query_range', rawQueryString, headers })),
  );
  expect(reply.json).toMatchObject({ status: 'success' });
  const { result, stats } = reply.json.data as {
    result: { metric: Record<string, string>; values: [number, string][] }[];
    stats: { table: { hostMinutes: number; rollups: number; readUnits: number } };
  };
  const rows: Rows = result
    .map(({ metric, values }) =>
      row(
        formatLabels(labelsFrom(metric)),
        values.map(([at, value]) => [at, Number(value)] as const),
      ),
    )
    .sort();
  return { rows, infos: reply.json.infos, warnings: reply.json.warnings, ...stats.table };
}

const iso = (ms: number) => new Date(ms).toISOString();

/** What the samples themselves give. */
function exact({ query, startMs, endMs, stepMs }: Ask, series: readonly Series[] = SERIES): Rows {
  const expr = parsePromql(query);
  if (!expr.ok) throw new Error(expr.error.message);
  const value = evaluate(expr.value, { startMs, endMs, stepMs }, createMemorySource(series));
  if (!value.ok || value.value.kind !== 'vector') throw new Error(`${query}: no vector`);
  const { labels, values, present, steps } = value.value.block;
  return labels
    .map((own, at) => {
      const points: [number, number][] = [];
      for (let step = 0; step < steps; step++) {
        if (present[at * steps + step] === 1)
          points.push([(startMs + step * stepMs) / 1000, values[at * steps + step] ?? 0]);
      }
      return row(formatLabels(own), points);
    })
    .sort();
}

/** The last instant of an hour of the host. */
const endOf = (hour: number) => FROM_MS + PHASE_MS + (hour + 1) * HOUR_MS - 1;

const SELECTORS = [
  'host_cpu_usage_percent{host="web-1"}',
  'host_cpu_usage_percent',
  'app_requests_total{host=~"web-.*"}',
  `{uuid="${VM.uuid}"}`,
  'vm_cpu_usage_percent{vm="mail"}',
];

describe('where nothing is lost, an answer is that of the samples', () => {
  test('from points of an hour, at the ends of hours', async () => {
    const functions = ['', 'max_over_time', 'avg_over_time', 'count_over_time', 'last_over_time'];
    const asks = fc.record({
      selector: fc.constantFrom(...SELECTORS),
      of: fc.constantFrom(...functions, 'sum_over_time', 'increase'),
      stepHours: fc.integer({ min: 1, max: 5 }),
      start: fc.integer({ min: 5, max: 6 }),
    });
    await fc.assert(
      fc.asyncProperty(asks, async ({ selector, of, stepHours, start }) => {
        // What a gauge rose within an hour is lost, what a counter did is not.
        const counter = SELECTORS[2] ?? '';
        const query = of === '' ? selector : `${of}(${of === 'increase' ? counter : selector}[5h])`;
        const stepMs = stepHours * HOUR_MS;
        const one = { query, startMs: endOf(start), endMs: NOW_MS, stepMs };
        const answer = await ask(one);
        expect(answer.rows).toEqual(exact(one));
        expect(answer.infos?.[0]).toBe(
          'answered from points of an hour before 2026-03-03T07:00:00Z',
        );
      }),
      { numRuns: 30 },
    );
  });

  test('from points of a minute, at any instant', async () => {
    const functions = ['', 'rate', 'min_over_time', 'changes', 'stddev_over_time'];
    const asks = fc.record({
      selector: fc.constantFrom(...SELECTORS),
      of: fc.constantFrom(...functions, 'predict'),
      startMs: fc.integer({ min: FROM_MS, max: FROM_MS + 40 * HOUR_MS }),
      lengthMs: fc.integer({ min: 4 * HOUR_MS, max: 45 * HOUR_MS }),
      stepMs: fc.integer({ min: 420, max: 2400 }).map((s) => s * 1000),
    });
    await fc.assert(
      fc.asyncProperty(asks, async ({ selector, of, startMs, lengthMs, stepMs }) => {
        const ranged =
          of === 'predict' ? `predict_linear(${selector}[15m], 600)` : `${of}(${selector}[15m])`;
        const query = of === '' ? selector : ranged;
        const endMs = Math.min(NOW_MS, startMs + lengthMs);
        const one = { query, startMs, endMs, stepMs };
        const answer = await ask(one);
        expect(answer.rows).toEqual(exact(one));
        expect(answer.infos?.[0]).toMatch(/^answered from points of a minute before /);
      }),
      { numRuns: 30 },
    );
  });
});

describe('where something is lost, an answer from points of an hour', () => {
  test('is that of a range with at most an hour more, or less, at each end', async () => {
    const asks = fc.record({
      of: fc.constantFrom('max', 'min', 'count', 'sum'),
      hours: fc.integer({ min: 5, max: 9 }),
      // Not where the first ranges would begin before all samples.
      start: fc.integer({ min: 11 * 3600, max: 12 * 3600 }),
      step: fc.integer({ min: 1800, max: 9000 }),
    });
    await fc.assert(
      fc.asyncProperty(asks, async ({ of, hours, start, step }) => {
        const selector = 'host_load1{host="web-1"}';
        const time = {
          startMs: FROM_MS + start * 1000,
          endMs: NOW_MS - 5 * MINUTE_MS,
          stepMs: step * 1000,
        };
        const ranged = (text: string) => `${of}_over_time(${selector}[${text}])`;
        const answer = await ask({ query: ranged(`${hours}h`), ...time });
        expect(answer.infos?.[0]).toContain('points of an hour');
        const within = valuesIn(
          exact({ query: `${of}_over_time(${selector}[${hours - 1}h] offset 1h)`, ...time }),
        );
        const around = valuesIn(exact({ query: ranged(`${hours + 1}h`), ...time }));
        const given = valuesIn(answer.rows);
        expect(given).toHaveLength(around.length);
        for (const [i, value] of given.entries()) {
          const bounds = [within[i] ?? Number.NaN, around[i] ?? Number.NaN].sort((a, b) => a - b);
          // Of a sum the averages are rounded to a hundredth.
          const slack = of === 'sum' ? 0.005 * 15 * (hours + 1) : 0;
          expect(value).toBeGreaterThanOrEqual((bounds[0] ?? 0) - slack);
          expect(value).toBeLessThanOrEqual((bounds[1] ?? 0) + slack);
        }
      }),
      { numRuns: 30 },
    );
  });
});

/** The values of the one row. */
function valuesIn(rows: Rows): number[] {
  expect(rows).toHaveLength(1);
  return [...(rows[0] ?? '').matchAll(/\d=(\S+)/g)].map(([, value]) => Number(value));
}

const HOUR_CHART = { startMs: endOf(5), endMs: endOf(55), stepMs: HOUR_MS };

describe('an answer', () => {
  test('says nothing of tiers where all of it is as it came', async () => {
    const one = { query: SELECTORS[0] ?? '', startMs: NOW_MS - HOUR_MS, endMs: NOW_MS };
    const answer = await ask({ ...one, stepMs: MINUTE_MS });
    expect(answer.infos).toBeUndefined();
    expect(answer.rollups).toBe(0);
  });

  test('reads little of what is not rolled up yet: the lookback before each instant', async () => {
    const { hostMinutes, rollups } = await ask({ query: SELECTORS[0] ?? '', ...HOUR_CHART });
    // One hour's end is left, of the host and of the sender: 6 or 7 minutes, and one at the border.
    expect(hostMinutes).toBeLessThanOrEqual(16);
    expect(rollups).toBe(6);
  });

  test('is the same for a selector, whatever tier another one reads', async () => {
    const query = `max_over_time({uuid="${VM.uuid}"}[1d]) - on (uuid, host) max_over_time(vm_cpu_usage_percent[1m:1m])`;
    const one = { query, ...HOUR_CHART };
    expect((await ask(one)).rows).toEqual(exact(one));
  });

  test('of what is not kept as it came is from points', async () => {
    const query = 'rate(app_requests_total[12m])';
    const startMs = FROM_MS + 11 * HOUR_MS + 1234;
    const one = { query, startMs, endMs: startMs + HOUR_MS, stepMs: MINUTE_MS };
    expect((await ask(one)).infos).toBeUndefined();
    const answer = await ask(one, { RAW_RETENTION_DAYS: '1' });
    expect(answer.rows).toEqual(exact(one));
    expect(answer.infos).toEqual([expect.stringContaining('from points of a minute')]);
    const coarse = await ask(
      { query: 'count(app_requests_total)', startMs: endOf(12), endMs: endOf(14), stepMs: HOUR_MS },
      { RAW_RETENTION_DAYS: '1', MINUTE_RETENTION_DAYS: '1' },
    );
    expect(coarse.infos).toEqual([expect.stringContaining('from points of an hour')]);
    expect(coarse.rows).toHaveLength(1);
  });

  test('has a VM on all hosts it was on, by its name and by its UUID', async () => {
    // Its end on one host and its first hour's end on the other are an hour apart.
    for (const query of [`count(vm_cpu_usage_percent{uuid="${VM.uuid}"})`, 'count({vm="mail"})']) {
      const { rows } = await ask({ query, ...HOUR_CHART });
      expect(rows).toEqual([expect.stringMatching(/^\{\}: (?:[\d.]+=1 ?){50}$/)]);
    }
    const hosts = await ask({ query: `group by (host) ({uuid="${VM.uuid}"})`, ...HOUR_CHART });
    expect(hosts.rows).toHaveLength(2);
  });

  test('has what senders wrote, UUIDs and all', async () => {
    const one = { query: 'node_filesystem_free', ...HOUR_CHART };
    const answer = await ask(one);
    expect(answer.rows).toEqual(exact(one, [JOB]));
    expect(answer.infos).toHaveLength(1);
  });

  test('tells from points of a minute when a host was up', async () => {
    // Samples are 4 minutes apart, which is silence in between: 26 s after one it is up.
    const startMs = FROM_MS + 20 * HOUR_MS + PHASE_MS + 26_000;
    const one = { query: 'up{host="web-2"}', startMs, endMs: NOW_MS, stepMs: HOUR_MS };
    const { rows } = await ask(one);
    expect(rows).toEqual([
      expect.stringMatching(/^up\{host="web-2"\}: (?:\d+=0 ){10}(?:\d+=1 ?){27}$/),
    ]);
  });

  test('tells the same of a host, however far apart the steps are', async () => {
    const one = {
      query: 'sum_over_time(up{host="web-2"}[6m])',
      startMs: NOW_MS - 8 * HOUR_MS,
      endMs: NOW_MS,
    };
    const near = await ask({ ...one, stepMs: 5 * MINUTE_MS });
    const far = await ask({ ...one, stepMs: HOUR_MS });
    const pointsOf = (rows: Rows) => (rows[0] ?? '').split(': ')[1]?.split(' ') ?? [];
    expect(pointsOf(far.rows)).toEqual(pointsOf(near.rows).filter((_, i) => i % 12 === 0));
    expect(far.hostMinutes).toBeLessThan(near.hostMinutes);
  });

  test('is of samples as they came where that is asked for', async () => {
    const long = { query: SELECTORS[0] ?? '', ...HOUR_CHART };
    const raw = await ask(long, {}, { max_source_resolution: '0' });
    expect(raw.rows).toEqual(exact(long));
    expect([raw.infos, raw.rollups]).toEqual([undefined, 0]);
    const minutes = await ask(long, {}, { max_source_resolution: '5m' });
    expect(minutes.infos).toEqual([expect.stringContaining('points of a minute')]);
    const { json } = await api.get('/api/v1/query', {
      query: 'app_requests_total[1d]',
      time: iso(FROM_MS + 2 * DAY_MS),
    });
    expect(json.infos).toBeUndefined();
    const wrong = await api.get('/api/v1/query', { query: '1', max_source_resolution: 'fine' });
    expect(wrong.json.error).toMatch(/^invalid parameter "max_source_resolution"/);
  });

  test('of /api/v1/series is of all of a long time, without leaving any out', async () => {
    const params = { 'match[]': '{host="web-1"}', start: iso(FROM_MS), end: iso(NOW_MS) };
    const { json } = await api.get('/api/v1/series', params);
    expect(json.warnings).toBeUndefined();
    const names = (json.data as { __name__: string }[]).map(({ __name__ }) => __name__);
    expect(names).toEqual([
      'app_requests_total',
      'host_cpu_usage_percent',
      'host_load1',
      'up',
      'vm_cpu_usage_percent',
    ]);
  });

  test('has what came late before it is rolled up', async () => {
    const lateHour = Math.floor(FROM_MS / HOUR_MS) + 20;
    const host = 'late-1';
    const time = [FROM_MS + 20 * HOUR_MS + 10 * MINUTE_MS, FROM_MS + 20 * HOUR_MS + 50 * MINUTE_MS];
    const [startMs = 0, endMs = 0] = time;
    const series = sampled({ __name__: 'host_load1', host }, [startMs, endMs], () => 4, EVERY_MS);
    await storeSeries(api.store, host, [series], NOW_MS);
    await createLateMarker(api.store.table, 1, DAY_MS)(host, lateHour, NOW_MS);
    const query = 'max_over_time(host_load1{host="late-1"}[4h])';
    const one = { query, startMs: endOf(5), endMs: endOf(54), stepMs: HOUR_MS };
    expect((await ask(one)).rows).toEqual(exact(one, [series]));
    const later = createCompact(api.store.environment, () => NOW_MS + 15 * MINUTE_MS);
    expect(await later()).toMatchObject([{ late: 1 }]);
    const answer = await ask(one);
    expect(answer.rows).toEqual(exact(one, [series]));
    expect(answer.warnings).toBeUndefined();
  });
});
