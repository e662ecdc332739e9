import { cut } from '../../core/chunk/encode-in-parts.ts';
import { phaseMs } from '../../core/host-minute.ts';
import type { HourPoints } from '../../core/rollup/hour-points.ts';
import { canHaveColumns } from '../../core/rollup/hour-series.ts';
import { dayOfHour, hourStartMs } from '../../core/rollup/hours.ts';
import { joinHour, joinMinutes } from '../../core/rollup/join-hours.ts';
import { type RolledHour, rollUpHour } from '../../core/rollup/roll-up-hour.ts';
import { formatLabels, labelsKey } from '../../core/series/labels.ts';
import { bitsOf, type Series } from '../../core/series/series.ts';
import { DAY_MS, HOUR_MS } from '../../core/time.ts';
import { senderWriter } from '../store/item-keys.ts';
import type { RollupStore } from '../store/rollups.ts';
import type { Rejects } from './rejects.ts';

/** What storing history needs of the world. */
export interface HistoryPorts {
  readonly rollups: Pick<RollupStore, 'day' | 'putDay' | 'hourOfMinutes' | 'replaceMinutePoints'>;
  readonly minuteRetentionMs: number;
  readonly hourRetentionMs: number;
  readonly nowMs: () => number;
}

/** An hour of a sender, rolled up. */
interface Hour extends RolledHour {
  readonly hour: number;
  /** All samples of it. */
  readonly series: ReadonlyMap<string, Series>;
}

const DAYS_AT_ONCE = 8;
/** Others write to the same day meanwhile, at most so often. */
const TRIES = 10;

/**
 * Stores hours that are older than chunks are kept: as the rollups the compactor would leave of them, put to those
 * there are, series by series. An hour of a series is expected whole, or in parts one after another.
 * Gives how many samples were refused.
 */
export async function storeHistory(
  ports: HistoryPorts,
  sender: string,
  series: readonly Series[],
  rejects: Rejects,
): Promise<number> {
  const before = rejects.samples;
  const days = splitDays(sender, series).values();
  const next = async () => {
    for (const hours of days) await storeDay(ports, sender, hours, rejects);
  };
  await Promise.all(Array.from({ length: DAYS_AT_ONCE }, next));
  return rejects.samples - before;
}

/** The series cut at the sender's hours, these by their day. */
function splitDays(sender: string, series: readonly Series[]): Map<number, Map<number, Series[]>> {
  const phase = phaseMs(sender);
  const days = new Map<number, Map<number, Series[]>>();
  for (const one of series) {
    const { timestamps } = one;
    for (let at = 0; at < timestamps.length; ) {
      const hour = Math.floor(((timestamps[at] ?? 0) - phase) / HOUR_MS);
      const endMs = hourStartMs(hour + 1, phase);
      let end = at + 1;
      while (end < timestamps.length && (timestamps[end] ?? 0) < endMs) end++;
      const day = days.get(dayOfHour(hour)) ?? new Map<number, Series[]>();
      days.set(dayOfHour(hour), day);
      day.set(hour, [...(day.get(hour) ?? []), cut(one, at, end)]);
      at = end;
    }
  }
  return days;
}

async function storeDay(
  ports: HistoryPorts,
  sender: string,
  day: ReadonlyMap<number, readonly Series[]>,
  rejects: Rejects,
): Promise<void> {
  const phase = phaseMs(sender);
  // A sender's VMs are none that the inventory knows: their history stays with it.
  const hours = [...day].map(
    ([hour, series]): Hour => ({
      hour,
      series: new Map(series.map((one) => [labelsKey(one.labels), one])),
      ...rollUpHour([series], phase, () => ''),
    }),
  );
  const refused = await storeHourPoints(ports, sender, hours);
  for (const hour of hours) {
    const isKept = await storeMinutePoints(ports, sender, hour, refused);
    for (const [key, one] of hour.series) {
      const example = () => `${formatLabels(one.labels)} at ${one.timestamps[0]}`;
      const reason = refused.has(refusedKey(hour.hour, key))
        ? 'an hour of which more samples are kept'
        : isKept || canHaveColumns(one.labels)
          ? undefined
          : 'labels that points of an hour can not have';
      if (reason !== undefined) rejects.addSamples(reason, one.timestamps.length, example);
    }
  }
}

function refusedKey(hour: number, key: string): string {
  return `${hour} ${key}`;
}

/** Puts hours of one day into it. Gives those of series that were refused (`refusedKey`). */
async function storeHourPoints(
  { rollups, hourRetentionMs, nowMs }: HistoryPorts,
  sender: string,
  hours: readonly Hour[],
): Promise<ReadonlySet<string>> {
  const [first] = hours;
  if (first === undefined) return new Set();
  const key = { writer: senderWriter(sender), vm: '', day: dayOfHour(first.hour) };
  const expiresAtMs = (key.day + 1) * DAY_MS + hourRetentionMs;
  if (expiresAtMs <= nowMs()) return new Set();
  for (let tries = 0; tries < TRIES; tries++) {
    const day = await rollups.day(key, nowMs());
    const { points, refused, isChanged } = joinHours(day.points, hours, phaseMs(sender));
    if (!isChanged || (await rollups.putDay(key, points, day.revision, expiresAtMs)))
      return refused;
  }
  throw new Error(`day ${key.day} of ${key.writer}: written by others all the time`);
}

function joinHours(known: readonly HourPoints[], hours: readonly Hour[], phase: number) {
  const points = new Map(known.map((one) => [labelsKey(one.labels), one]));
  const refused = new Set<string>();
  let isChanged = false;
  for (const { hour, hourPoints, series } of hours) {
    const span = [hourStartMs(hour, phase), hourStartMs(hour + 1, phase)] as const;
    for (const fresh of hourPoints.get('') ?? []) {
      const key = labelsKey(fresh.labels);
      const firstMs = series.get(key)?.timestamps[0] ?? span[0];
      const joined = joinHour(points.get(key), fresh, firstMs, span);
      points.set(key, joined.points);
      if (joined.fate === 'refused') refused.add(refusedKey(hour, key));
      else if (joined.fate !== 'known') isChanged = true;
    }
  }
  return { points: [...points.values()], refused, isChanged };
}

/** Puts an hour's minute points to those there are; `false` if they are not kept for so long. */
async function storeMinutePoints(
  { rollups, minuteRetentionMs, nowMs }: HistoryPorts,
  sender: string,
  { hour, minutePoints, series }: Hour,
  refused: ReadonlySet<string>,
): Promise<boolean> {
  const phase = phaseMs(sender);
  const expiresAtMs = hourStartMs(hour + 1, phase) + minuteRetentionMs;
  if (expiresAtMs <= nowMs()) return false;
  const writer = senderWriter(sender);
  for (let tries = 0; tries < TRIES; tries++) {
    const known = await rollups.hourOfMinutes(writer, hour, nowMs());
    const all = new Map(known.series.map((one) => [labelsKey(one.labels), one]));
    let sampleCount = 0;
    for (const fresh of minutePoints) {
      const key = labelsKey(fresh.labels);
      if (refused.has(refusedKey(hour, key))) continue;
      const there = all.get(key);
      const joined = there === undefined ? fresh : joinMinutes(there, fresh, phase);
      if (there !== undefined && isSame(there, joined)) continue;
      all.set(key, joined);
      sampleCount += series.get(key)?.timestamps.length ?? 0;
    }
    if (sampleCount === 0) return true;
    const { revision } = known;
    const points = [...all.values()];
    if (await rollups.replaceMinutePoints(writer, hour, points, revision, sampleCount, expiresAtMs))
      return true;
  }
  throw new Error(`hour ${hour} of ${writer}: written by others all the time`);
}

function isSame(a: Series, b: Series): boolean {
  if (a.timestamps.length !== b.timestamps.length) return false;
  const bits = bitsOf(b.values);
  return (
    a.timestamps.every((ms, i) => ms === b.timestamps[i]) &&
    bitsOf(a.values).every((bit, i) => bit === bits[i])
  );
}
