import { setTimeout as sleep } from 'node:timers/promises';
import { minuteOf } from '../../core/host-minute.ts';
import { DAY_MS, HOUR_MS } from '../../core/time.ts';
import { createHandler as createApi } from '../../functions/api/handler.ts';
import type { SignInSettings } from '../../functions/api/sign-in/settings.ts';
import { createHandler as createEnroll } from '../../functions/enroll/handler.ts';
import { createHandler as createEvaluate } from '../../functions/evaluate/handler.ts';
import { createHandler as createIngest } from '../../functions/ingest/handler.ts';
import { createHandler as createRemoteWrite } from '../../functions/remote-write/handler.ts';
import { createChunkStore } from '../../functions/store/chunks.ts';
import { createInventoryStore } from '../../functions/store/inventory.ts';
import { createShards } from '../../functions/store/shards.ts';
import { API_PATHS } from '../../infra/local/api-paths.ts';
import { openDashboard } from '../../infra/local/dashboard.ts';
import { startFront, type UrlFunction } from '../../infra/local/http-front.ts';
import { LOCAL_TOPICS } from '../../infra/local/local-topics.ts';
import type { PublishedMessage } from '../../infra/local/sns-publish.ts';
import { startTable } from '../functions/table.ts';
import { openBatched } from './batched-table.ts';
import { DEEDS, doDeed } from './deeds.ts';
import { chunkOf, fillHistory, fillMinutes, lastMinuteBefore } from './fill.ts';
import { type Fleet, makeFleet } from './fleet.ts';
import { HostSampler } from './host-samples.ts';
import { entryAt } from './inventory.ts';
import { startOutside } from './outside.ts';
import { type People, settlePeople } from './people.ts';
import { makeRulesFolder } from './rules-folder.ts';
import { placements } from './series.ts';
import { minutes } from './spans.ts';

export interface WorldOptions {
  readonly hosts?: number;
  readonly vmsPerHost?: number;
  /** How far back samples go as they came; points of an hour go back `days` further. */
  readonly hours?: number;
  readonly days?: number;
  /** Minutes that the evaluator has judged, the last of all. */
  readonly judgedMinutes?: number;
  /** 0: a free one. */
  readonly port?: number;
  /** What time it is in the world when it is built; from then on time goes by. Absent: the real one. */
  readonly nowMs?: number;
  /** Time stands still: each look shows the same. */
  readonly isStill?: boolean;
  /** New samples are posted every so many ms, and rules judged; absent: only by `pass`. */
  readonly liveMs?: number;
  /** Settings of sign-in for the world's address; absent: there are tokens only. */
  readonly signIn?: (url: string) => SignInSettings;
}

/** A deployment with a past: the real functions over a table in memory, with a fleet, alerts and people. */
export interface World {
  readonly url: string;
  readonly tokens: People;
  readonly fleet: Fleet;
  /** What time it is there. */
  readonly nowMs: () => number;
  /** What was published over SNS, the oldest first. */
  readonly messages: readonly PublishedMessage[];
  /** Posts what the agents have by now, and judges it, as after an urgent batch. */
  readonly pass: () => Promise<void>;
  readonly close: () => Promise<void>;
}

const TABLE = 'world';
/** With more hosts than this a tick takes seconds. */
const SMALL_FLEET = 100;
/** So many minutes each one is judged, further back every second one. */
const JUDGED_EACH_MINUTE = 30;
/** So many minutes there is a sample every ten seconds. */
const FINE_MINUTES = 200;

export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const { hosts = 6, vmsPerHost = 8, hours = 24, days = 8, isStill = false } = options;
  const startMs = options.nowMs ?? Date.now();
  const fleet = makeFleet({ hosts, vmsPerHost }, startMs);
  const most = hosts <= SMALL_FLEET ? 150 : 3;
  const judged = Math.min(options.judgedMinutes ?? most, Math.floor(hours * 60) - 1);
  const undo: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const each of undo.splice(0).reverse()) await each();
  };
  // The past is lived through with a clock that is set.
  let setMs: number | undefined = startMs - minutes(judged);
  let startedAt = performance.now();
  const nowMs = () =>
    setMs ?? (isStill ? startMs : startMs + Math.floor(performance.now() - startedAt));
  const outside = await startOutside();
  undo.push(outside.close);
  const store = await startTable(TABLE);
  undo.push(store.close);
  const rules = await makeRulesFolder(outside.chatUrl);
  undo.push(rules.remove);
  const dashboard = await openDashboard(() => {});
  if (dashboard.problem !== undefined) throw new Error(`the dashboard: ${dashboard.problem}`);
  const keptDays = String(Math.max(1, Math.ceil(hours / 24)));
  const environment = {
    ...store.environment,
    ...LOCAL_TOPICS,
    ...(dashboard.folder === undefined ? {} : { DASHBOARD_DIR: dashboard.folder }),
    SNS_ENDPOINT: outside.snsEndpoint,
    LOCAL_MAIL: 'mail',
    RULES_DIR: rules.path,
    RAW_RETENTION_DAYS: keptDays,
    // Further back there are points of an hour only.
    MINUTE_RETENTION_DAYS: keptDays,
    HOUR_RETENTION_DAYS: String(Math.max(400, days + 2)),
  };
  const faults: unknown[] = [];
  const { promise: api, resolve: openApi } = Promise.withResolvers<UrlFunction>();
  const askApi: UrlFunction = async (event) => (await api)(event);
  const front = await startFront({
    port: options.port ?? 0,
    routes: {
      '/v1/batches': createIngest(environment, nowMs),
      '/v1/enrolments': createEnroll(environment),
      '/api/v1/write': createRemoteWrite(environment),
      ...Object.fromEntries(API_PATHS.map((path) => [path, askApi])),
    },
    nowMs,
    onFault: (path, error) => faults.push(new Error(path, { cause: error })),
  });
  if (!front.ok) throw new Error(front.error.message);
  const { url } = front.value;
  undo.push(front.value.close);
  const external = { ...environment, EXTERNAL_URL: url };
  const { signIn } = options;
  const handler = createApi(external, nowMs, signIn && (async () => JSON.stringify(signIn(url))));
  openApi(handler);
  const evaluate = createEvaluate(external, nowMs);

  await createShards(store.table, 1, nowMs).upTo(0);
  const tokens = await settlePeople(store.table, fleet);
  const batched = openBatched(TABLE, store.environment['DYNAMODB_ENDPOINT'] ?? '');
  undo.push(async () => batched.table.client.destroy());
  const samplers = fleet.hosts.map((host) => new HostSampler(host, placements(fleet)));
  const chunks = createChunkStore(batched.table, 1);
  const firstMs = startMs - hours * HOUR_MS;
  const posted = new Map<string, number>();
  const post = async (untilMs: number) => {
    for (const sampler of samplers) {
      const { name } = sampler.host;
      const from = (posted.get(name) ?? minuteOf(name, firstMs)) + 1;
      const to = lastMinuteBefore(name, untilMs);
      await fillMinutes(chunks, sampler, [from, to], minuteOf(name, startMs) - FINE_MINUTES);
      posted.set(name, Math.max(from - 1, to));
    }
    await batched.flush();
  };
  await post(nowMs());
  const inventory = createInventoryStore(batched.table);
  for (const sampler of samplers) {
    const { host } = sampler;
    const sample = chunkOf(sampler, lastMinuteBefore(host.name, nowMs()));
    const knownMs = hours * HOUR_MS + days * DAY_MS;
    const bytes = sample?.bytes.length ?? 1500;
    await inventory.putHost(entryAt(fleet, host, nowMs(), knownMs, bytes), startMs + 400 * DAY_MS);
  }
  await batched.flush();
  for (let ago = judged; ago >= 0; ago -= ago > JUDGED_EACH_MINUTE ? 2 : 1) {
    setMs = startMs - minutes(ago);
    await post(setMs);
    for (const deed of DEEDS)
      if (deed.minutesAgo === ago) await doDeed(askApi, deed, tokens, setMs);
    await evaluate(setMs);
  }
  await fillHistory(batched, store.table, samplers, { nowMs: startMs, hours, days });
  setMs = undefined;
  startedAt = performance.now();

  const live = createChunkStore(store.table, 1);
  const pass = async () => {
    const atMs = nowMs();
    for (const sampler of samplers) {
      const { name } = sampler.host;
      const newest = minuteOf(name, atMs);
      for (let minute = (posted.get(name) ?? newest - 1) + 1; minute <= newest; minute++) {
        const chunk = chunkOf(sampler, minute, atMs);
        if (chunk !== undefined) await live.put(chunk, 'shorter', atMs + 400 * DAY_MS);
      }
      posted.set(name, newest - 1);
    }
    await evaluate.urgent(atMs);
  };
  if (options.liveMs !== undefined) undo.push(keepPassing(pass, options.liveMs, faults));
  return {
    url,
    tokens,
    fleet,
    nowMs,
    messages: outside.messages,
    pass,
    close: async () => {
      await close();
      if (faults.length > 0) throw faults[0];
    },
  };
}

/** Lets time pass until it is stopped. */
function keepPassing(pass: () => Promise<void>, everyMs: number, faults: unknown[]) {
  const end = new AbortController();
  const run = async () => {
    while (!end.signal.aborted) {
      await sleep(everyMs, undefined, { signal: end.signal }).catch(() => {});
      if (end.signal.aborted) break;
      await pass().catch((error) => faults.push(error));
    }
  };
  const running = run();
  return async () => {
    end.abort();
    await running;
  };
}
