import type { MinuteSets } from './minute-sets.ts';
import { rollupCost } from './rollup-plan.ts';
import type { RollupRange } from './rollup-reader.ts';
import type { Reporters } from './wanted-writers.ts';

/** What would be too much to read for one query. */
export interface ReadLimits {
  /** A host-minute takes some 0.1 ms to decode, so this is also seconds. */
  readonly hostMinutes: number;
  readonly readUnits: number;
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

export function isTooMuch(cost: ReadCost, limits: ReadLimits): boolean {
  const decoded = cost.hostMinutes + cost.rollups * ROLLUP_HOST_MINUTES;
  return decoded > limits.hostMinutes || cost.readUnits > limits.readUnits;
}

/** What would be read, and what the limit is. */
export function tooMuchText(cost: ReadCost, limits: ReadLimits): string {
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

/** Time-major, items cost by their bytes; by key each costs whole half units. */
export async function isCheaperWhole(
  wanted: readonly string[],
  reporters: Reporters,
): Promise<boolean> {
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

/** Of a minute of the whole fleet. */
export async function fleetMinuteUnits(reporters: Reporters, shardCount: number): Promise<number> {
  const hosts = await reporters.hosts();
  const bytes = hosts.reduce((sum, { chunkBytes }) => sum + (chunkBytes ?? USUAL_CHUNK_BYTES), 0);
  return Math.max(shardCount, Math.ceil(bytes / UNIT_BYTES)) / 2;
}

export async function costOf(
  { fleetMinutes, hostMinutes, senderMinutes }: MinuteSets,
  rollups: readonly RollupRange[],
  reporters: Reporters,
  shardCount: number,
): Promise<ReadCost> {
  let count = 0;
  let units = 0;
  if (fleetMinutes.size > 0) {
    const hosts = await reporters.hosts();
    count += fleetMinutes.size * Math.max(1, hosts.length);
    units += fleetMinutes.size * (await fleetMinuteUnits(reporters, shardCount));
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

/** Of minutes read by key. A host alone is not worth asking the inventory for: it is taken as usual. */
export async function keyUnits(
  hostMinutes: MinuteSets['hostMinutes'],
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
