import type { NotifySettings } from '../../core/alerting/notify.ts';
import { encodeChunk } from '../../core/chunk/encode.ts';
import { countSamples } from '../../core/chunk/merge.ts';
import { MINUTE_MS, minuteOf, phaseMs } from '../../core/host-minute.ts';
import { needsOf } from '../../core/rules/needs.ts';
import type { RuleGroup } from '../../core/rules/rule-file.ts';
import type { Series } from '../../core/series/series.ts';
import { TOPOLOGY_WINDOW_MS } from '../../core/topology/observe.ts';
import { createHandler } from '../../functions/api/handler.ts';
import { evaluate } from '../../functions/evaluate/evaluate.ts';
import { createInventoryWriter } from '../../functions/evaluate/inventory-writer.ts';
import { WindowReader } from '../../functions/evaluate/window.ts';
import { addApiToken } from '../../functions/store/api-tokens.ts';
import { createChunkStore } from '../../functions/store/chunks.ts';
import { createInventoryLedger } from '../../functions/store/inventory-ledger.ts';
import { createStateStore } from '../../functions/store/state.ts';
import { type ApiClient, createClient } from '../../infra/cli/client.ts';
import { type Front, startFront } from '../../infra/local/http-front.ts';
import { startTable, type TestTable } from '../functions/table.ts';

const KEEP_MS = 30 * 24 * 60 * MINUTE_MS;
/** From the last sample of a batch to its being stored. */
const POST_TAKES_MS = 300;

/**
 * Hypervigil as it runs: agents that post a batch a minute, a tick each minute over what has arrived,
 * and the API over what is stored, behind HTTP. Only the clock is the test's.
 */
export class LiveRun {
  readonly #store: TestTable;
  readonly #front: Front;
  readonly client: ApiClient;
  readonly token: string;
  /** What was delivered: when, to whom, how, and of what kind. */
  readonly messages: string[] = [];

  private constructor(store: TestTable, front: Front, token: string) {
    this.#store = store;
    this.#front = front;
    this.token = token;
    this.client = createClient(front.url, token);
  }

  get url(): string {
    return this.#front.url;
  }

  /** `nowMs` is when the API is asked. */
  static async start(
    nowMs: number,
    settings: Readonly<Record<string, string>> = {},
  ): Promise<LiveRun> {
    const store = await startTable();
    const token = await addApiToken(store.table, 'test', nowMs);
    const environment = { ...store.environment, RULES_DIR: 'test/api/rules', ...settings };
    const api = createHandler(environment, () => nowMs);
    const front = await startFront({
      port: 0,
      routes: { '/api/v1/': api },
      nowMs: () => nowMs,
      onFault: (path, error) => console.error(path, error),
    });
    if (!front.ok) throw new Error(front.error.message);
    return new LiveRun(store, front.value, token);
  }

  /** Hosts post their series minute by minute, and the rules are evaluated at each minute meanwhile. */
  async live(
    groups: readonly RuleGroup[],
    routing: NotifySettings,
    hosts: Readonly<Record<string, readonly Series[]>>,
    [fromMs, toMs]: readonly [number, number],
  ): Promise<void> {
    const { table } = this.#store;
    const chunks = createChunkStore(table, 1);
    const { keepMs, windowMs } = needsOf(groups, TOPOLOGY_WINDOW_MS);
    const keepAll = (metric: string) => Math.max(keepMs(metric), TOPOLOGY_WINDOW_MS);
    const evaluated = { groups, windowMs, window: new WindowReader(chunks.minute, keepAll) };
    const ports = {
      rules: async () => evaluated,
      state: createStateStore(table),
      routing: async () => routing,
      delivery: {
        config: routing.config,
        deliver: async () => ({ ok: true as const }),
        deadLetter: async () => undefined,
        record: async () => undefined,
      },
      chunks,
      inventory: createInventoryWriter(createInventoryLedger(table), KEEP_MS),
      retentionMs: KEEP_MS,
    };
    const posts = Object.entries(hosts).flatMap(([host, series]) => postsOf(host, series));
    posts.sort((a, b) => a.atMs - b.atMs);
    for (let atMs = fromMs; atMs <= toMs; atMs += MINUTE_MS) {
      while ((posts[0]?.atMs ?? Number.POSITIVE_INFINITY) <= atMs) {
        const { host, minute, series } = posts.shift() ?? fail();
        const chunk = {
          writer: host,
          minute,
          bytes: encodeChunk(series),
          firstMs: Math.min(...series.map(({ timestamps }) => timestamps[0] ?? 0)),
          sampleCount: countSamples(series),
        };
        if (!(await chunks.put(chunk, 'shorter', toMs + KEEP_MS))) throw new Error('not stored');
      }
      const report = await evaluate(ports, atMs, () => atMs);
      if (report.errors.length > 0) throw new Error(report.errors.join('\n'));
      for (const { receiver, integration, status, repeated } of report.published)
        this.messages.push(`${atMs} ${receiver} ${integration} ${repeated ? 'reminder' : status}`);
    }
  }

  async close(): Promise<void> {
    await this.#front.close();
    await this.#store.close();
  }
}

function fail(): never {
  throw new Error('no post');
}

interface Post {
  readonly atMs: number;
  readonly host: string;
  readonly minute: number;
  readonly series: readonly Series[];
}

/** A host's minutes as its agent posts them: each just after its last sample. */
function postsOf(host: string, series: readonly Series[]): Post[] {
  const minutes = new Map<number, Series[]>();
  for (const one of series) {
    for (const minute of new Set(Array.from(one.timestamps, (at) => minuteOf(host, at)))) {
      const from = one.timestamps.findIndex((at) => minuteOf(host, at) === minute);
      const to = one.timestamps.findLastIndex((at) => minuteOf(host, at) === minute) + 1;
      // `subarray` keeps the bits of staleness markers.
      const part = {
        labels: one.labels,
        timestamps: one.timestamps.subarray(from, to),
        values: one.values.subarray(from, to),
      };
      minutes.set(minute, [...(minutes.get(minute) ?? []), part]);
    }
  }
  return [...minutes].map(([minute, parts]) => ({
    atMs: Math.max(...parts.map(({ timestamps }) => timestamps.at(-1) ?? 0)) + POST_TAKES_MS,
    host,
    minute,
    series: parts,
  }));
}

/** The instants of a host's samples in a time, each 10 seconds at its phase, as agents have them. */
export function sampleTimes(host: string, [fromMs, toMs]: readonly [number, number]): number[] {
  const stepMs = 10_000;
  const first = Math.ceil((fromMs - phaseMs(host)) / stepMs) * stepMs + phaseMs(host);
  const count = Math.max(0, Math.floor((toMs - first) / stepMs) + 1);
  return Array.from({ length: count }, (_, i) => first + i * stepMs);
}
