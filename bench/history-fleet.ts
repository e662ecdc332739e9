import { encodeChunk } from '../core/chunk/encode.ts';
import { countSamples } from '../core/chunk/merge.ts';
import { MINUTE_MS, minuteOf, minuteStartMs, phaseMs } from '../core/host-minute.ts';
import { dayOfHour, hourStartMs, lastSettledHour } from '../core/rollup/hours.ts';
import { rollUpHour } from '../core/rollup/roll-up-hour.ts';
import { vmOfSeries } from '../core/rollup/vm-history.ts';
import { labelValue } from '../core/series/labels.ts';
import { sameShards } from '../core/shard-epochs.ts';
import { DAY_MS, HOUR_MS } from '../core/time.ts';
import { createHandler } from '../functions/api/handler.ts';
import { mergeDays } from '../functions/compact/merge-days.ts';
import { addApiToken } from '../functions/store/api-tokens.ts';
import { createChunkStore } from '../functions/store/chunks.ts';
import { createCompactionProgress } from '../functions/store/compaction-progress.ts';
import type { Table } from '../functions/store/dynamo.ts';
import { createInventoryStore } from '../functions/store/inventory.ts';
import { createRollupStore } from '../functions/store/rollups.ts';
import { createShards } from '../functions/store/shards.ts';
import { startBenchTable } from './bench-table.ts';
import { captured, like } from './captured-host.ts';
import { countUnits } from './count-units.ts';

/** A day after a block of days was put together; a question of 30 days looks at parts of two blocks. */
const NOW_MS = Date.UTC(2026, 10, 20, 9, 41, 17);
const HOSTS = 20;
const DAYS = 40;
/** Samples of an hour that points of an hour are made of: their number changes no size. */
const SAMPLES_PER_HOUR = 12;
const FLEET = 1000;

/** What the history of a whole fleet costs: of some hosts in the embedded table, and so of a thousand. */
export async function benchHistoryFleet(): Promise<void> {
  const bench = await startBenchTable();
  const { table, environment } = bench;
  // As whoever writes first leaves it.
  await createShards(table, 1, () => NOW_MS).upTo(0);
  const hosts = Array.from({ length: HOSTS }, (_, i) => `host-${i}`);
  for (const host of hosts) await writeHost(table, host);
  await mergeAll(table, hosts);
  const token = await addApiToken(table, 'bench', NOW_MS);
  const units = countUnits();
  const rows: Record<string, object> = {};
  for (const [name, query, days, stepMs] of [
    ['mean of a metric, 30 days by the hour', 'avg(host_memory_usage_percent)', 30, HOUR_MS],
    ['greatest of 4 hours, 30 days', 'max(max_over_time(host_load1[4h]))', 30, 4 * HOUR_MS],
    ['mean of a metric, 7 days by the hour', 'avg(host_memory_usage_percent)', 7, HOUR_MS],
  ] as const) {
    const handler = createHandler(environment, () => NOW_MS);
    units.clear();
    const params = new URLSearchParams({
      query,
      start: new Date(NOW_MS - days * DAY_MS).toISOString(),
      end: new Date(NOW_MS).toISOString(),
      step: String(stepMs / 1000),
      stats: 'true',
    });
    const answer = await handler({
      version: '2.0',
      rawPath: '/api/v1/query_range',
      rawQueryString: params.toString(),
      headers: { authorization: `Bearer ${token}` },
      requestContext: { http: { method: 'GET' } },
      isBase64Encoded: false,
    } as never);
    const { data, error } = JSON.parse(typeof answer === 'string' ? answer : (answer.body ?? ''));
    const each = units.total() / HOSTS;
    rows[name] = {
      'units a host': each,
      [`units of ${FLEET} hosts`]: Math.round(each * FLEET),
      'estimated a host': data?.stats.table.readUnits / HOSTS,
      'calls a host': units.calls() / HOSTS,
      points: data?.result[0]?.values.length,
      ...(error === undefined ? {} : { error }),
    };
  }
  console.table(rows);
  bench.close();
}

/** Points of an hour of the host without its VMs, and what is not rolled up yet. */
async function writeHost(table: Table, host: string): Promise<void> {
  const rollups = createRollupStore(table);
  const series = captured(host);
  const ofHost = series.filter(({ labels }) => labelValue(labels, 'uuid') === '');
  const last = lastSettledHour(NOW_MS);
  const phase = phaseMs(host);
  const expiresAtMs = NOW_MS + 400 * DAY_MS;
  for (let day = dayOfHour(last) - DAYS + 1; day <= dayOfHour(last); day++) {
    const hours = Array.from({ length: 24 }, (_, i) => day * 24 + i).filter((hour) => hour <= last);
    const at = hours.flatMap((hour) => times(hourStartMs(hour, phase), HOUR_MS, SAMPLES_PER_HOUR));
    const { hourPoints } = rollUpHour([like(ofHost, at)], phase, vmOfSeries);
    for (const [vm, points] of hourPoints)
      await rollups.putDay({ writer: host, vm, day }, points, 0, expiresAtMs);
  }
  const chunks = createChunkStore(table, 1);
  let chunkBytes = 0;
  for (let minute = (last + 1) * 60 - 1; minute < minuteOf(host, NOW_MS); minute++) {
    const firstMs = minuteStartMs(host, minute);
    const part = like(series, times(firstMs, MINUTE_MS, 6));
    const bytes = encodeChunk(part);
    chunkBytes = bytes.length;
    const chunk = { writer: host, minute, bytes, firstMs, sampleCount: countSamples(part) };
    await chunks.put(chunk, 'shorter', expiresAtMs);
  }
  const seen = { firstSeenMs: NOW_MS - DAYS * DAY_MS, lastSeenMs: NOW_MS };
  await createInventoryStore(table).putHost({ host, ...seen, chunkBytes, vms: [] }, expiresAtMs);
}

/** Notes how far rollups are, and puts days together as the hourly run does. */
async function mergeAll(table: Table, hosts: readonly string[]): Promise<void> {
  const last = lastSettledHour(NOW_MS);
  const lease = await createCompactionProgress(table).take(0, NOW_MS, NOW_MS);
  if (lease === undefined) throw new Error('somebody else has the shard');
  await lease.advance(last);
  const ports = {
    rollups: createRollupStore(table),
    epochs: sameShards(1),
    rolledUp: async () => last,
    rawRetentionMs: 7 * DAY_MS,
    hourRetentionMs: 400 * DAY_MS,
    nowMs: () => NOW_MS,
  };
  await mergeDays(ports, lease, 0, hosts, () => true);
}

function times(fromMs: number, lengthMs: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => fromMs + (i * lengthMs) / count);
}
