import { DeleteItemCommand } from '@aws-sdk/client-dynamodb';
import { encodeChunk } from '../core/chunk/encode.ts';
import { countSamples } from '../core/chunk/merge.ts';
import { MINUTE_MS, minuteOf, minuteStartMs } from '../core/host-minute.ts';
import { labelsFrom } from '../core/series/labels.ts';
import type { Series } from '../core/series/series.ts';
import { DAY_MS } from '../core/time.ts';
import { createHandler } from '../functions/api/handler.ts';
import { addApiToken } from '../functions/store/api-tokens.ts';
import { type ChunkStore, createChunkStore, type StoredChunk } from '../functions/store/chunks.ts';
import type { Table } from '../functions/store/dynamo.ts';
import { createInventoryStore } from '../functions/store/inventory.ts';
import { minutePartition, PARTITION_KEY, SORT_KEY } from '../functions/store/item-keys.ts';
import { createShards } from '../functions/store/shards.ts';
import { startBenchTable } from './bench-table.ts';
import { CAPTURED_VMS, like, type MadeHost, madeHost } from './captured-host.ts';
import { countUnits } from './count-units.ts';
import { madeHostEntry } from './made-host-entry.ts';

const HOSTS = 1000;
/** The first question's time, a whole minute; the others come within that minute. */
const WHOLE_MS = Date.UTC(2026, 10, 20, 9, 41);
const ASKED_AT_SECONDS = [0, 17, 41, 54, 59];
/** Of `up` five more are asked for: there is nothing in them. */
const MINUTES = 8;
const SAMPLE_MS = 10_000;
const ARRIVES_AFTER_MS = 500;
const WRITES_AT_ONCE = 40;

/** How an agent is, at the end. */
type State = 'steady' | 'restarted' | 'silent' | 'earlier version';

/** What becomes of a steady fleet: how the agent of each host is. */
const CHANGES: Readonly<Record<string, (host: number) => State>> = {
  '20 restarted, 20 silent': (host) => (host < 20 ? 'restarted' : host < 40 ? 'silent' : 'steady'),
  'all restarted': () => 'restarted',
  'agents of an earlier version': () => 'earlier version',
};
/** So long before the end. */
const CHANGE_MS = 2.5 * MINUTE_MS;

/** What is asked, and of how long ago. */
const QUERIES = [
  ['one metric', 'host_cpu_usage_percent', 0],
  ['one metric, 2 minutes ago', 'host_cpu_usage_percent', 2 * MINUTE_MS],
  ['up', 'up', 0],
  ['one metric of 110 hosts', 'host_cpu_usage_percent{host=~"host-1..?"}', 0],
] as const;

/** What a look at a whole fleet costs, now, in the embedded table, which counts read units as DynamoDB does. */
export async function benchOverview(): Promise<void> {
  const units = countUnits();
  const rows: Record<string, object> = {};
  await benchFleet('5 VMs', 1, CHANGES, units, rows);
  await benchFleet('10 VMs', 2, {}, units, rows);
  console.table(rows);
}

/** A fleet of hosts with the captured VMs, as many times. */
async function benchFleet(
  name: string,
  vmSets: number,
  changes: typeof CHANGES,
  units: ReturnType<typeof countUnits>,
  rows: Record<string, object>,
): Promise<void> {
  const bench = await startBenchTable();
  const { table, environment } = bench;
  // As whoever writes first leaves it.
  await createShards(table, 1, () => WHOLE_MS).upTo(0);
  const token = await addApiToken(table, 'bench', WHOLE_MS);
  const hosts = Array.from({ length: HOSTS }, (_, i) => madeHost(`host-${i}`, vmSets));
  const chunkBytes = encodeChunk(minuteSeries(hosts[0], WHOLE_MS / MINUTE_MS, 'steady')).length;
  const inventory = createInventoryStore(table);
  const seen = { firstSeenMs: WHOLE_MS - DAY_MS, lastSeenMs: WHOLE_MS - MINUTE_MS };
  for (const [i, { host }] of hosts.entries()) {
    // As the evaluator leaves it, with what it knows of the host and its VMs.
    const entry = madeHostEntry(i, seen.firstSeenMs, vmSets * CAPTURED_VMS);
    const vms = entry.vms.map((vm) => ({ ...vm, ...seen }));
    const stays = vms.map(({ uuid }) => ({ uuid, fromMs: seen.firstSeenMs }));
    await inventory.putHost({ ...entry, host, ...seen, chunkBytes, vms, stays }, WHOLE_MS + DAY_MS);
  }
  const chunks = createChunkStore(table, 1);
  const askAll = async (title: string, nowMs: number) => {
    for (const [what, query, agoMs] of QUERIES) {
      // By a function that has just started: it asks for the token, the inventory and the senders too.
      const handler = createHandler(environment, () => nowMs);
      units.clear();
      const startedMs = performance.now();
      const answer = await ask(handler, token, query, nowMs - agoMs);
      rows[`${title}: ${what}`] = {
        'chunk bytes': chunkBytes,
        units: units.total(),
        calls: units.calls(),
        ms: Math.round(performance.now() - startedMs),
        ...answer,
      };
    }
  };
  let storedMs = WHOLE_MS - MINUTES * MINUTE_MS;
  for (const seconds of ASKED_AT_SECONDS) {
    const nowMs = WHOLE_MS + seconds * 1000;
    await storeArrived(chunks, hosts, storedMs, nowMs);
    storedMs = nowMs;
    await askAll(`${name}, at ${seconds} s`, nowMs);
  }
  for (const [change, stateOf] of Object.entries(changes)) {
    await changeNewest(table, hosts, storedMs, stateOf);
    await askAll(`${name}, ${change}`, storedMs);
  }
  bench.close();
}

/** What is in a host-minute; nothing where the host was silent. */
function minuteSeries(made: MadeHost | undefined, minute: number, state: State): readonly Series[] {
  if (made === undefined) return [];
  const { host, series } = made;
  const startMs = minuteStartMs(host, minute);
  const beganMs = WHOLE_MS + MINUTE_MS - CHANGE_MS;
  if (state === 'silent' && startMs > beganMs - MINUTE_MS) return [];
  const at = Array.from({ length: MINUTE_MS / SAMPLE_MS }, (_, i) => startMs + i * SAMPLE_MS);
  if (state === 'earlier version') return like(series, at);
  const sinceMs = state === 'restarted' ? beganMs : 0;
  const seconds = at.map((ms) => Math.min(3600, Math.max(0, Math.floor((ms - sinceMs) / 1000))));
  const own = { __name__: 'hypervigil_agent_complete_seconds', host };
  const complete = {
    labels: labelsFrom(own),
    timestamps: Float64Array.from(at),
    values: Float64Array.from(seconds),
  };
  return [...like(series, at), complete];
}

/** The newest minute of a host that is in the table. */
function newestMinute(host: string, nowMs: number): number {
  return minuteOf(host, nowMs - (MINUTE_MS - SAMPLE_MS + ARRIVES_AFTER_MS));
}

/** Stores the minutes whose last sample was posted in a time. */
async function storeArrived(
  chunks: Pick<ChunkStore, 'put'>,
  hosts: readonly MadeHost[],
  fromMs: number,
  toMs: number,
): Promise<void> {
  const writes = hosts.flatMap((made) => {
    const last = newestMinute(made.host, toMs);
    const count = last - newestMinute(made.host, fromMs);
    return Array.from({ length: count }, (_, i) => async () => {
      const chunk = chunkOf(made, last - i, 'steady');
      if (chunk !== undefined) await chunks.put(chunk, 'shorter', toMs + DAY_MS);
    });
  });
  await allOf(writes);
}

/** Makes the newest minutes anew, as they would be of agents in these states. */
async function changeNewest(
  table: Table,
  hosts: readonly MadeHost[],
  nowMs: number,
  stateOf: (host: number) => State,
): Promise<void> {
  const chunks = createChunkStore(table, 1);
  const writes = hosts.flatMap((made, index) =>
    [0, 1, 2, 3].map((ago) => async () => {
      const minute = newestMinute(made.host, nowMs) - ago;
      const key = {
        [PARTITION_KEY]: { S: minutePartition(minute, 0) },
        [SORT_KEY]: { S: made.host },
      };
      await table.client.send(new DeleteItemCommand({ TableName: table.name, Key: key }));
      const chunk = chunkOf(made, minute, stateOf(index));
      if (chunk !== undefined) await chunks.put(chunk, 'shorter', nowMs + DAY_MS);
    }),
  );
  await allOf(writes.filter((_, i) => stateOf(Math.floor(i / 4)) !== 'steady'));
}

function chunkOf(made: MadeHost, minute: number, state: State): StoredChunk | undefined {
  const series = minuteSeries(made, minute, state);
  if (series.length === 0) return undefined;
  const { host } = made;
  const firstMs = minuteStartMs(host, minute);
  const [bytes, sampleCount] = [encodeChunk(series), countSamples(series)];
  return { writer: host, minute, firstMs, bytes, sampleCount };
}

async function allOf(writes: readonly (() => Promise<void>)[]): Promise<void> {
  for (let at = 0; at < writes.length; at += WRITES_AT_ONCE)
    await Promise.all(writes.slice(at, at + WRITES_AT_ONCE).map((write) => write()));
}

async function ask(
  handler: ReturnType<typeof createHandler>,
  token: string,
  query: string,
  atMs: number,
): Promise<{ estimated: number; series: number; error?: string }> {
  const params = new URLSearchParams({ query, time: new Date(atMs).toISOString(), stats: 'true' });
  const answer = await handler({
    version: '2.0',
    rawPath: '/api/v1/query',
    rawQueryString: params.toString(),
    headers: { authorization: `Bearer ${token}` },
    requestContext: { http: { method: 'GET' } },
    isBase64Encoded: false,
  } as never);
  const { data, error } = JSON.parse(typeof answer === 'string' ? answer : (answer.body ?? ''));
  const estimated = data?.stats.table.readUnits;
  return { estimated, series: data?.result.length, ...(error === undefined ? {} : { error }) };
}
