import type { LambdaFunctionURLEvent } from 'aws-lambda';
import { encodeChunk } from '../../core/chunk/encode.ts';
import { countSamples } from '../../core/chunk/merge.ts';
import { MINUTE_MS, minuteOf } from '../../core/host-minute.ts';
import type { HostEntry } from '../../core/inventory/entry.ts';
import { labelsFrom } from '../../core/series/labels.ts';
import type { Series } from '../../core/series/series.ts';
import { createHandler } from '../../functions/api/handler.ts';
import { addApiToken } from '../../functions/store/api-tokens.ts';
import { createChunkStore } from '../../functions/store/chunks.ts';
import { createInventoryStore } from '../../functions/store/inventory.ts';
import { senderSortKey } from '../../functions/store/item-keys.ts';
import { startTable, type TestTable } from '../functions/table.ts';

/** A whole minute of some day; the API is told that it is now. */
export const NOW_MS = Date.UTC(2026, 2, 1, 12, 0, 0);
const KEEP_MS = 30 * 24 * 60 * MINUTE_MS;

export interface ApiReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** The body as JSON. */
  readonly json: {
    readonly status: string;
    readonly data?: unknown;
    readonly errorType?: string;
    readonly error?: string;
    readonly warnings?: readonly string[];
    readonly infos?: readonly string[];
  };
}

/** Parameters; a list repeats the name. */
export type Params = Readonly<Record<string, string | readonly string[]>>;

export interface TestApi {
  readonly store: TestTable;
  readonly token: string;
  readonly handler: ReturnType<typeof createHandler>;
  readonly get: (path: string, params?: Params) => Promise<ApiReply>;
  readonly post: (path: string, params?: Params) => Promise<ApiReply>;
  readonly close: () => Promise<void>;
}

/** The API over a table in memory, with a clock that stands still. */
export async function startApi(settings: Readonly<Record<string, string>> = {}): Promise<TestApi> {
  const store = await startTable();
  const token = await addApiToken(store.table, 'test', NOW_MS);
  const environment = { ...store.environment, RULES_DIR: 'test/api/rules', ...settings };
  const handler = createHandler(environment, () => NOW_MS);
  const call = async (event: LambdaFunctionURLEvent) => readReply(await handler(event));
  return {
    store,
    token,
    handler,
    get: (path, params = {}) =>
      call(apiEvent({ rawPath: path, rawQueryString: encode(params), headers: bearer(token) })),
    post: (path, params = {}) =>
      call(
        apiEvent({
          method: 'POST',
          rawPath: path,
          headers: { ...bearer(token), 'content-type': 'application/x-www-form-urlencoded' },
          body: Buffer.from(encode(params)).toString('base64'),
          isBase64Encoded: true,
        }),
      ),
    close: () => store.close(),
  };
}

function bearer(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}` };
}

export function apiEvent(
  parts: Partial<LambdaFunctionURLEvent> & { method?: string },
): LambdaFunctionURLEvent {
  const { method = 'GET', headers = {}, ...rest } = parts;
  return {
    version: '2.0',
    rawPath: '/',
    rawQueryString: '',
    headers,
    requestContext: { http: { method } },
    isBase64Encoded: false,
    ...rest,
  } as LambdaFunctionURLEvent;
}

export function readReply(result: Awaited<ReturnType<TestApi['handler']>>): ApiReply {
  if (typeof result === 'string') throw new Error(result);
  const text = Buffer.from(
    result.body ?? '',
    result.isBase64Encoded === true ? 'base64' : 'utf8',
  ).toString('utf8');
  const headers = Object.fromEntries(
    Object.entries(result.headers ?? {}).map(([name, value]) => [name, String(value)]),
  );
  return {
    status: result.statusCode ?? 0,
    headers,
    text,
    json: headers['content-type'] === 'application/json' && text !== '' ? JSON.parse(text) : {},
  };
}

export function encode(params: Params): string {
  const all = new URLSearchParams();
  for (const [name, values] of Object.entries(params)) {
    for (const value of [values].flat()) all.append(name, value);
  }
  return all.toString();
}

/** A series with a sample every `stepMs` in [fromMs, toMs]. */
export function sampled(
  labels: Readonly<Record<string, string>>,
  [fromMs, toMs]: readonly [number, number],
  value: (atMs: number) => number,
  stepMs = 10_000,
): Series {
  const timestamps = Float64Array.from(
    { length: Math.floor((toMs - fromMs) / stepMs) + 1 },
    (_, i) => fromMs + i * stepMs,
  );
  return { labels: labelsFrom(labels), timestamps, values: timestamps.map(value) };
}

/** Stores series as a writer's chunks, a chunk a minute. A writer is a host, or `@sender`. They are kept for 30 days from `nowMs` on. */
export async function storeSeries(
  { table }: Pick<TestTable, 'table'>,
  writer: string,
  series: readonly Series[],
  nowMs = NOW_MS,
): Promise<void> {
  const chunks = createChunkStore(table, 1);
  const name = writer.replace(/^@/, '');
  const minutes = new Map<number, Series[]>();
  for (const one of series) {
    for (const minute of new Set(Array.from(one.timestamps, (at) => minuteOf(name, at)))) {
      const keep = (_: unknown, i: number) => minuteOf(name, one.timestamps[i] ?? 0) === minute;
      const part = {
        labels: one.labels,
        timestamps: one.timestamps.filter(keep),
        values: one.values.filter(keep),
      };
      minutes.set(minute, [...(minutes.get(minute) ?? []), part]);
    }
  }
  for (const [minute, parts] of minutes) {
    const chunk = {
      writer: writer === name ? name : senderSortKey(name, String(minute)),
      minute,
      bytes: encodeChunk(parts),
      firstMs: Math.min(...parts.map(({ timestamps }) => timestamps[0] ?? 0)),
      sampleCount: countSamples(parts),
    };
    if (!(await chunks.put(chunk, 'shorter', nowMs + KEEP_MS))) throw new Error('not stored');
  }
}

export async function noteHost(
  { table }: TestTable,
  host: string,
  more: Partial<HostEntry> = {},
): Promise<void> {
  const firstSeenMs = NOW_MS - 24 * 60 * MINUTE_MS;
  await createInventoryStore(table).putHost(
    { host, firstSeenMs, lastSeenMs: NOW_MS, vms: [], ...more },
    NOW_MS + KEEP_MS,
  );
}
