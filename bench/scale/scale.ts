import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { durationMs } from '../cost/bill.ts';
import { readDeployment } from '../cost/deployment.ts';
import { UsageError } from '../usage-error.ts';
import { simulateWrites } from './arrivals.ts';
import { simulateHerd } from './herd.ts';
import { LAMBDA } from './limits.ts';
import { measureProfile } from './measure-profile.ts';
import { partitionCount, WRITES } from './partition.ts';
import { fleetOf, type MeasuredFleet, readProfile } from './profile.ts';
import { repeatableRandom } from './random.ts';
import { resourcesOf, type ScaleSettings, verdictOf, wallsOf } from './resources.ts';

const USAGE = `npm run bench -- scale [--hosts 1000,10000,100000] [--vms 0,10] [--shards N] [--concurrency N]
    [--evaluator-memory MB] [--outage MINUTES] [--profile FILE]   shows where a fleet hits a wall
npm run bench -- scale --measure FILE [--sizes 100,300,1000]       measures the profile, some 10 minutes`;

const OPTIONS = {
  hosts: { type: 'string', default: '1000,10000,100000' },
  vms: { type: 'string', default: '0,10' },
  shards: { type: 'string' },
  concurrency: { type: 'string' },
  'evaluator-memory': { type: 'string' },
  outage: { type: 'string', default: '10' },
  profile: { type: 'string' },
  measure: { type: 'string' },
  sizes: { type: 'string', default: '100,300,1000' },
} as const;

/** Partitions' minutes that are simulated: enough for shards of a minute to meet in one. */
const MINUTES = 15;
/** The SDK's tries against a table that throttles, before ingest says so. */
const REFUSED_MS = 500;
/** functions/ingest/handler.ts, BUSY_RETRY_MS. */
const RETRY_AFTER_MS = 5000;
const SEED = 1;

/** Where fleets hit a wall, which one, and what moves it. */
export async function benchScale(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  if (values.measure !== undefined) {
    const profile = await measureProfile(
      numbers('vms', values.vms),
      numbers('sizes', values.sizes),
    );
    writeFileSync(values.measure, `${JSON.stringify(profile, undefined, 2)}\n`);
    return;
  }
  const profile = readProfile(values.profile);
  const settings = settingsFrom(values);
  const [outageMinutes = 10] = numbers('outage', values.outage);
  const fleetSizes = numbers('hosts', values.hosts);
  console.log(`${profile.measuredBy}\n${settingsLine(settings)}\n`);
  for (const vms of numbers('vms', values.vms)) {
    const fleet = fleetOf(profile, vms);
    for (const hosts of fleetSizes) {
      console.log(`${count(hosts)} hosts x ${vms} VMs`);
      console.table(fleetTable(hosts, fleet, settings));
      console.table(simulated(hosts, fleet, settings, outageMinutes));
    }
    console.log(`With how many hosts of ${vms} VMs each wall is hit`);
    console.table(
      Object.fromEntries(
        wallsOf(fleet, settings)
          .toSorted((a, b) => a.hosts - b.hosts)
          .map(({ name, hosts, setting }) => [name, { hosts: count(hosts), 'moved by': setting }]),
      ),
    );
  }
}

function settingsFrom(values: {
  shards?: string;
  concurrency?: string;
  'evaluator-memory'?: string;
}): ScaleSettings {
  const one = (name: string, text: string | undefined, otherwise: number) =>
    text === undefined ? otherwise : (numbers(name, text)[0] ?? otherwise);
  const { memoryMb } = readDeployment();
  return {
    shardCount: one('shards', values.shards, 1),
    ingestMemoryMb: memoryMb.Ingest,
    evaluatorMemoryMb: one('evaluator-memory', values['evaluator-memory'], memoryMb.Evaluator),
    compactorMemoryMb: memoryMb.Compactor,
    concurrencyMax: one('concurrency', values.concurrency, LAMBDA.concurrency),
    queryMaxHostMinutes: 100_000,
  };
}

function settingsLine(settings: ScaleSettings): string {
  return `${settings.shardCount} shards, ${settings.concurrencyMax} calls of ingest at once, evaluator with ${settings.evaluatorMemoryMb} MB`;
}

/** `1000,10000`: whole numbers; throws naming the option. */
function numbers(name: string, text: string): number[] {
  return text.split(',').map((part) => {
    if (!/^\d{1,7}$/.test(part))
      throw new UsageError(`--${name} ${text}: not whole numbers\n${USAGE}`);
    return Number(part);
  });
}

function fleetTable(hosts: number, fleet: MeasuredFleet, settings: ScaleSettings) {
  return Object.fromEntries(
    resourcesOf(hosts, fleet, settings).map((one) => [
      `${one.name}, ${one.unit}`,
      {
        load: rounded(one.load),
        limit: rounded(one.limit),
        headroom: `${rounded(one.limit / one.load)} x`,
        verdict: verdictOf(one),
        'moved by': one.setting,
      },
    ]),
  );
}

/** What arithmetic does not tell: shards that meet in a partition, and all agents that come at once. */
function simulated(
  hosts: number,
  fleet: MeasuredFleet,
  { shardCount: shards, ingestMemoryMb, concurrencyMax }: ScaleSettings,
  outageMinutes: number,
) {
  const unitsPerBatch = Math.ceil(fleet.batch.writeUnits);
  const partitions = partitionCount(hosts * fleet.storedBytesPerHost);
  const load = { hosts, shards, partitions, unitsPerBatch };
  const steadily = (limit: typeof WRITES) =>
    simulateWrites(load, MINUTES, limit, repeatableRandom(SEED));
  const [saved, bare] = [steadily(WRITES), steadily({ ...WRITES, burstSeconds: 0 })];
  const each = (outcome: typeof saved) => ({
    'posts/s at most': count(outcome.peakPerSecond),
    throttled: percent(outcome.throttledShare),
  });
  const rows: Record<string, object> = {
    [`usual, ${partitions} partitions, with burst`]: each(saved),
    'usual, without burst': each(bare),
  };
  // What can't keep up on usual days never catches up.
  if (bare.throttledShare > 0.01) return rows;
  const herd = simulateHerd(
    {
      ...load,
      outageMinutes,
      storedMs: durationMs(fleet.batch, ingestMemoryMb),
      refusedMs: REFUSED_MS,
      retryAfterMs: RETRY_AFTER_MS,
      concurrencyMax,
    },
    { ...WRITES, burstSeconds: 0 },
    repeatableRandom(SEED),
  );
  rows[`after ${outageMinutes} min without ingest, without burst`] = {
    'posts/s at most': count(herd.peakPerSecond),
    throttled: percent(herd.throttled / (herd.stored + herd.throttled)),
    'no room (429)': count(herd.noRoom),
    'calls at once': count(herd.peakConcurrency),
    '99 % caught up, s':
      herd.caughtUp99S === undefined ? 'not in an hour' : Math.round(herd.caughtUp99S),
    'all, s': herd.caughtUpS === undefined ? 'not in an hour' : Math.round(herd.caughtUpS),
  };
  return rows;
}

function percent(share: number): string {
  return `${rounded(share * 100)} %`;
}

function rounded(value: number): string {
  if (value >= 100) return count(Math.round(value));
  return String(Number(value.toPrecision(2)));
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}
