import { PATIENCE_MS } from '../../functions/store/patience.ts';
import { durationMs } from '../cost/bill.ts';
import { DYNAMODB, LAMBDA } from './limits.ts';
import { type MeasuredFleet, workAt } from './profile.ts';

/** What a deployment is set to, as far as it bounds what a fleet may do. */
export interface ScaleSettings {
  readonly shardCount: number;
  readonly ingestMemoryMb: number;
  readonly evaluatorMemoryMb: number;
  readonly compactorMemoryMb: number;
  /** Calls of ingest at once: reserved, or what the account has. */
  readonly concurrencyMax: number;
  readonly queryMaxHostMinutes: number;
}

/** One thing that there is only so much of. */
export interface Resource {
  readonly name: string;
  readonly unit: string;
  readonly load: number;
  readonly limit: number;
  /** What moves the wall. */
  readonly setting: string;
}

const MB = 1 << 20;
const KEY_READ_UNITS = 1;
const MINUTE_S = 60;
/**
 * Beside what is held there is what a tick makes and drops, and the process itself. With V8 held to 290 MB an
 * evaluator of 150 hosts with ten VMs held 134 MB and took 346 at most.
 */
const ROOM = 1.5;
const NODE_BYTES = 150 * MB;
/** Reading for a tick ends then; what was read by then the next one finds: functions/store/patience.ts. */
const READ_MAX_S = PATIENCE_MS.evaluateRead / 1000;
/** A tick that takes longer is ended: infra/aws/constructs/evaluator.ts. */
const TICK_MAX_S = 55;
/** A run of the compactor begins no hour that would end later: functions/compact/handler.ts, RUN_SECONDS. */
const COMPACTION_MAX_S = 840;
/** The newest minutes that an instant query about all hosts looks at: docs/query-cost.md. */
const QUERY_MINUTES = 7;
/** By chance some second gets more than the others: of a Poisson number, four deviations. */
const DEVIATIONS = 4;

/** How much of each resource a fleet of this size uses, by arithmetic alone. */
export function resourcesOf(
  hosts: number,
  fleet: MeasuredFleet,
  settings: ScaleSettings,
): Resource[] {
  const batches = peakOf(hosts / MINUTE_S);
  return [
    ...table(hosts, fleet, settings),
    ...ingest(batches, fleet, settings),
    ...evaluator(hosts, fleet, settings),
    ...others(hosts, fleet, settings),
  ];
}

/** A fleet posts at random seconds of the minute: what its fullest one has. */
function peakOf(perSecond: number): number {
  return perSecond + DEVIATIONS * Math.sqrt(perSecond);
}

function table(hosts: number, fleet: MeasuredFleet, { shardCount }: ScaleSettings): Resource[] {
  const { writeUnits } = fleet.batch;
  const perSecond = hosts / MINUTE_S;
  const minuteUnits = (hosts / shardCount) * (fleet.chunkBytes / (8 << 10));
  return [
    {
      name: "writes of a shard's minute",
      unit: 'units/s',
      load: peakOf(perSecond / shardCount) * writeUnits,
      limit: DYNAMODB.partitionWriteUnits,
      setting: 'shardCount',
    },
    {
      name: "one read of a shard's minute",
      unit: 's',
      load: minuteUnits / DYNAMODB.partitionReadUnits,
      // The next tick reads it again, beside four others.
      limit: TICK_MAX_S / 5,
      setting: 'shardCount',
    },
    {
      name: 'writes of the table',
      unit: 'units/s',
      load: peakOf(perSecond) * writeUnits,
      limit: DYNAMODB.tableWriteUnits,
      setting: "the table's quota",
    },
    {
      name: "writes of the evaluator's state",
      unit: 'units/s',
      load: workAt(fleet.tick, hosts).writeUnits / MINUTE_S,
      limit: DYNAMODB.partitionWriteUnits,
      setting: 'none: it is one key',
    },
    {
      name: "reads of hosts' keys",
      unit: 'units/s',
      // With many instances of ingest, and more hosts than one remembers, hardly one knows the key.
      load: peakOf(perSecond) * KEY_READ_UNITS,
      limit: DYNAMODB.partitionReadUnits,
      setting: 'DynamoDB splits it: keys are hashes',
    },
  ];
}

function ingest(
  batchesPerSecond: number,
  fleet: MeasuredFleet,
  { ingestMemoryMb, concurrencyMax }: ScaleSettings,
): Resource[] {
  const tookMs = durationMs(fleet.batch, ingestMemoryMb);
  const atOnce = peakOf((batchesPerSecond * tookMs) / 1000);
  return [
    {
      name: 'calls of ingest at once',
      unit: 'calls',
      load: Math.max(atOnce, batchesPerSecond / LAMBDA.callsPerEnvironment),
      limit: concurrencyMax,
      setting: "ingestConcurrencyMax, the account's quota",
    },
  ];
}

function evaluator(
  hosts: number,
  fleet: MeasuredFleet,
  { evaluatorMemoryMb: memoryMb }: ScaleSettings,
): Resource[] {
  const memory = 'evaluatorMemoryMb';
  const seconds = (line: MeasuredFleet['tick']) => durationMs(workAt(line, hosts), memoryMb) / 1000;
  return [
    {
      name: "evaluator's memory",
      unit: 'MB',
      load:
        ((fleet.tickLiveBytes.fixed + fleet.tickLiveBytes.perHost * hosts) * ROOM + NODE_BYTES) /
        MB,
      limit: memoryMb,
      setting: memory,
    },
    {
      name: "evaluator's start, no rules until then",
      unit: 's',
      load: seconds(fleet.coldTick),
      // It goes on at the next tick: so many times this, so many minutes. Beyond it starts are felt.
      limit: READ_MAX_S,
      setting: 'rules that look back less; several deployments',
    },
    {
      name: "evaluator's tick",
      unit: 's',
      load: seconds(fleet.tick),
      limit: TICK_MAX_S,
      setting: 'several deployments',
    },
  ];
}

function others(hosts: number, fleet: MeasuredFleet, settings: ScaleSettings): Resource[] {
  const compaction = workAt(fleet.compaction, hosts);
  const tookS = durationMs(compaction, settings.compactorMemoryMb) / 1000;
  return [
    {
      name: "compactor's run for an hour",
      unit: 's',
      load: tookS,
      limit: COMPACTION_MAX_S,
      setting: 'several deployments',
    },
    {
      name: "compactor's writes, all tables' keys",
      unit: 'units/s',
      load: tookS === 0 ? 0 : compaction.writeUnits / tookS,
      limit: DYNAMODB.newTableWriteUnits,
      setting: 'none needed: one thread does not write faster',
    },
    {
      name: 'one question about all hosts, now',
      unit: 'host-minutes',
      load: hosts * QUERY_MINUTES,
      limit: settings.queryMaxHostMinutes,
      setting: 'queryMaxHostMinutes, and ask for less',
    },
  ];
}

export type Verdict = 'fits' | 'tight' | 'WALL';

/** Twice what is used shall be there. */
export function verdictOf({ load, limit }: Pick<Resource, 'load' | 'limit'>): Verdict {
  if (load > limit) return 'WALL';
  return load * 2 > limit ? 'tight' : 'fits';
}

const HOSTS_MAX = 10_000_000;

/** With how many hosts each resource is used up; `HOSTS_MAX` and more is said to be that. */
export function wallsOf(
  fleet: MeasuredFleet,
  settings: ScaleSettings,
): { readonly name: string; readonly hosts: number; readonly setting: string }[] {
  return resourcesOf(1, fleet, settings).map(({ name, setting }, at) => {
    let [fits, not] = [0, HOSTS_MAX];
    while (not - fits > 1) {
      const middle = Math.floor((fits + not) / 2);
      const one = resourcesOf(middle, fleet, settings)[at];
      if (one !== undefined && verdictOf(one) !== 'WALL') fits = middle;
      else not = middle;
    }
    return { name, hosts: fits, setting };
  });
}
