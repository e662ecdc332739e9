import { DYNAMODB } from './limits.ts';

/** A partition of the table: so much a second, and what it did not use of the last 300 s beside it. */
export interface PartitionLimit {
  readonly perSecond: number;
  /** How many seconds' worth it may save up; 0: nothing. */
  readonly burstSeconds: number;
}

export const WRITES: PartitionLimit = {
  perSecond: DYNAMODB.partitionWriteUnits,
  burstSeconds: DYNAMODB.burstSeconds,
};

/** One kind of units of one partition, as time goes on. */
export class Partition {
  readonly #limit: PartitionLimit;
  #tokens: number;
  #atS: number;

  /** Begins with what a partition at rest has saved. */
  constructor(limit: PartitionLimit, atS: number) {
    this.#limit = limit;
    this.#tokens = limit.perSecond * Math.max(1, limit.burstSeconds);
    this.#atS = atS;
  }

  /** Takes the units if they are there; `false`: the request is throttled and takes none. Times do not fall. */
  take(units: number, atS: number): boolean {
    const { perSecond, burstSeconds } = this.#limit;
    const most = perSecond * Math.max(1, burstSeconds);
    this.#tokens = Math.min(most, this.#tokens + (atS - this.#atS) * perSecond);
    this.#atS = atS;
    if (this.#tokens < units) return false;
    this.#tokens -= units;
    return true;
  }
}

/** How many partitions a table has: those it began with, and what its bytes take at 10 GB each. */
export function partitionCount(tableBytes: number): number {
  const first = DYNAMODB.newTableWriteUnits / DYNAMODB.partitionWriteUnits;
  return Math.max(first, Math.ceil(tableBytes / DYNAMODB.partitionBytes));
}

/**
 * Which partition keeps a key: DynamoDB hashes it, so two shards of a minute may meet in one. FNV-1a with a
 * finish that mixes its high bits into the low ones.
 */
export function partitionOf(key: string, count: number): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193) >>> 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b) >>> 0;
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35) >>> 0;
  return ((hash ^ (hash >>> 16)) >>> 0) % count;
}
