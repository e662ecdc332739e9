import { BLOCK_DAYS, METRIC_GROUPS } from '../../core/rollup/blocks.ts';
import { DAY_MS } from '../../core/time.ts';
import { measureBlockMerge } from './block-merge.ts';
import { measureColdStarts } from './cold-start.ts';
import type { Deployment } from './deployment.ts';
import { fitLine, fitWork, type Measured, mapWork } from './fit.ts';
import { countItems, type ItemCount, type ItemSort } from './items.ts';
import { type Meter, meanWork, startMeter } from './meter.ts';
import { startServices } from './services.ts';
import { SimulatedFleet } from './simulated-fleet.ts';
import {
  at,
  type FleetShape,
  type Linear,
  type StoredItems,
  type TrafficProfile,
  type Work,
} from './traffic.ts';
import { measureQueries } from './usual-queries.ts';

export interface MeasureOptions {
  /** Hosts of the fleet that lives through the day. */
  readonly hosts?: number;
  /** Sizes of fleets that live only until the rules see all they look at. */
  readonly otherSizes?: readonly number[];
  /** How long the day is. Shorter ones are scaled up, and a little wrong: days grow until they are over. */
  readonly minutes?: number;
  readonly onProgress?: (line: string) => void;
}

const HOSTS = 4;
const OTHER_SIZES = [12, 24];
const DAY_MINUTES = 1440;
const HOUR_MINUTES = 60;
/** Rules look back six hours; the last of them is not rolled up yet. */
const WINDOW_MINUTES = 7 * HOUR_MINUTES;
/** Ticks of the other sizes; the first ones read the window. */
const WARM_UP_TICKS = 10;
const MEASURED_TICKS = 20;
/** Calls until the code is compiled: a function of 1,000 hosts has made them after two minutes, and lives for hours. */
const WARM_UP_CALLS = 2000;
/** ... but of a short run at most this part. */
const WARM_UP_PART_MAX = 0.5;
const START_MS = Date.UTC(2026, 9, 20);

/** DynamoDB deletes what has expired within a few days; until then it is stored and paid for. */
export const TTL_LAG_DAYS = 2;

/**
 * Measures what a fleet of this shape does to the functions and the table: a few hosts for a day, and
 * fleets of other sizes for what grows with the fleet. Takes some minutes.
 */
export async function measureTraffic(
  shape: FleetShape,
  retention: Deployment['retention'],
  options: MeasureOptions = {},
): Promise<TrafficProfile> {
  const { hosts = HOSTS, otherSizes = OTHER_SIZES, minutes = DAY_MINUTES } = options;
  const say = options.onProgress ?? (() => {});
  const services = await startServices();
  const meter = startMeter();
  try {
    say(`${hosts} hosts, ${minutes} minutes`);
    const day = await SimulatedFleet.open(services, { ...shape, hosts }, START_MS, meter);
    const whole = await liveThrough(day, hosts, minutes, meter);
    const sizes = [whole.size];
    for (const size of otherSizes) {
      say(`${size} hosts, ${Math.min(minutes, WINDOW_MINUTES)} minutes`);
      sizes.push(await measureSize(services, { ...shape, hosts: size }, minutes, meter));
    }
    const { profile, block } = whole;
    return {
      ...profile,
      batch: batchOf(profile.batch, sizes, shape.hosts),
      shape,
      runs: sizes.map((one) => ({ hosts: one.hosts, minutes: one.minutes })),
      tick: fitWork(sizes.map(({ hosts, tick }) => ({ hosts, value: tick }))),
      coldTick: fitWork(sizes.map(({ hosts, coldTick }) => ({ hosts, value: coldTick }))),
      compaction: compactionOf(whole.size, sizes, block),
      storage: steadyState(whole.items, { hosts, minutes }, shape.vmsPerHost, retention),
      coldStartMs: measureColdStarts(),
    };
  } finally {
    meter.stop();
    await services.close();
  }
}

/** What was measured with a fleet of one size. */
interface Size {
  readonly hosts: number;
  readonly minutes: number;
  readonly batch: Work;
  readonly tick: Work;
  readonly coldTick: Work;
  /** Run by run, oldest first. */
  readonly compactions: readonly Work[];
}

async function liveThrough(fleet: SimulatedFleet, hosts: number, minutes: number, meter: Meter) {
  try {
    // And until the last hour is rolled up.
    await fleet.run(minutes + 13);
    complain(fleet);
    const size: Size = {
      hosts,
      minutes,
      batch: meanBatch(fleet),
      tick: meanWork(fleet.ticks.slice(Math.floor(fleet.ticks.length / 2))),
      compactions: fleet.compactions.slice(),
      coldTick: await coldTickOf(fleet),
    };
    const queries = await measureQueries(fleet);
    const items = await countItems(fleet.table);
    const [first] = fleet.hosts;
    if (first === undefined) throw new Error('a fleet without hosts');
    const block = await measureBlockMerge(
      fleet.table,
      first.name,
      Math.floor(START_MS / DAY_MS),
      meter,
    );
    const blocks = (await countItems(fleet.table)).get('blocks of days');
    if (blocks !== undefined) items.set('blocks of days', blocks);
    const chunkBytes = fleet.chunkBytes.toSorted((a, b) => a - b);
    const profile = {
      seriesPerHost: first.seriesCount,
      samplesPerBatch: fleet.sampleCount,
      chunkBytes: chunkBytes.reduce((sum, bytes) => sum + bytes, 0) / chunkBytes.length,
      chunkBytes95: chunkBytes[Math.ceil(chunkBytes.length * 0.95) - 1] ?? 0,
      receiptBytes: fleet.receiptBytes,
      batch: size.batch,
      queries,
      logBytesPerTick:
        fleet.logBytes.reduce((sum, bytes) => sum + bytes, 0) / fleet.logBytes.length,
    };
    return { size, profile, items, block };
  } finally {
    fleet.close();
  }
}

async function measureSize(
  services: { readonly table: string; readonly sns: string },
  shape: FleetShape,
  minutes: number,
  meter: Meter,
): Promise<Size> {
  const fleet = await SimulatedFleet.open(services, shape, START_MS, meter);
  try {
    const before = Math.min(minutes, WINDOW_MINUTES);
    // The inventory must know the hosts, lest the compactor waits for the rest of the day.
    await fleet.run(2);
    await fleet.run(before, false);
    await fleet.run(WARM_UP_TICKS + MEASURED_TICKS);
    complain(fleet);
    return {
      hosts: shape.hosts,
      minutes: before,
      batch: meanBatch(fleet),
      tick: meanWork(fleet.ticks.slice(-MEASURED_TICKS)),
      compactions: fleet.compactions.slice(),
      coldTick: await coldTickOf(fleet),
    };
  } finally {
    fleet.close();
  }
}

function meanBatch({ batches }: SimulatedFleet): Work {
  const warmUp = Math.min(WARM_UP_CALLS, Math.floor(batches.length * WARM_UP_PART_MAX));
  return meanWork(batches.slice(warmUp));
}

/**
 * What ingest does for each batch of a fleet. It asks for each key once an hour, and some times a minute whether one
 * has ended, however many hosts there are: so what it reads in a minute grows with them as a line, and how long it
 * waits is that of the largest fleet.
 */
function batchOf(batch: Work, sizes: readonly Size[], hosts: number): Work {
  const { waits, tableCalls } = sizes.at(-1)?.batch ?? batch;
  const aMinute = sizes.map((size) => ({
    hosts: size.hosts,
    value: size.batch.readUnits * size.hosts,
  }));
  return { ...batch, waits, tableCalls, readUnits: at(fitLine(aMinute), hosts) / hosts };
}

/** A world in which something fails costs less than a real one. */
function complain(fleet: SimulatedFleet): void {
  const [error] = fleet.errors;
  if (error !== undefined) throw new Error(`the simulated fleet: ${error}`);
}

async function coldTickOf(fleet: SimulatedFleet): Promise<Work> {
  fleet.restartEvaluator();
  return fleet.tick();
}

/**
 * What every hour costs: days grow until they are over, so it is the mean of the whole day; which part of it the
 * number of hosts has nothing to do with is told by the hours that all sizes have.
 */
function compactionOf(whole: Size, sizes: readonly Size[], block: Work): Work<Linear> {
  const common = Math.min(...sizes.map(({ compactions }) => compactions.length));
  const first: Measured<Work>[] = sizes.map(({ hosts, compactions }) => ({
    hosts,
    // The first run of all finds little to do.
    value: meanWork(compactions.slice(common > 1 ? 1 : 0, common)),
  }));
  const fit = fitWork(first);
  const all = meanWork(whole.compactions.slice(whole.compactions.length > 1 ? 1 : 0));
  return mapWork((part) => {
    const { fixed } = fit[part];
    const perHost = Math.max(0, all[part] - fixed) / whole.hosts;
    return { fixed, perHost: perHost + block[part] / (BLOCK_DAYS * 24) };
  });
}

/** How many items of each sort there are when the oldest end as fast as new ones come. */
function steadyState(
  items: ReadonlyMap<ItemSort, ItemCount>,
  { hosts, minutes }: { hosts: number; minutes: number },
  vmsPerHost: number,
  { rawRetentionDays, minuteRetentionDays, hourRetentionDays }: Deployment['retention'],
): StoredItems[] {
  const stored = (name: ItemSort, fixed: number, perHost: number, grown = 1): StoredItems => {
    const { items: count, bytes } = items.get(name) ?? { items: 0, bytes: 0 };
    const itemBytes = count === 0 ? 0 : (bytes / count) * grown;
    return { name, itemBytes, count: count === 0 ? { fixed: 0, perHost: 0 } : { fixed, perHost } };
  };
  const rawDays = rawRetentionDays + TTL_LAG_DAYS;
  const minuteDays = minuteRetentionDays + TTL_LAG_DAYS;
  const hourDays = hourRetentionDays + TTL_LAG_DAYS;
  // Days and blocks of a shorter run have so much less in them.
  const grown = Math.max(1, DAY_MINUTES / minutes);
  const other = items.get('all else') ?? { items: 0, bytes: 0 };
  const ofRules = (items.get('samples of rules')?.items ?? 0) / minutes;
  return [
    stored('samples', 0, DAY_MINUTES * rawDays),
    stored('minute points', 0, 24 * minuteDays),
    stored('hour points', 0, hourDays, grown),
    stored('hour points of VMs', 0, hourDays * vmsPerHost, grown),
    stored('blocks of days', 0, (hourDays / BLOCK_DAYS) * METRIC_GROUPS, grown),
    stored('samples of rules', DAY_MINUTES * rawDays * ofRules, 0),
    stored('points of rules', 24 * minuteDays + hourDays, 0),
    stored('all else', 0, other.items / hosts),
  ];
}
