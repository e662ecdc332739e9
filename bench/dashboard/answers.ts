import { gunzipSync } from 'node:zlib';
import type { FleetAnswer } from '../../core/answers/fleet.ts';
import { MINUTE_MS } from '../../core/host-minute.ts';
import { createHandler } from '../../functions/api/handler.ts';
import type { countUnits } from '../count-units.ts';
import type { FleetTable } from './fleet-table.ts';

/** What `/api/v1/fleet` reads, sends and takes: first, and of each poll after it. */
export async function benchAnswers(
  fleet: FleetTable,
  startMs: number,
  units: ReturnType<typeof countUnits>,
): Promise<Record<string, object>> {
  const rows: Record<string, object> = {};
  let nowMs = startMs;
  const open = () => createHandler(fleet.environment, () => nowMs);
  const ask = async (handler: ReturnType<typeof open>, title: string, query: Query) => {
    units.clear();
    const began = { ms: performance.now(), cpu: process.cpuUsage() };
    const { answer, bytes, chars } = await askFleet(handler, fleet.token, query);
    rows[title] = {
      units: units.total(),
      calls: units.calls(),
      'KB gzipped': Math.round(bytes / 100) / 10,
      'KB of JSON': Math.round(chars / 100) / 10,
      ms: Math.round(performance.now() - began.ms),
      'ms of CPU': Math.round(process.cpuUsage(began.cpu).user / 1000),
    };
    return answer.version;
  };
  const metric = 'vm_cpu_usage_percent';
  const plain = open();
  let version = await ask(plain, 'states, first', {});
  await ask(plain, 'UUIDs then', { ids: 'true' });
  nowMs += 5000;
  version = await ask(plain, 'states, 5 s later, nothing happened', { version });
  nowMs += 5000;
  version = await ask(plain, 'states, 10 s later, silences are read anew', { version });
  nowMs += 5000;
  await fleet.tick(nowMs, new Set([17, 4711]));
  version = await ask(plain, 'states, a tick, 2 VMs crashed', { version });
  nowMs += 5000;
  const withMetric = open();
  version = await ask(withMetric, 'with a metric, first', { metric });
  nowMs += 5000;
  version = await ask(withMetric, 'with a metric, nothing happened', { metric, version });
  nowMs += MINUTE_MS;
  await fleet.storeMinute(Math.floor(nowMs / MINUTE_MS) - 2, nowMs);
  await fleet.storeMinute(Math.floor(nowMs / MINUTE_MS) - 1, nowMs);
  await fleet.tick(nowMs, new Set([17]));
  version = await ask(withMetric, 'with a metric, a minute later', { metric, version });
  nowMs += 5000;
  await ask(withMetric, 'another metric then', {
    metric: 'vm_network_receive_bytes_per_second',
    version,
  });
  return rows;
}

interface Query {
  readonly version?: string;
  readonly metric?: string;
  readonly ids?: 'true';
}

async function askFleet(
  handler: ReturnType<typeof createHandler>,
  token: string,
  query: Query,
): Promise<{ answer: FleetAnswer; bytes: number; chars: number }> {
  const reply = await handler({
    version: '2.0',
    rawPath: '/api/v1/fleet',
    rawQueryString: new URLSearchParams({ ...query }).toString(),
    headers: { authorization: `Bearer ${token}`, 'accept-encoding': 'gzip' },
    requestContext: { http: { method: 'GET' } },
    isBase64Encoded: false,
  } as never);
  if (typeof reply === 'string') throw new Error(reply);
  const { body = '', isBase64Encoded, statusCode } = reply;
  const bytes = Buffer.from(body, isBase64Encoded === true ? 'base64' : 'utf8');
  const text = (isBase64Encoded === true ? gunzipSync(bytes) : bytes).toString('utf8');
  if (statusCode !== 200) throw new Error(text);
  return { answer: JSON.parse(text).data, bytes: bytes.length, chars: text.length };
}
