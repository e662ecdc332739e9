import { setTimeout as sleep } from 'node:timers/promises';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { countSamples } from '../../core/chunk/merge.ts';
import { minuteOf } from '../../core/host-minute.ts';
import { evaluateInstant } from '../../core/promql/evaluate.ts';
import { createMemorySource } from '../../core/promql/memory-source.ts';
import { parsePromql } from '../../core/promql/parse.ts';
import type { SampleSource } from '../../core/promql/source.ts';
import { labelsFrom, labelsKey } from '../../core/series/labels.ts';
import { createHandler } from '../../functions/remote-write/handler.ts';
import { createChunkStore } from '../../functions/store/chunks.ts';
import { addHostKey } from '../../functions/store/host-keys.ts';
import { type Front, startFront } from '../../infra/local/http-front.ts';
import { startTable, type TestTable } from '../functions/table.ts';
import { seriesOf } from '../remote-write/receiver.ts';
import { PrometheusClient, SCRAPE_MS } from './remote-write-client.ts';

/**
 * Real Prometheus servers write to the receiver what they scrape; afterwards both sides answer the
 * same queries alike. `prometheus` and `prometheus-node-exporter` are Debian's, or what the
 * environment names; `PROMETHEUS_BIN`, if there is one, is a Prometheus 3 that speaks protocol 2.0.
 */
const NODE_EXPORTER = process.env['NODE_EXPORTER_BIN'] ?? 'prometheus-node-exporter';
const SENDER = 'site-1';

interface Client {
  readonly title: string;
  readonly prometheus: string;
  /** What `remote_write` has beside the address. */
  readonly options: (key: string) => Readonly<Record<string, unknown>>;
}

const CLIENTS: readonly Client[] = [
  {
    title: "Debian's Prometheus, protocol 1.0, a bearer token",
    prometheus: process.env['PROMETHEUS_2_BIN'] ?? 'prometheus',
    options: (key) => ({ authorization: { credentials: key } }),
  },
  ...[process.env['PROMETHEUS_BIN']].flatMap((path) =>
    path === undefined
      ? []
      : [
          {
            title: 'Prometheus 3, protocol 2.0, basic authentication',
            prometheus: path,
            options: (key: string) => ({
              protobuf_message: 'io.prometheus.write.v2.Request',
              basic_auth: { username: SENDER, password: key },
            }),
          },
        ],
  ),
];

/** With the exporter, and after it went away. */
const WITH_EXPORTER_MS = 45_000;
const WITHOUT_EXPORTER_MS = 20_000;
const SENT_WITHIN_MS = 60_000;

const QUERIES = [
  '{job="node"}',
  '{job="prometheus"}',
  'up',
  'scrape_samples_scraped',
  'count by (__name__) ({__name__=~".+"})',
  'count({__name__=~".+"})',
  'node_memory_MemTotal_bytes - node_memory_MemAvailable_bytes',
  '100 * (1 - avg by (instance) (rate(node_cpu_seconds_total{mode="idle"}[30s])))',
  'sum by (mode) (increase(node_cpu_seconds_total[30s]))',
  'irate(node_network_receive_bytes_total{device!~"lo|veth.*"}[1m])',
  'topk(3, node_filesystem_avail_bytes)',
  'node_filesystem_avail_bytes / node_filesystem_size_bytes < 0.99',
  'histogram_quantile(0.9, sum by (le) (rate(prometheus_http_request_duration_seconds_bucket[30s])))',
  'max_over_time(go_goroutines[30s]) - min_over_time(go_goroutines[30s])',
  'count_over_time(up[30s])',
  'last_over_time(node_time_seconds[20s])',
  'changes(prometheus_tsdb_head_samples_appended_total[30s])',
  'absent(node_load1)',
  'node_uname_info * on (instance) group_left (nodename) node_boot_time_seconds',
  'label_replace(up{job="nobody"}, "port", "$1", "instance", ".*:(.*)")',
  'node_timex_sync_status or up',
] as const;

describe.each(CLIENTS)('$title', ({ prometheus, options }) => {
  let store: TestTable;
  let front: Front;
  let client: PrometheusClient;
  let startMs: number;
  let exporterGoneMs: number;
  let endMs: number;
  const statuses = new Map<number, number>();
  const faults: unknown[] = [];

  beforeAll(async () => {
    store = await startTable();
    const key = await addHostKey(store.table, SENDER, Date.now(), 'sender');
    const handle = createHandler(store.environment);
    const started = await startFront({
      port: 0,
      routes: {
        '/api/v1/write': async (event) => {
          const result = await handle(event);
          const status = typeof result === 'string' ? 200 : (result.statusCode ?? 0);
          statuses.set(status, (statuses.get(status) ?? 0) + 1);
          return result;
        },
      },
      nowMs: Date.now,
      onFault: (_, error) => faults.push(error),
    });
    if (!started.ok) throw new Error(started.error.message);
    front = started.value;
    startMs = Date.now();
    client = await PrometheusClient.start({
      prometheus,
      nodeExporter: NODE_EXPORTER,
      remoteWrite: {
        url: `${front.url}/api/v1/write`,
        queue_config: { batch_send_deadline: '1s' },
        ...options(key),
      },
    });
    await sleep(WITH_EXPORTER_MS);
    exporterGoneMs = Date.now();
    await client.stopExporter();
    await sleep(WITHOUT_EXPORTER_MS);
    endMs = Date.now();
    await waitUntilSent(client, endMs);
  }, 240_000);

  afterAll(async () => {
    await client?.stop();
    await front?.close();
    await store?.close();
  });

  const storedSeries = async () => {
    const table = createChunkStore(store.table, 1);
    const nowMs = Date.now();
    const chunks = [];
    for (let minute = minuteOf(SENDER, startMs); minute <= minuteOf(SENDER, nowMs); minute++)
      chunks.push(...(await table.senderMinute(minute, nowMs, SENDER)));
    return seriesOf(chunks);
  };

  test('every request is taken, and no sample failed', async () => {
    expect(faults).toEqual([]);
    expect([...statuses.keys()]).toEqual([204]);
    expect(await client.ownMetric('prometheus_remote_storage_samples_failed_total')).toBe(0);
    expect(countSamples(await storedSeries())).toBeGreaterThan(5000);
  });

  test('both answer every query alike, while the exporter is there and after', async () => {
    const source = createMemorySource(await storedSeries());
    // Not on a scrape's very instant: Prometheus 2 and 3 differ on whether a range begins there.
    const instants = [startMs + 20_000, exporterGoneMs - SCRAPE_MS, exporterGoneMs, endMs];
    let compared = 0;
    for (const query of QUERIES) {
      for (const atMs of instants) {
        const theirs = readAnswer(await client.query(query, atMs));
        const ours = ourAnswer(query, atMs, source);
        expect([...ours.keys()].sort(), `${query} at ${atMs}`).toEqual([...theirs.keys()].sort());
        for (const [key, value] of theirs) {
          expectClose(ours.get(key), value, `${query} at ${atMs}: ${key}`);
          compared++;
        }
      }
    }
    expect(compared).toBeGreaterThan(5000);
  });

  test('the series of the exporter ended with a staleness marker', async () => {
    const source = createMemorySource(await storedSeries());
    expect(ourAnswer('node_load1', exporterGoneMs, source).size).toBe(1);
    // Long before five minutes have passed.
    expect(ourAnswer('node_load1', endMs, source).size).toBe(0);
  });
});

/** Until everything scraped before `endMs` has been sent. */
async function waitUntilSent(client: PrometheusClient, endMs: number): Promise<void> {
  const untilMs = Date.now() + SENT_WITHIN_MS;
  for (;;) {
    const pending = await client.ownMetric('prometheus_remote_storage_samples_pending');
    const sentSeconds = await client.ownMetric(
      'prometheus_remote_storage_queue_highest_sent_timestamp_seconds',
    );
    if (pending === 0 && sentSeconds * 1000 >= endMs) return;
    if (Date.now() > untilMs) throw new Error(`${pending} samples pending, sent ${sentSeconds}`);
    await sleep(200);
  }
}

/** Values by label set: what an instant vector is. */
type Vector = ReadonlyMap<string, number>;

const answerSchema = v.object({
  resultType: v.literal('vector'),
  result: v.array(
    v.object({
      metric: v.record(v.string(), v.string()),
      value: v.tuple([v.number(), v.string()]),
    }),
  ),
});

function readAnswer(data: unknown): Vector {
  const { result } = v.parse(answerSchema, data);
  return new Map(
    result.map(({ metric, value: [, text] }) => [labelsKey(labelsFrom(metric)), numberOf(text)]),
  );
}

/** As Prometheus writes numbers in JSON. */
function numberOf(text: string): number {
  if (text === '+Inf') return Number.POSITIVE_INFINITY;
  return text === '-Inf' ? Number.NEGATIVE_INFINITY : Number(text);
}

function ourAnswer(query: string, atMs: number, source: SampleSource): Vector {
  const parsed = parsePromql(query);
  if (!parsed.ok) throw new Error(`${query}: ${parsed.error.message}`);
  const answer = evaluateInstant(parsed.value, atMs, source);
  if (!answer.ok) throw new Error(`${query}: ${answer.error.message}`);
  if (answer.value.kind !== 'vector') throw new Error(`${query}: a ${answer.value.kind}`);
  return new Map(answer.value.samples.map(({ labels, value }) => [labelsKey(labels), value]));
}

/** Alike but for the last bits: sums may be taken in another order. */
function expectClose(ours: number | undefined, theirs: number, what: string): void {
  if (ours === undefined || Object.is(ours, theirs)) {
    expect(ours, what).toBe(theirs);
    return;
  }
  const difference = Math.abs(ours - theirs);
  expect(difference, what).toBeLessThanOrEqual(1e-9 * Math.max(Math.abs(ours), Math.abs(theirs)));
}
