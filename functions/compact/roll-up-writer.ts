import { decodeChunk } from '../../core/chunk/decode.ts';
import { phaseMs } from '../../core/host-minute.ts';
import type { HourPoints } from '../../core/rollup/hour-points.ts';
import { dayOfHour, hourStartMs } from '../../core/rollup/hours.ts';
import { replaceHours } from '../../core/rollup/replace-hours.ts';
import { rollUpHour } from '../../core/rollup/roll-up-hour.ts';
import { vmOfSeries } from '../../core/rollup/vm-history.ts';
import type { Series } from '../../core/series/series.ts';
import { HOUR_MS } from '../../core/time.ts';
import type { StoredChunk } from '../store/chunks.ts';
import { writerName } from '../store/item-keys.ts';
import type { DayKey, RollupStore } from '../store/rollups.ts';

export interface RollUpPorts {
  readonly rollups: RollupStore;
  readonly minuteRetentionMs: number;
  readonly hourRetentionMs: number;
  readonly nowMs: () => number;
}

/** One host, or `@` and a sender, in one hour. */
export interface WriterHour {
  readonly writer: string;
  readonly hour: number;
}

/** Another compaction of the same day writes in between, at most so often. */
const DAY_TRIES = 5;
const DAY_MS = 24 * HOUR_MS;

/**
 * Writes an hour's minute points, and its hour points into their days. The same chunks give the same
 * items, so it may be done again at any time and broken off anywhere. Gives a line for each chunk that
 * can't be read; throws for one of a version that is not known yet.
 */
export async function rollUpWriter(
  ports: RollUpPorts,
  { writer, hour }: WriterHour,
  chunks: readonly StoredChunk[],
): Promise<string[]> {
  const phase = phaseMs(writerName(writer));
  const startMs = hourStartMs(hour, phase);
  const errors: string[] = [];
  let sampleCount = 0;
  const parts: (readonly Series[])[] = [];
  for (const chunk of chunks.toSorted((a, b) => a.firstMs - b.firstMs)) {
    const decoded = decodeChunk(chunk.bytes);
    if (!decoded.ok) {
      const error = `chunk of ${chunk.writer}, minute ${chunk.minute}: ${decoded.error.message}`;
      // It is whole: the hour waits for a release that can read it.
      if (decoded.error.code === 'version') throw new Error(error);
      errors.push(error);
      continue;
    }
    sampleCount += decoded.value.sampleCount;
    parts.push(decoded.value.series);
  }
  if (parts.length === 0) return errors;
  // A sender's VMs are none that the inventory knows: their history stays with it.
  const vmOf = writerName(writer) === writer ? vmOfSeries : () => '';
  const { minutePoints, hourPoints } = rollUpHour(parts, phase, vmOf);
  const minutesEndMs = startMs + HOUR_MS + ports.minuteRetentionMs;
  if (minutesEndMs > ports.nowMs())
    await ports.rollups.putMinutePoints(writer, hour, minutePoints, sampleCount, minutesEndMs);
  // Whether that was news or not: hour points may be missing still, of a run that was broken off.
  for (const [vm, points] of hourPoints)
    await putIntoDay(ports, { writer, vm, day: dayOfHour(hour) }, points, startMs);
  return errors;
}

async function putIntoDay(
  { rollups, hourRetentionMs, nowMs }: RollUpPorts,
  key: DayKey,
  points: readonly HourPoints[],
  startMs: number,
): Promise<void> {
  const endMs = startMs + HOUR_MS;
  const expiresAtMs = (key.day + 1) * DAY_MS + hourRetentionMs;
  if (expiresAtMs <= nowMs()) return;
  for (let tries = 0; tries < DAY_TRIES; tries++) {
    const day = await rollups.day(key, nowMs());
    // Chunks only grow, so what was made of as many samples is as good.
    if (countBetween(day.points, startMs, endMs) >= countBetween(points, startMs, endMs)) return;
    const replaced = replaceHours(day.points, points, startMs, endMs);
    if (await rollups.putDay(key, replaced, day.revision, expiresAtMs)) return;
  }
  throw new Error(`day ${key.day} of ${key.writer} ${key.vm}: written by others all the time`);
}

/** How many samples hour points of this time are made of. */
function countBetween(all: readonly HourPoints[], fromMs: number, toMs: number): number {
  let sum = 0;
  for (const { timestamps, count } of all) {
    for (const [row, ms] of timestamps.entries())
      if (ms >= fromMs && ms < toMs) sum += count[row] ?? 0;
  }
  return sum;
}
