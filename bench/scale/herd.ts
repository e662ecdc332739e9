import { catchUpWaitMs, retryWaitMs } from '../../agent/delivery.ts';
import { MINUTE_MS, phaseMs, shardOf } from '../../core/host-minute.ts';
import { minutePartition } from '../../functions/store/item-keys.ts';
import { hostName, UNDERWAY_MS } from './arrivals.ts';
import { DYNAMODB, LAMBDA } from './limits.ts';
import { Partition, type PartitionLimit, partitionOf } from './partition.ts';

export interface HerdLoad {
  readonly hosts: number;
  readonly shards: number;
  readonly partitions: number;
  readonly unitsPerBatch: number;
  /** How long nothing could be posted. */
  readonly outageMinutes: number;
  /** What a call of ingest takes, and one that the table refused, ms. */
  readonly storedMs: number;
  readonly refusedMs: number;
  /** What ingest asks those to wait that it could not store, ms. */
  readonly retryAfterMs: number;
  /** Calls of ingest at once. */
  readonly concurrencyMax: number;
}

export interface HerdOutcome {
  /** Posts in the fullest second, whatever became of them. */
  readonly peakPerSecond: number;
  readonly peakConcurrency: number;
  /** Posts that Lambda had no room for (429), and that the table did not take (503). */
  readonly noRoom: number;
  readonly throttled: number;
  readonly stored: number;
  /** From the end of the outage until 99 of 100 hosts, and all, have sent everything; absent: not within `giveUpMinutes`. */
  readonly caughtUp99S?: number;
  readonly caughtUpS?: number;
}

const SLOT_MS = 100;
const GIVE_UP_MINUTES = 60;
/** Failures after which waits do not grow any more. */
const LONG_FAILED = 10;

interface Agent {
  readonly phaseMs: number;
  readonly shard: number;
  /** Minutes that are over and not sent, oldest first; counted from the beginning of the outage. */
  readonly waiting: number[];
  /** The minute that is still open, and the newest that has had its turn. */
  open: number;
  tried: number;
  failures: number;
  isDone: boolean;
}

/**
 * The end of an outage: every agent has its minutes in the spool and comes when its wait is over, then sends
 * them one by one, as `agent/delivery.ts` does. In steps of 100 ms.
 */
export function simulateHerd(
  load: HerdLoad,
  limit: PartitionLimit,
  random: () => number,
): HerdOutcome {
  const world = new World(load, limit, random);
  return world.run();
}

class World {
  readonly #load: HerdLoad;
  readonly #random: () => number;
  readonly #agents: Agent[];
  readonly #partitions: Partition[];
  readonly #slots: number[][] = [];
  /** Ends of calls under way, by slot. */
  readonly #ends: number[] = [];
  readonly #doneAtS: number[] = [];
  #environments: number;
  #busy = 0;
  #tableUnits = 0;
  #noRoom = 0;
  #throttled = 0;
  #stored = 0;

  constructor(load: HerdLoad, limit: PartitionLimit, random: () => number) {
    this.#load = load;
    this.#random = random;
    this.#partitions = Array.from({ length: load.partitions }, () => new Partition(limit, 0));
    // Warm are as many as a usual minute takes.
    this.#environments = Math.min(load.concurrencyMax, Math.ceil(load.hosts / 60 / 10) + 1);
    this.#agents = Array.from({ length: load.hosts }, (_, index) => {
      const host = hostName(index);
      const waiting = Array.from({ length: load.outageMinutes }, (_, minute) => minute);
      return {
        phaseMs: phaseMs(host),
        shard: shardOf(host, load.shards),
        waiting,
        open: load.outageMinutes,
        tried: load.outageMinutes - 1,
        failures: LONG_FAILED,
        isDone: false,
      };
    });
    // Each is somewhere in a wait of up to a minute.
    for (let index = 0; index < load.hosts; index++)
      this.#at(retryWaitMs(LONG_FAILED, undefined, random()), index);
  }

  run(): HerdOutcome {
    const perSecond: number[] = [];
    let peakConcurrency = 0;
    const slots = (GIVE_UP_MINUTES * MINUTE_MS) / SLOT_MS;
    for (let slot = 0; slot < slots && this.#doneAtS.length < this.#load.hosts; slot++) {
      const second = Math.floor((slot * SLOT_MS) / 1000);
      this.#busy -= this.#ends[slot] ?? 0;
      this.#environments = Math.min(
        this.#load.concurrencyMax,
        this.#environments + (LAMBDA.environmentsPerSecond * SLOT_MS) / 1000,
      );
      if (slot % (1000 / SLOT_MS) === 0) this.#tableUnits = 0;
      const coming = this.#slots[slot] ?? [];
      delete this.#slots[slot];
      perSecond[second] = (perSecond[second] ?? 0) + coming.length;
      let taken = 0;
      for (const index of coming) taken += this.#post(index, slot, taken) ? 1 : 0;
      peakConcurrency = Math.max(peakConcurrency, this.#busy);
    }
    const { hosts } = this.#load;
    const done99 = this.#doneAtS[Math.ceil(hosts * 0.99) - 1];
    const done = this.#doneAtS[hosts - 1];
    return {
      peakPerSecond: Math.max(0, ...perSecond.filter((one) => one !== undefined)),
      peakConcurrency,
      noRoom: this.#noRoom,
      throttled: this.#throttled,
      stored: this.#stored,
      ...(done99 === undefined ? {} : { caughtUp99S: done99 }),
      ...(done === undefined ? {} : { caughtUpS: done }),
    };
  }

  /** Whether it got a place in Lambda. `taken`: calls that began in this slot before it. */
  #post(index: number, slot: number, taken: number): boolean {
    const agent = this.#agents[index];
    if (agent === undefined) throw new Error(`no agent ${index}`);
    const nowMs = slot * SLOT_MS;
    const room = Math.floor(this.#environments);
    if (this.#busy >= room || taken >= (room * LAMBDA.callsPerEnvironment * SLOT_MS) / 1000) {
      this.#noRoom++;
      this.#failed(agent, index, nowMs, undefined);
      return false;
    }
    const minute = this.#pick(agent, nowMs);
    const isStored = this.#write(agent.shard, minute, nowMs);
    const { storedMs, refusedMs, retryAfterMs } = this.#load;
    const tookMs = isStored ? storedMs : refusedMs;
    this.#busy++;
    const end = slot + Math.max(1, Math.ceil(tookMs / SLOT_MS));
    this.#ends[end] = (this.#ends[end] ?? 0) + 1;
    if (isStored) this.#succeeded(agent, index, minute, nowMs + tookMs);
    else {
      this.#throttled++;
      this.#failed(agent, index, nowMs + tookMs, retryAfterMs);
    }
    return true;
  }

  /** What is newest, once; then the oldest. */
  #pick(agent: Agent, nowMs: number): number {
    const open = this.#load.outageMinutes + Math.floor((nowMs - agent.phaseMs) / MINUTE_MS);
    for (; agent.open < open; agent.open++) agent.waiting.push(agent.open);
    const newest = agent.waiting.at(-1);
    const oldest = agent.waiting[0];
    if (newest === undefined || oldest === undefined) throw new Error('an agent without a minute');
    if (newest <= agent.tried) return oldest;
    agent.tried = newest;
    return newest;
  }

  #write(shard: number, minute: number, nowMs: number): boolean {
    const { unitsPerBatch, partitions } = this.#load;
    if (this.#tableUnits + unitsPerBatch > DYNAMODB.tableWriteUnits) return false;
    const place = partitionOf(minutePartition(minute, shard), partitions);
    if (this.#partitions[place]?.take(unitsPerBatch, nowMs / 1000) !== true) return false;
    this.#tableUnits += unitsPerBatch;
    return true;
  }

  #failed(agent: Agent, index: number, atMs: number, askedMs: number | undefined): void {
    agent.failures++;
    this.#at(atMs + retryWaitMs(agent.failures, askedMs, this.#random()), index);
  }

  #succeeded(agent: Agent, index: number, minute: number, atMs: number): void {
    this.#stored++;
    agent.failures = 0;
    agent.waiting.splice(agent.waiting.indexOf(minute), 1);
    if (agent.waiting.length > 0) {
      this.#at(atMs + catchUpWaitMs(this.#random()), index);
      return;
    }
    if (!agent.isDone) this.#doneAtS.push(atMs / 1000);
    agent.isDone = true;
    // From here on it posts a minute at a time, when that is over.
    const openEndsMs = (agent.open - this.#load.outageMinutes + 1) * MINUTE_MS + agent.phaseMs;
    this.#at(openEndsMs + this.#random() * UNDERWAY_MS, index);
  }

  #at(atMs: number, index: number): void {
    const slot = Math.ceil(atMs / SLOT_MS) + 1;
    const known = this.#slots[slot];
    if (known === undefined) this.#slots[slot] = [index];
    else known.push(index);
  }
}
