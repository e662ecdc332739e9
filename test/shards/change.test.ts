import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { MINUTE_MS, minuteStartMs } from '../../core/host-minute.ts';
import { hourOfMinute } from '../../core/rollup/hours.ts';
import { createHandler as createApi } from '../../functions/api/handler.ts';
import { createHandler as createCompact } from '../../functions/compact/handler.ts';
import { createHandler as createEvaluate } from '../../functions/evaluate/handler.ts';
import { createHandler as createIngest } from '../../functions/ingest/handler.ts';
import { createHandler as createRemoteWrite } from '../../functions/remote-write/handler.ts';
import { addApiToken } from '../../functions/store/api-tokens.ts';
import { createCompactionProgress } from '../../functions/store/compaction-progress.ts';
import { senderWriter } from '../../functions/store/item-keys.ts';
import { createLateHours } from '../../functions/store/late-hours.ts';
import { cacheRollupState } from '../../functions/store/rollup-state.ts';
import { createRollupStore } from '../../functions/store/rollups.ts';
import { createShards } from '../../functions/store/shards.ts';
import { apiEvent, encode, type Params, readReply } from '../api/fixture.ts';
import { startTable, type TestTable } from '../functions/table.ts';
import {
  AHEAD,
  CUT_OFF,
  FIRST_MINUTE,
  HOSTS,
  keysOf,
  MIDNIGHT_MS,
  MINUTES,
  type Request,
  requestsOf,
  SENDER,
  STEADY,
  valueAt,
} from './fleet.ts';

/** When a deployment wishes for another count, and from which hour on that holds. */
const DEPLOYED = [
  { minute: 0, count: 1, fromHour: 0 },
  { minute: 50, count: 4, fromHour: 2 },
  { minute: 100, count: 16, fromHour: 3 },
  { minute: 160, count: 3, fromHour: 4 },
] as const;
/** When functions of the first deployment are all that answers. For hours they are frozen. */
const AWAKE: ReadonlySet<number> = new Set([20, 121, 240, 241, CUT_OFF.to + 1]);
/** The compactor's schedule. */
const COMPACTS_AT = 12;
const FIRST_HOUR = hourOfMinute(FIRST_MINUTE);
const END_MS = MIDNIGHT_MS + MINUTES * MINUTE_MS;

let store: TestTable;
let undisturbed: TestTable;
let token: string;

beforeAll(async () => {
  // All functions have one clock; only it is ours, what waits for the network is not.
  vi.useFakeTimers({ toFake: ['Date'] });
  vi.setSystemTime(MIDNIGHT_MS);
  [store, undisturbed] = await Promise.all([startTable(), startTable()]);
  token = await addApiToken(store.table, 'test', MIDNIGHT_MS);
});
afterAll(async () => {
  vi.useRealTimers();
  await Promise.all([store.close(), undisturbed.close()]);
});

/** Functions of one deployment, warm from their first use on, and frozen while they are not used. */
function functionsOf({ environment }: TestTable, count: number) {
  const all = { ...environment, RULES_DIR: 'test/shards/rules', SHARD_COUNT: String(count) };
  const api = createApi(all);
  return {
    send: { ingest: createIngest(all), 'remote-write': createRemoteWrite(all) },
    compact: createCompact(all),
    evaluate: createEvaluate(all),
    ask: async (path: string, params: Params) => {
      const headers = { authorization: `Bearer ${token}` };
      const rawQueryString = encode(params);
      const reply = readReply(await api(apiEvent({ rawPath: path, rawQueryString, headers })));
      expect([reply.status, reply.json.warnings]).toEqual([200, undefined]);
      return reply.json;
    },
  };
}
type Functions = ReturnType<typeof functionsOf>;

/** Numbers from 0 to below a bound, the same at each run. */
function numbers(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
}

async function send(functions: Functions, { to, event }: Request): Promise<void> {
  const result = await functions.send[to](event);
  expect(result).toMatchObject({ statusCode: to === 'ingest' ? 200 : 204 });
}

/** Everything as it happens, on whichever of the functions that ever were; with the reports of all ticks. */
async function play(requests: readonly Request[]) {
  const any = numbers(7);
  const running: Functions[] = [];
  const sleeper = functionsOf(store, 1);
  let isAwake = false;
  const someOf = () => {
    const one = isAwake ? sleeper : running[any(running.length)];
    if (one === undefined) throw new Error('nothing is deployed');
    return one;
  };
  const ticks: Awaited<ReturnType<Functions['evaluate']>>[] = [];
  let next = 0;
  for (let minute = 0; minute <= MINUTES; minute++) {
    const startMs = MIDNIGHT_MS + minute * MINUTE_MS;
    vi.setSystemTime(startMs);
    for (const one of DEPLOYED)
      if (one.minute === minute) running.push(functionsOf(store, one.count));
    const atMinute = minute % 60;
    isAwake = AWAKE.has(minute);
    if (minute >= 60 && atMinute === COMPACTS_AT) {
      // Of the last deployment one runs once more, beside the new one.
      const isNew = DEPLOYED.some((one) => one.minute > minute - 60 && one.minute < minute);
      const compacting = running.slice(isNew ? -2 : -1);
      const reports = await Promise.all(compacting.map(({ compact }) => compact()));
      expect(reports.flat().flatMap(({ errors }) => errors)).toEqual([]);
    }
    // A cold start sees all that is in its window, so a tick now and then is as good as each.
    if (minute > AHEAD.minutes && (atMinute < 7 || atMinute > 54 || atMinute % 10 === 0)) {
      ticks.push(await someOf().evaluate(startMs));
      const time = String(startMs / 1000);
      const query = `count(host_load1{host!="${CUT_OFF.host}"})`;
      const { data } = await someOf().ask('/api/v1/query', { query, time });
      expect([minute, data]).toEqual([
        minute,
        expect.objectContaining({ result: [{ metric: {}, value: [startMs / 1000, '4'] }] }),
      ]);
    }
    for (; (requests[next]?.atMs ?? Infinity) < startMs + MINUTE_MS; next++) {
      const request = requests[next];
      if (request === undefined) break;
      vi.setSystemTime(request.atMs);
      await send(someOf(), request);
    }
  }
  vi.setSystemTime(END_MS);
  return { running, ticks };
}

/** The same on a table that always had one shard and one function of each kind. */
async function playUndisturbed(requests: readonly Request[]): Promise<void> {
  const functions = functionsOf(undisturbed, 1);
  let compactsMs = MIDNIGHT_MS + (60 + COMPACTS_AT) * MINUTE_MS;
  for (const request of requests) {
    if (request.atMs >= compactsMs) {
      vi.setSystemTime(compactsMs);
      await functions.compact();
      compactsMs += 60 * MINUTE_MS;
    }
    vi.setSystemTime(request.atMs);
    await send(functions, request);
  }
  vi.setSystemTime(END_MS);
}

async function rollupsOf({ table }: TestTable) {
  const rollups = createRollupStore(table);
  const all: unknown[] = [];
  for (const writer of [...HOSTS, senderWriter(SENDER)]) {
    for (let hour = FIRST_HOUR; hour < FIRST_HOUR + 5; hour++)
      all.push([writer, hour - FIRST_HOUR, await rollups.minutePoints(writer, hour, END_MS)]);
    const { points } = await rollups.day({ writer, vm: '', day: FIRST_HOUR / 24 }, END_MS);
    all.push([writer, points]);
  }
  return all;
}

/** Values at the ends of a host's minutes. */
async function ask(
  { ask: get }: Functions,
  query: string,
  name: string,
  minutes: readonly number[],
) {
  const atMs = (i: number) => minuteStartMs(name, FIRST_MINUTE + (minutes.at(i) ?? 0) + 1) - 1;
  const { data, infos } = await get('/api/v1/query_range', {
    query,
    start: String(atMs(0) / 1000),
    end: String(atMs(-1) / 1000),
    step: '60',
  });
  const { result } = data as { result: { values: [number, string][] }[] };
  return { values: result.map(({ values }) => values.map(([, value]) => Number(value))), infos };
}

test('the count of shards changes 1, 4, 16, 3, and nothing is missing to anybody', async () => {
  const [keys, keysThere] = [await keysOf(store), await keysOf(undisturbed)];
  const { running, ticks } = await play(requestsOf(keys));
  await playUndisturbed(requestsOf(keysThere));

  const epochs = await createShards(store.table, 1, Date.now, false).upTo(FIRST_HOUR + 5);
  expect(epochs).toEqual(
    DEPLOYED.map(({ count, fromHour }) => ({ count, from: fromHour && FIRST_HOUR + fromHour })),
  );

  // Rules saw every host all the time.
  expect(ticks.length).toBeGreaterThan(70);
  for (const { atMs, superseded, firing, errors } of ticks)
    expect({ atMs, superseded, firing, errors }).toEqual({
      atMs,
      superseded: false,
      firing: [],
      errors: [],
    });

  // What a deployment made long ago answers is what the newest does.
  for (const functions of running) {
    for (const host of HOSTS) {
      const all = Array.from(
        { length: MINUTES - 1 },
        (_, i) => i + (host === AHEAD.host ? AHEAD.minutes : 0),
      );
      const minutes = all.filter((minute) => minute < MINUTES - 1);
      const load = `host_load1{host="${host}"}`;
      const values = minutes.map((minute) => valueAt(FIRST_MINUTE + minute));
      const asItCame = await ask(functions, `sum_over_time(${load}[1m])`, host, minutes);
      expect([host, asItCame]).toEqual([host, { values: [values.map((value) => 2 * value)] }]);
      const rolledUp = await ask(functions, load, host, minutes);
      expect([host, rolledUp]).toEqual([
        host,
        { values: [values], infos: [expect.stringContaining('minute')] },
      ]);
    }
    for (const host of STEADY) {
      const minutes = Array.from({ length: MINUTES - 6 }, (_, i) => i + 5);
      const { values } = await ask(functions, `up{host="${host}"}`, host, minutes);
      expect([host, values]).toEqual([host, [minutes.map(() => 1)]]);
    }
    const sent = Array.from({ length: MINUTES - 4 }, (_, i) => i);
    const jobs = await ask(functions, 'app_jobs', SENDER, sent);
    expect(jobs.values).toEqual([sent.map((minute) => valueAt(FIRST_MINUTE + minute))]);
  }

  // History is what it would have been.
  expect(await rollupsOf(store)).toEqual(await rollupsOf(undisturbed));
  const state = cacheRollupState(
    createCompactionProgress(store.table),
    createLateHours(store.table),
    createShards(store.table, 1, Date.now, false),
  );
  expect(await state(END_MS)).toMatchObject({ doneHour: FIRST_HOUR + 4, late: new Map() });
}, 300_000);
