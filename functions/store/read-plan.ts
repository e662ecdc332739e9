import { MINUTE_MS, minuteOf, phaseMs } from '../../core/host-minute.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { HOUR_MS } from '../../core/rollup/hour-points.ts';
import { hourStartMs } from '../../core/rollup/hours.ts';
import { senderWriter, writerName } from './item-keys.ts';
import { addRollups, rollupCost, type Wanted } from './rollup-plan.ts';
import type { RollupRange } from './rollup-reader.ts';
import type { RollupState } from './rollup-state.ts';
import { type Selection, type Span, spansOf } from './selection.ts';
import type { Borders } from './tiers.ts';
import { type Reporters, wantedHosts, wantedSenders } from './wanted-writers.ts';

/** What would be too much to read for one query. */
export interface ReadLimits {
  /** A host-minute takes some 0.1 ms to decode, so this is also seconds. */
  readonly hostMinutes: number;
  readonly readUnits: number;
}

/** A selection, and which tier its hours are read from. */
export interface TieredSelection {
  readonly selection: Selection;
  readonly borders: Borders;
}

/** What there is to read. */
export interface Kept {
  /** Chunks of samples before it are not there any more. */
  readonly fromMs: number;
  readonly state: RollupState;
}

/** Which items a query reads. */
export interface ReadPlan {
  /** Minutes read whole, time-major: every host, and every sender with it. */
  readonly fleetMinutes: ReadonlySet<number>;
  /** Minutes of some hosts, read by key. */
  readonly hostMinutes: ReadonlyMap<number, ReadonlySet<string>>;
  /** Minutes of senders, beyond those read whole. */
  readonly senderMinutes: ReadonlyMap<number, ReadonlySet<string>>;
  readonly rollups: readonly RollupRange[];
  /** Hours of writers that are read as they came, though they are rolled up. */
  readonly late: RollupState['late'];
  /** How many such there are and are not read, as they are too many. */
  readonly lateLeft: number;
  readonly cost: ReadCost;
}

export interface ReadCost {
  readonly hostMinutes: number;
  /** Hours of points of a minute, and days of points of an hour. */
  readonly rollups: number;
  /** Of DynamoDB, estimated from the sizes the inventory knows. */
  readonly readUnits: number;
}

/** DynamoDB reads, eventually consistent, cost half a unit for each started 4 KB. */
const UNIT_BYTES = 4096;
/** A host with few VMs. */
const USUAL_CHUNK_BYTES = 1500;
/** An hour's or a day's rollup takes as long to decode as so many host-minutes. */
const ROLLUP_HOST_MINUTES = 2;

/** Some 60 keys each: a host that was cut off for a day and came back. */
const LATE_HOURS_MAX = 50;

/** Plans the reading of all selections at once, so that nothing is read twice. */
export async function planRead(
  selections: readonly TieredSelection[],
  { fromMs, state }: Kept,
  reporters: Reporters,
  limits: ReadLimits,
  shardCount: number,
): Promise<Result<ReadPlan, string>> {
  const fleetMinutes = new Set<number>();
  const hostMinutes = new Map<number, Set<string>>();
  const senderMinutes = new Map<number, Set<string>>();
  const ranges = new Map<string, RollupRange[]>();
  const lateHours: LateHour[] = [];
  const tooMany = (count: number, readUnits = count / 2) =>
    err(tooMuch({ hostMinutes: count, rollups: 0, readUnits }, limits));
  for (const { selection, borders } of selections) {
    const hosts = await wantedHosts(selection, reporters);
    const senders = await wantedSenders(selection, reporters);
    await addRollups(ranges, selection, borders, { hosts, senders }, state.doneBlock, reporters);
    const rawFromMs = Math.max(fromMs, borders.minuteEnd * HOUR_MS);
    const spans = spansOf(selection, rawFromMs, selection.toMs);
    if (hosts === 'all' || (await isCheaperWhole(hosts, reporters))) {
      const count = addFleetMinutes(fleetMinutes, spans, limits.hostMinutes);
      if (count > limits.hostMinutes) return tooMany(count, count);
    } else {
      const count = addMinutes(hostMinutes, hosts, spans, limits.hostMinutes);
      if (count > limits.hostMinutes) return tooMany(count);
    }
    const count = addMinutes(senderMinutes, senders, spans, limits.hostMinutes);
    if (count > limits.hostMinutes) return tooMany(count);
    lateHours.push(...lateOf(selection, borders, { fromMs, state }, { hosts, senders }));
  }
  const hasLate = lateHours.length <= LATE_HOURS_MAX;
  const late = new Map<string, Set<number>>();
  for (const { writer, hour, spans } of hasLate ? lateHours : []) {
    late.set(writer, (late.get(writer) ?? new Set()).add(hour));
    const name = writerName(writer);
    const minutes = name === writer ? hostMinutes : senderMinutes;
    addMinutes(minutes, [name], spans, limits.hostMinutes);
  }
  for (const minute of fleetMinutes) {
    hostMinutes.delete(minute);
    senderMinutes.delete(minute);
  }
  const rollups = [...ranges.values()].flat();
  const raw = { fleetMinutes, hostMinutes, senderMinutes };
  const cost = await costOf(raw, rollups, reporters, shardCount);
  const decoded = cost.hostMinutes + cost.rollups * ROLLUP_HOST_MINUTES;
  if (decoded > limits.hostMinutes || cost.readUnits > limits.readUnits)
    return err(tooMuch(cost, limits));
  return ok({ ...raw, rollups, late, lateLeft: hasLate ? 0 : lateHours.length, cost });
}

function tooMuch(cost: ReadCost, limits: ReadLimits): string {
  const count = (n: number) => Math.ceil(n).toLocaleString('en-US');
  const rollups =
    cost.rollups === 0
      ? ''
      : ` and ${count(cost.rollups)} rollups (each counts as ${ROLLUP_HOST_MINUTES})`;
  return (
    `the query would read ${count(cost.hostMinutes)} host-minutes${rollups}, about ${count(cost.readUnits)} read units; ` +
    `the limit is ${count(limits.hostMinutes)} host-minutes and ${count(limits.readUnits)} read units: ` +
    'name fewer hosts (host, vm, uuid) or a shorter time'
  );
}

/** Adds minutes of the whole fleet, and tells how many they are, as far as `most`. */
function addFleetMinutes(minutes: Set<number>, spans: readonly Span[], most: number): number {
  let count = 0;
  for (const { fromMs, toMs } of spans) {
    // A minute of any host begins up to 59 s after the clock's.
    const first = Math.floor(fromMs / MINUTE_MS) - 1;
    const last = Math.floor(toMs / MINUTE_MS);
    count += last - first;
    if (count > most) return count;
    for (let minute = first; minute <= last; minute++) minutes.add(minute);
  }
  return count;
}

/** Adds the minutes of each writer and tells how many there are of it all, as far as `most`. */
function addMinutes(
  minutes: Map<number, Set<string>>,
  writers: readonly string[],
  spans: readonly Span[],
  most: number,
): number {
  let count = 0;
  for (const [index, writer] of writers.entries()) {
    for (const { fromMs, toMs } of spans) {
      const last = minuteOf(writer, toMs);
      const first = minuteOf(writer, fromMs);
      count += last - first + 1;
      if (count > most) return count * Math.ceil(writers.length / (index + 1));
      for (let minute = first; minute <= last; minute++) {
        const known = minutes.get(minute);
        if (known === undefined) minutes.set(minute, new Set([writer]));
        else known.add(writer);
      }
    }
  }
  return count;
}

interface LateHour {
  readonly writer: string;
  readonly hour: number;
  readonly spans: readonly Span[];
}

/** Hours a selection looks at that would come from rollups which do not have all of them. */
function lateOf(
  selection: Selection,
  { minuteEnd }: Borders,
  { fromMs, state }: Kept,
  { hosts, senders }: Wanted,
): LateHour[] {
  const ofHosts = hosts === 'all' ? undefined : new Set(hosts);
  const ofSenders = new Set(senders.map(senderWriter));
  const found: LateHour[] = [];
  for (const [writer, hours] of state.late) {
    const name = writerName(writer);
    const isWanted = name === writer ? (ofHosts?.has(writer) ?? true) : ofSenders.has(writer);
    if (!isWanted) continue;
    for (const hour of hours) {
      const startMs = hourStartMs(hour, phaseMs(name));
      if (hour >= minuteEnd || hour * HOUR_MS < fromMs) continue;
      const spans = spansOf(selection, startMs, startMs + HOUR_MS - 1);
      if (spans.length > 0) found.push({ writer, hour, spans });
    }
  }
  return found;
}

/** Time-major, items cost by their bytes; by key each costs whole half units. */
async function isCheaperWhole(wanted: readonly string[], reporters: Reporters): Promise<boolean> {
  // So few are never most of a fleet worth asking about.
  if (wanted.length <= 2) return false;
  const hosts = await reporters.hosts();
  const isWanted = new Set(wanted);
  let byKey = 0;
  let whole = 0;
  for (const { host, chunkBytes } of hosts) {
    whole += (chunkBytes ?? USUAL_CHUNK_BYTES) / UNIT_BYTES;
    if (isWanted.has(host)) byKey += Math.ceil((chunkBytes ?? USUAL_CHUNK_BYTES) / UNIT_BYTES);
  }
  return whole < byKey;
}

async function costOf(
  {
    fleetMinutes,
    hostMinutes,
    senderMinutes,
  }: Pick<ReadPlan, 'fleetMinutes' | 'hostMinutes' | 'senderMinutes'>,
  rollups: readonly RollupRange[],
  reporters: Reporters,
  shardCount: number,
): Promise<ReadCost> {
  let count = 0;
  let units = 0;
  if (fleetMinutes.size > 0) {
    const hosts = await reporters.hosts();
    const bytes = hosts.reduce((sum, { chunkBytes }) => sum + (chunkBytes ?? USUAL_CHUNK_BYTES), 0);
    count += fleetMinutes.size * Math.max(1, hosts.length);
    units += (fleetMinutes.size * Math.max(shardCount, Math.ceil(bytes / UNIT_BYTES))) / 2;
  }
  for (const hosts of hostMinutes.values()) count += hosts.size;
  units += await keyUnits(hostMinutes, reporters);
  for (const senders of senderMinutes.values()) {
    count += senders.size;
    units += senders.size / 2;
  }
  const ofRollups = await rollupCost(rollups, reporters);
  return { hostMinutes: count, rollups: ofRollups.count, readUnits: units + ofRollups.readUnits };
}

/** A host alone is not worth asking the inventory for: it is taken as usual. */
async function keyUnits(
  hostMinutes: ReadonlyMap<number, ReadonlySet<string>>,
  reporters: Reporters,
): Promise<number> {
  const minutesOf = new Map<string, number>();
  for (const hosts of hostMinutes.values()) {
    for (const host of hosts) minutesOf.set(host, (minutesOf.get(host) ?? 0) + 1);
  }
  const known = minutesOf.size > 2 ? await reporters.hosts() : [];
  const bytesOf = new Map(known.map(({ host, chunkBytes }) => [host, chunkBytes]));
  let units = 0;
  for (const [host, minutes] of minutesOf) {
    const bytes = bytesOf.get(host) ?? USUAL_CHUNK_BYTES;
    units += (minutes * Math.ceil(bytes / UNIT_BYTES)) / 2;
  }
  return units;
}
