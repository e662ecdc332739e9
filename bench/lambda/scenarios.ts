import { randomBytes } from 'node:crypto';
import type { LambdaFunctionURLEvent } from 'aws-lambda';
import { encodeChunk } from '../../core/chunk/encode.ts';
import { CHUNK_MEDIA_TYPE } from '../../core/chunk/format.ts';
import { MINUTE_MS, minuteOf, minuteStartMs } from '../../core/host-minute.ts';
import { labelValue, withLabels } from '../../core/series/labels.ts';
import type { Series } from '../../core/series/series.ts';
import { addApiToken } from '../../functions/store/api-tokens.ts';
import type { Table } from '../../functions/store/dynamo.ts';
import { addHostKey } from '../../functions/store/host-keys.ts';
import { readCapture } from '../plain-series.ts';

/** A host-minute with five VMs, captured under load; without them it is one of a plain host. */
const FILE = new URL('../data/host-with-5-vms-under-load.json.gz', import.meta.url);
const HOST = 'hv-7';
/** So many take turns: a host alone would be asked to post less. */
const HOSTS = 10;
/** And so many from then on, when it goes faster. */
const HOSTS_LATER = 40;

export type MeasuredFunction = 'ingest' | 'evaluate' | 'compact' | 'api';

/** What a function is called with, once for the cold start and then again and again. */
export interface Scenario {
  readonly name: MeasuredFunction;
  readonly what: string;
  /** The first of them are what is called the next calls; the last hundred of more are those of a steady state. */
  readonly events: readonly unknown[];
}

/** Batches are stored for later scenarios to read: their order matters. */
export async function scenarios(
  table: Table,
  nowMs: number,
  calls: number,
  batches: number = calls,
): Promise<Scenario[]> {
  const withVms = readCapture(FILE);
  const plain = withVms.filter(({ labels }) => labelValue(labels, 'vm') === '');
  const token = await addApiToken(table, 'bench', nowMs);
  const each = <T>(make: (i: number) => T): T[] =>
    Array.from({ length: calls + 1 }, (_, i) => make(i));
  const query = encodeURIComponent('host_memory_usage_percent{host="hv-7"}');
  return [
    {
      name: 'ingest',
      what: 'a batch of a host with five VMs',
      events: await batchEvents(table, withVms, HOST, nowMs, { calls, batches }),
    },
    {
      name: 'ingest',
      what: 'a batch of a host without VMs',
      events: await batchEvents(table, plain, 'web-1', nowMs, { calls, batches }),
    },
    {
      name: 'evaluate',
      what: 'a tick, one such host',
      events: each((i) => ({ scheduledTime: new Date(nowMs - (calls - i) * 1000).toISOString() })),
    },
    { name: 'compact', what: 'a run with nothing due', events: each(() => ({ shard: 0 })) },
    {
      name: 'api',
      what: 'an instant query of one host',
      events: each(() => urlEvent('GET', '/api/v1/query', `query=${query}`, token)),
    },
  ];
}

/** Of each host one minute after the other, the newest first: none of them is late. */
async function batchEvents(
  table: Table,
  captured: readonly Series[],
  name: string,
  nowMs: number,
  { calls, batches }: { calls: number; batches: number },
): Promise<LambdaFunctionURLEvent[]> {
  const hosts = Array.from({ length: HOSTS_LATER }, (_, i) => (i === 0 ? name : `${name}-${i}`));
  const keys = await Promise.all(hosts.map((host) => addHostKey(table, host, nowMs)));
  const sent = hosts.map(() => 0);
  return Array.from({ length: batches + 1 }, (_, i) => {
    const at = i % (i <= calls ? HOSTS : HOSTS_LATER);
    const minutesAgo = sent[at] ?? 0;
    sent[at] = minutesAgo + 1;
    return batchEvent(captured, hosts[at] ?? name, keys[at] ?? '', nowMs - minutesAgo * MINUTE_MS);
  });
}

function batchEvent(
  captured: readonly Series[],
  host: string,
  key: string,
  atMs: number,
): LambdaFunctionURLEvent {
  const minute = minuteOf(host, atMs) - 1;
  const startMs = minuteStartMs(host, minute);
  const moved = captured.map(({ labels, timestamps, values }) => {
    const first = timestamps[0] ?? 0;
    const own = withLabels(labels, { host });
    return { labels: own, values, timestamps: timestamps.map((ms) => startMs + (ms - first)) };
  });
  return {
    ...urlEvent('POST', '/v1/batches', '', key),
    body: Buffer.from(encodeChunk(moved)).toString('base64'),
    isBase64Encoded: true,
  };
}

function urlEvent(
  method: string,
  path: string,
  query: string,
  secret: string,
): LambdaFunctionURLEvent {
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: path,
    rawQueryString: query,
    headers: { authorization: `Bearer ${secret}`, 'content-type': CHUNK_MEDIA_TYPE },
    requestContext: {
      accountId: 'anonymous',
      apiId: 'bench',
      domainName: 'bench.lambda-url',
      domainPrefix: 'bench',
      http: { method, path, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'bench' },
      requestId: randomBytes(8).toString('hex'),
      routeKey: '$default',
      stage: '$default',
      time: '',
      timeEpoch: 0,
    },
    isBase64Encoded: false,
  };
}
