import type { LambdaFunctionURLEvent } from 'aws-lambda';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { phaseMs } from '../../core/host-minute.ts';
import { labelsFrom } from '../../core/series/labels.ts';
import type { Series } from '../../core/series/series.ts';
import { DAY_MS, HOUR_MS } from '../../core/time.ts';
import { createHandler as createApi } from '../../functions/api/handler.ts';
import { createHandler as createCompact } from '../../functions/compact/handler.ts';
import { createHandler as createRemoteWrite } from '../../functions/remote-write/handler.ts';
import { addApiToken } from '../../functions/store/api-tokens.ts';
import { addHostKey } from '../../functions/store/host-keys.ts';
import { apiEvent, encode, readReply } from '../api/fixture.ts';
import { startTable, type TestTable } from '../functions/table.ts';
import { answerOf } from './receiver.ts';
import { outgoingSeries, V1, writeEvent } from './requests.ts';

/** What is older than samples are kept, sent with the promise that hours are whole. */

const NOW_MS = Date.UTC(2026, 2, 1, 12, 0, 0);
const STEP_MS = 15_000;

let store: TestTable;
let key: string;
let token: string;

beforeEach(async () => {
  store = await startTable();
  key = await addHostKey(store.table, 'site', NOW_MS, 'sender');
  token = await addApiToken(store.table, 'test', NOW_MS);
  await compact(NOW_MS);
});
afterEach(() => store.close());

const compact = (atMs: number) => createCompact(store.environment, () => atMs)();

async function post(event: LambdaFunctionURLEvent, atMs = NOW_MS) {
  return answerOf(await createRemoteWrite(store.environment, () => atMs)(event));
}

function whole(series: readonly Series[]): LambdaFunctionURLEvent {
  const event = writeEvent(key, V1, series.map(outgoingSeries));
  return { ...event, headers: { ...event.headers, 'x-hypervigil-hours': 'whole' } };
}

function series(
  labels: Record<string, string>,
  fromMs: number,
  toMs: number,
  value: (i: number) => number,
): Series {
  const count = Math.ceil((toMs - fromMs) / STEP_MS);
  const timestamps = Float64Array.from({ length: count }, (_, i) => fromMs + i * STEP_MS);
  return { labels: labelsFrom(labels), timestamps, values: timestamps.map((_, i) => value(i)) };
}

/** The samples that a range selector gives, as text. */
async function read(query: string, atMs: number): Promise<unknown> {
  const api = createApi({ ...store.environment, RULES_DIR: 'test/api/rules' }, () => NOW_MS);
  const reply = readReply(
    await api(
      apiEvent({
        rawPath: '/api/v1/query',
        rawQueryString: encode({ query, time: String(atMs / 1000) }),
        headers: { authorization: `Bearer ${token}` },
      }),
    ),
  );
  return reply.json.data;
}

const result = (values: readonly (readonly [number, string])[]) => ({
  resultType: 'matrix',
  result: [{ metric: { __name__: 'load', job: 'a' }, values }],
});

/** The start of a sender's hour, some days ago. */
const hourStart = (daysAgo: number) =>
  Math.floor((NOW_MS - daysAgo * DAY_MS) / HOUR_MS) * HOUR_MS + phaseMs('site');
const LOAD = { __name__: 'load', job: 'a' };

/** 60 steps of at most 365 s take 6 hours and a bit. */
const RUN_HOURS = 8;

describe('history', () => {
  test('is refused of senders that do not promise whole hours', async () => {
    const old = series(LOAD, hourStart(100), hourStart(100) + HOUR_MS, () => 1);
    const answer = await post(writeEvent(key, V1, [outgoingSeries(old)]));
    expect(answer).toMatchObject({ status: 400, samplesWritten: 0 });
    expect(answer.error?.error).toMatch(/older than what is kept: 240/);
  });

  test('is there at once, by the minute and by the hour', async () => {
    const [recent, old] = [hourStart(10), hourStart(100)];
    const sent = [
      series(LOAD, recent, recent + HOUR_MS, (i) => i),
      series(LOAD, old, old + 2 * HOUR_MS, (i) => i),
    ];
    const [a, b] = sent;
    expect(await post(whole(a === undefined || b === undefined ? [] : [b, a]))).toMatchObject({
      status: 204,
      samplesWritten: 720,
      headers: { 'x-hypervigil-sender': 'site' },
    });
    const minutes = Array.from({ length: 60 }, (_, i): [number, string] => [
      (recent + i * 60_000 + 45_000) / 1000,
      String(i * 4 + 1.5),
    ]);
    expect(await read('load[1h]', recent + HOUR_MS - 1)).toEqual(result(minutes));
    const hours: [number, string][] = [
      [(old + HOUR_MS - STEP_MS) / 1000, '119.5'],
      [(old + 2 * HOUR_MS - STEP_MS) / 1000, '359.5'],
    ];
    expect(await read('load[2h]', old + 2 * HOUR_MS - 1)).toEqual(result(hours));
    expect(await read('max_over_time(load[3d])', old + 2 * DAY_MS)).toMatchObject({
      result: [{ metric: { job: 'a' }, value: [expect.anything(), '479'] }],
    });
  });

  test('sent again changes nothing, and refuses nothing', async () => {
    const old = hourStart(100);
    const all = series(LOAD, old, old + 3 * HOUR_MS, (i) => i);
    await post(whole([all]));
    const before = await read('load[1d]', old + DAY_MS);
    expect(await post(whole([all]))).toMatchObject({ status: 204, samplesWritten: 720 });
    expect(await read('load[1d]', old + DAY_MS)).toEqual(before);
  });

  test('may come series by series, and an hour in parts that follow each other', async () => {
    const old = hourStart(20);
    const part = (from: number, to: number) =>
      series(LOAD, old + from * STEP_MS, old + to * STEP_MS, (i) => from + i);
    const other = series({ __name__: 'load', job: 'b' }, old, old + HOUR_MS, () => 5);
    for (const sent of [part(0, 101), other, part(101, 240), part(0, 101)])
      expect(await post(whole([sent]))).toMatchObject({ status: 204 });
    const at = old + HOUR_MS;
    for (const [query, value] of [
      ['sum_over_time(load{job="a"}[3d])', String((239 * 240) / 2)],
      ['count_over_time(load{job="a"}[3d])', '240'],
      ['count_over_time(load{job="b"}[3d])', '240'],
    ] as const) {
      const wide = `${query} and on() vector(1)`;
      expect(await read(wide, at + 23 * HOUR_MS), query).toMatchObject({
        result: [{ value: [expect.anything(), value] }],
      });
    }
  });

  test('takes the place of a part of it, and is refused where more is kept', async () => {
    const old = hourStart(100);
    const half = series(LOAD, old, old + HOUR_MS / 2, () => 7);
    const all = series(LOAD, old, old + HOUR_MS, (i) => i);
    await post(whole([half]));
    expect(await post(whole([all]))).toMatchObject({ status: 204 });
    const answer = await post(whole([half]));
    expect(answer).toMatchObject({ status: 400, samplesWritten: 0 });
    expect(answer.error?.error).toMatch(
      /0 of 120 samples are stored; refused: an hour of which more samples are kept: 120/,
    );
    expect(await read('load[1d]', old + DAY_MS)).toMatchObject({
      result: [{ values: [[expect.anything(), '119.5']] }],
    });
  });

  test('beyond all that is kept is refused, and says so', async () => {
    const answer = await post(
      whole([series(LOAD, hourStart(401), hourStart(401) + 60_000, () => 1)]),
    );
    expect(answer.error?.error).toMatch(/older than what is kept: 4/);
  });

  test('is what the compactor would have left of it', async () => {
    // Each run has hours of its own: a sender's are rolled up together.
    let start = hourStart(9);
    let n = 0;
    const step = fc.nat({ max: 40 });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), async (steps) => {
        n++;
        start -= RUN_HOURS * HOUR_MS;
        const [live, brought] = [`live${n}`, `brought${n}`];
        const ofSender = (job: string): Series[] => {
          let atMs = start;
          const times = steps.map((one) => (atMs += 5000 + one * 9000));
          const timestamps = Float64Array.from(times);
          return ['x_total', 'x', 'x_info'].map((name) => ({
            labels: labelsFrom({ __name__: name, job }),
            timestamps,
            values: Float64Array.from(steps, (one) => one),
          }));
        };
        const liveKey = await addHostKey(store.table, 'site', start, 'sender');
        const event = writeEvent(liveKey, V1, ofSender(live).map(outgoingSeries));
        expect(await post(event, start + DAY_MS)).toMatchObject({ status: 204 });
        await compact(start + DAY_MS + HOUR_MS);
        expect(await post(whole(ofSender(brought)))).toMatchObject({ status: 204 });
        for (const name of ['x_total', 'x', 'x_info']) {
          const points = async (job: string) =>
            JSON.stringify(await read(`${name}{job="${job}"}[1d]`, start + DAY_MS)).replaceAll(
              job,
              '',
            );
          expect(await points(brought), name).toBe(await points(live));
        }
      }),
      { numRuns: 5 },
    );
  }, 60_000);
});
