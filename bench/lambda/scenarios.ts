import { randomBytes } from 'node:crypto';
import type { LambdaFunctionURLEvent } from 'aws-lambda';
import { encodeChunk } from '../../core/chunk/encode.ts';
import { CHUNK_MEDIA_TYPE } from '../../core/chunk/format.ts';
import { MINUTE_MS, minuteOf, minuteStartMs } from '../../core/host-minute.ts';
import { withLabels } from '../../core/series/labels.ts';
import { addApiToken } from '../../functions/store/api-tokens.ts';
import type { Table } from '../../functions/store/dynamo.ts';
import { addHostKey } from '../../functions/store/host-keys.ts';
import { readCapture } from '../plain-series.ts';

/** A host-minute with five VMs, captured under load. */
const FILE = new URL('../data/host-with-5-vms-under-load.json.gz', import.meta.url);
const HOST = 'hv-7';
/** So many take turns: a host alone would be asked to post less. */
const HOSTS = 10;

export type MeasuredFunction = 'ingest' | 'evaluate' | 'compact' | 'api';

/** What a function is called with, once for the cold start and then again and again. */
export interface Scenario {
  readonly name: MeasuredFunction;
  readonly what: string;
  readonly events: readonly unknown[];
}

/** Batches are stored for later scenarios to read: their order matters. */
export async function scenarios(table: Table, nowMs: number, calls: number): Promise<Scenario[]> {
  const hosts = Array.from({ length: HOSTS }, (_, i) => (i === 0 ? HOST : `hv-7-${i}`));
  const keys = await Promise.all(hosts.map((host) => addHostKey(table, host, nowMs)));
  const token = await addApiToken(table, 'bench', nowMs);
  const each = <T>(make: (i: number) => T): T[] =>
    Array.from({ length: calls + 1 }, (_, i) => make(i));
  const query = encodeURIComponent('host_memory_usage_percent{host="hv-7"}');
  return [
    {
      name: 'ingest',
      what: 'a batch of a host with five VMs',
      events: each((i) =>
        batchEvent(
          hosts[i % HOSTS] ?? HOST,
          keys[i % HOSTS] ?? '',
          nowMs - (calls - i) * MINUTE_MS,
        ),
      ),
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

function batchEvent(host: string, key: string, atMs: number): LambdaFunctionURLEvent {
  const captured = readCapture(FILE);
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
