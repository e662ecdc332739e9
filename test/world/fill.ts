import { encodeChunk } from '../../core/chunk/encode.ts';
import { countSamples } from '../../core/chunk/merge.ts';
import { MINUTE_MS, minuteOf, minuteStartMs, phaseMs } from '../../core/host-minute.ts';
import { dayOfHour, hourStartMs, lastSettledHour } from '../../core/rollup/hours.ts';
import { rollUpHour } from '../../core/rollup/roll-up-hour.ts';
import { vmOfSeries } from '../../core/rollup/vm-history.ts';
import { DAY_MS, HOUR_MS } from '../../core/time.ts';
import type { ChunkStore, StoredChunk } from '../../functions/store/chunks.ts';
import { createCompactionProgress } from '../../functions/store/compaction-progress.ts';
import type { Table } from '../../functions/store/dynamo.ts';
import { createRollupStore } from '../../functions/store/rollups.ts';
import type { BatchedTable } from './batched-table.ts';
import type { HostSampler } from './host-samples.ts';
import { seriesAt } from './series.ts';

const SAMPLE_MS = 10_000;
/** Further back than people zoom in to seconds, which makes a world in half the time. */
const OLD_SAMPLE_MS = 30_000;
/** Samples that points of an hour are made of, further back than samples themselves are kept. */
const COARSE_MS = HOUR_MS / 2;

/** What a host's agent has posted of a minute by a time; `undefined` where it was silent. */
export function chunkOf(
  sampler: HostSampler,
  minute: number,
  untilMs = Number.POSITIVE_INFINITY,
  stepMs = SAMPLE_MS,
): StoredChunk | undefined {
  const { name } = sampler.host;
  const at = timesOf(minuteStartMs(name, minute), MINUTE_MS, stepMs).filter(
    (atMs) => atMs <= untilMs,
  );
  const series = seriesAt(sampler, at, stepMs);
  if (series.length === 0) return undefined;
  const firstMs = Math.min(...series.map(({ timestamps }) => timestamps[0] ?? Infinity));
  const bootMs = sampler.host.bootsMs.findLast((ms) => ms <= firstMs) ?? 0;
  return {
    writer: name,
    minute,
    bytes: encodeChunk(series),
    firstMs,
    sampleCount: countSamples(series),
    origin: String(bootMs),
  };
}

/** The newest minute of a host that is over. */
export function lastMinuteBefore(host: string, atMs: number): number {
  return minuteOf(host, atMs) - 1;
}

export interface FillTimes {
  readonly nowMs: number;
  /** How far back samples are kept, and further back points of an hour. */
  readonly hours: number;
  readonly days: number;
}

/** Stores a host's minutes in a range of numbers, the last one included; those before `oldBefore` with fewer samples. */
export async function fillMinutes(
  chunks: Pick<ChunkStore, 'put'>,
  sampler: HostSampler,
  [from, to]: readonly [number, number],
  oldBefore: number,
): Promise<void> {
  for (let minute = from; minute <= to; minute++) {
    const stepMs = minute < oldBefore ? OLD_SAMPLE_MS : SAMPLE_MS;
    const chunk = chunkOf(sampler, minute, Number.POSITIVE_INFINITY, stepMs);
    if (chunk !== undefined) await chunks.put(chunk, 'shorter', chunk.firstMs + 400 * DAY_MS);
  }
}

/** Stores all of the past that is rolled up already, as the compactor would, and notes that it is. */
export async function fillHistory(
  { table: batched, flush }: BatchedTable,
  table: Table,
  samplers: readonly HostSampler[],
  { nowMs, hours, days }: FillTimes,
): Promise<void> {
  const last = lastSettledHour(nowMs);
  const firstRaw = Math.max(Math.floor((nowMs - hours * HOUR_MS) / HOUR_MS), 0);
  if (firstRaw > last && days === 0) return;
  const rollups = createRollupStore(batched);
  const expiresAtMs = nowMs + 400 * DAY_MS;
  const firstDay = dayOfHour(firstRaw) - days;
  for (const sampler of samplers) {
    const { name } = sampler.host;
    const phase = phaseMs(name);
    for (let hour = firstRaw; hour <= last; hour++) {
      const at = timesOf(hourStartMs(hour, phase), HOUR_MS, MINUTE_MS);
      const { minutePoints } = rollUpHour([seriesAt(sampler, at)], phase, vmOfSeries);
      if (minutePoints.length > 0)
        await rollups.putMinutePoints(name, hour, minutePoints, 1, expiresAtMs);
    }
    for (let day = firstDay; day <= dayOfHour(last); day++) {
      const endMs = hourStartMs(Math.min(last + 1, (day + 1) * 24), phase);
      const startMs = hourStartMs(day * 24, phase);
      const isFine = startMs >= hourStartMs(firstRaw - 24, phase);
      const at = timesOf(startMs, endMs - startMs, isFine ? 5 * MINUTE_MS : COARSE_MS);
      const { hourPoints } = rollUpHour([seriesAt(sampler, at)], phase, vmOfSeries);
      for (const [vm, points] of hourPoints)
        await rollups.putDay({ writer: name, vm, day }, points, 0, expiresAtMs);
    }
  }
  await flush();
  const lease = await createCompactionProgress(table).take(0, nowMs, nowMs);
  if (lease === undefined) throw new Error('somebody else has the shard');
  await lease.advance(last);
  await lease.release();
}

function timesOf(fromMs: number, lengthMs: number, stepMs: number): number[] {
  return Array.from({ length: Math.round(lengthMs / stepMs) }, (_, i) => fromMs + i * stepMs);
}
