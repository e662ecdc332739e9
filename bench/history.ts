import { encodeChunk } from '../core/chunk/encode.ts';
import { countSamples } from '../core/chunk/merge.ts';
import { MINUTE_MS, minuteOf, minuteStartMs, phaseMs } from '../core/host-minute.ts';
import { dayOfHour, hourStartMs, lastSettledHour } from '../core/rollup/hours.ts';
import { rollUpHour } from '../core/rollup/roll-up-hour.ts';
import { vmOfSeries } from '../core/rollup/vm-history.ts';
import { labelValue } from '../core/series/labels.ts';
import type { Series } from '../core/series/series.ts';
import { sameShards } from '../core/shard-epochs.ts';
import { DAY_MS, HOUR_MS } from '../core/time.ts';
import { createHandler } from '../functions/api/handler.ts';
import { mergeDays } from '../functions/compact/merge-days.ts';
import { addApiToken } from '../functions/store/api-tokens.ts';
import { createChunkStore } from '../functions/store/chunks.ts';
import { createCompactionProgress } from '../functions/store/compaction-progress.ts';
import type { Table } from '../functions/store/dynamo.ts';
import { createInventoryStore } from '../functions/store/inventory.ts';
import {
  SORT_KEY,
  vmHistoryPartition,
  writerHistoryPartition,
} from '../functions/store/item-keys.ts';
import { partitionItems } from '../functions/store/partition-items.ts';
import { createRollupStore } from '../functions/store/rollups.ts';
import { createShards } from '../functions/store/shards.ts';
import { startBenchTable } from './bench-table.ts';
import { captured, like } from './captured-host.ts';
import { countUnits } from './count-units.ts';

const HOST = 'hv-7';
const NOW_MS = Date.UTC(2026, 10, 20, 9, 41, 17);
const DAYS = 366;
const MINUTE_POINT_DAYS = 3;
/** Samples of an hour that points of an hour are made of: their number changes no size. */
const SAMPLES_PER_HOUR = 12;

/**
 * What questions about months and years cost: a year of points of an hour, some days of points of a minute
 * and some hours of chunks in the embedded table, which counts read units as DynamoDB does.
 */
export async function benchHistory(): Promise<void> {
  const bench = await startBenchTable();
  const { table, environment } = bench;
  // As whoever writes first leaves it.
  await createShards(table, 1, () => NOW_MS).upTo(0);
  const series = captured(HOST);
  const uuid = series.map(({ labels }) => labelValue(labels, 'uuid')).find((one) => one !== '');
  await writeHistory(table, series);
  const token = await addApiToken(table, 'bench', NOW_MS);
  const units = countUnits();
  const rows: Record<string, object> = {};
  const vm = `vm_cpu_usage_percent{uuid="${uuid}"}`;
  const host = `host_memory_usage_percent{host="${HOST}"}`;
  for (const [name, query, days, stepMs] of [
    ["a VM's CPU, 30 days by the hour", vm, 30, HOUR_MS],
    ["a VM's CPU, 30 days, 1,000 points", vm, 30, 43 * MINUTE_MS],
    ["a VM's CPU, 30 days, greatest of 4 h", `max_over_time(${vm}[4h])`, 30, HOUR_MS],
    ["a host's metric, a year, 1,000 points", host, 365, 8.8 * HOUR_MS],
    ["a host's metric, a year by the hour", host, 365, HOUR_MS],
    ["a host's metric, 90 days by the hour", host, 90, HOUR_MS],
    ["a host's metric, 7 days by the hour", host, 7, HOUR_MS],
    ["a host's metric, a day, 1,000 points", host, 1, 86_000],
    ["a host's metric, 3 hours, 1,000 points", host, 1 / 8, 10_000],
  ] as const) {
    // Each by a function that has just started: it asks for the token, the inventory and the progress too.
    const handler = createHandler(environment, () => NOW_MS);
    units.clear();
    const params = new URLSearchParams({
      query,
      start: new Date(NOW_MS - days * DAY_MS).toISOString(),
      end: new Date(NOW_MS).toISOString(),
      step: String(stepMs / 1000),
      stats: 'true',
    });
    const startedMs = performance.now();
    const answer = await handler({
      version: '2.0',
      rawPath: '/api/v1/query_range',
      rawQueryString: params.toString(),
      headers: { authorization: `Bearer ${token}` },
      requestContext: { http: { method: 'GET' } },
      isBase64Encoded: false,
    } as never);
    const tookMs = performance.now() - startedMs;
    const body = typeof answer === 'string' ? answer : (answer.body ?? '');
    const { data, infos, error } = JSON.parse(body);
    rows[name] = {
      units: units.total(),
      estimated: data?.stats.table.readUnits,
      calls: units.calls(),
      ms: Math.round(tookMs),
      points: data?.result[0]?.values.length,
      infos: infos?.map((line: string) => line.replace('answered from points of ', '')).join('; '),
      ...(error === undefined ? {} : { error }),
    };
  }
  console.table(rows);
  bench.close();
}

async function writeHistory(table: Table, series: readonly Series[]): Promise<void> {
  const rollups = createRollupStore(table);
  const last = lastSettledHour(NOW_MS);
  const phase = phaseMs(HOST);
  const expiresAtMs = NOW_MS + 400 * DAY_MS;
  for (let day = dayOfHour(last) - DAYS + 1; day <= dayOfHour(last); day++) {
    const hours = Array.from({ length: 24 }, (_, i) => day * 24 + i).filter((hour) => hour <= last);
    const part = hours.flatMap((hour) =>
      times(hourStartMs(hour, phase), HOUR_MS, SAMPLES_PER_HOUR),
    );
    const { hourPoints } = rollUpHour([like(series, part)], phase, vmOfSeries);
    for (const [vm, points] of hourPoints)
      await rollups.putDay({ writer: HOST, vm, day }, points, 0, expiresAtMs);
  }
  for (let hour = last - 24 * MINUTE_POINT_DAYS; hour <= last; hour++) {
    const part = times(hourStartMs(hour, phase), HOUR_MS, 60);
    const { minutePoints } = rollUpHour([like(series, part)], phase, vmOfSeries);
    await rollups.putMinutePoints(HOST, hour, minutePoints, 1, expiresAtMs);
  }
  const chunks = createChunkStore(table, 1);
  let chunkBytes = 0;
  for (let minute = (last + 1) * 60 - 120; minute <= minuteOf(HOST, NOW_MS); minute++) {
    const firstMs = minuteStartMs(HOST, minute);
    const part = like(series, times(firstMs, MINUTE_MS, 6));
    const bytes = encodeChunk(part);
    chunkBytes = bytes.length;
    const chunk = { writer: HOST, minute, bytes, firstMs, sampleCount: countSamples(part) };
    await chunks.put(chunk, 'shorter', expiresAtMs);
  }
  const vms = [...new Set(series.map(({ labels }) => labelValue(labels, 'uuid')))]
    .filter((uuid) => uuid !== '')
    .map((uuid) => ({ uuid, name: `vm-${uuid.slice(0, 4)}`, lastSeenMs: NOW_MS }));
  await createInventoryStore(table).putHost(
    { host: HOST, firstSeenMs: NOW_MS - DAYS * DAY_MS, lastSeenMs: NOW_MS, chunkBytes, vms },
    expiresAtMs,
  );
  const lease = await createCompactionProgress(table).take(0, NOW_MS, NOW_MS);
  if (lease === undefined) throw new Error('somebody else has the shard');
  await lease.advance(last);
  const ports = {
    rollups,
    epochs: sameShards(1),
    rolledUp: async () => last,
    rawRetentionMs: 7 * DAY_MS,
    hourRetentionMs: 400 * DAY_MS,
    nowMs: () => NOW_MS,
  };
  await mergeDays(ports, lease, 0, [HOST], () => true);
  console.log(
    `a host of ${series.length} series with ${vms.length} VMs, a chunk of ${chunkBytes} bytes`,
  );
  const [someVm = ''] = vms.map(({ uuid }) => uuid);
  console.log({
    'a day of points of an hour, host': await meanBytes(
      table,
      writerHistoryPartition(HOST),
      'R#3600#',
    ),
    'a block of days of an eighth of them': await meanBytes(
      table,
      writerHistoryPartition(HOST),
      'R#M#',
    ),
    'a day of points of an hour, a VM': await meanBytes(
      table,
      vmHistoryPartition(someVm),
      'R#3600#',
    ),
    'an hour of points of a minute': await meanBytes(table, writerHistoryPartition(HOST), 'R#60#'),
  });
}

/** The mean size of the items of a partition whose sort keys begin so. */
async function meanBytes(table: Table, partition: string, prefix: string): Promise<number> {
  const sizes: number[] = [];
  for await (const item of partitionItems(table, partition))
    if (item[SORT_KEY]?.S?.startsWith(prefix) === true) sizes.push(item['b']?.B?.length ?? 0);
  return Math.round(sizes.reduce((sum, size) => sum + size, 0) / sizes.length);
}

function times(fromMs: number, lengthMs: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => fromMs + (i * lengthMs) / count);
}
