import { minuteStartMs, phaseMs, shardOf } from '../../core/host-minute.ts';
import { minutePartition } from '../../functions/store/item-keys.ts';
import { Partition, type PartitionLimit, partitionOf } from './partition.ts';

/** From the end of a host's minute until its batch is stored: the last sample, and the way over the Internet. */
export const UNDERWAY_MS = 2000;

export interface WriteLoad {
  readonly hosts: number;
  readonly shards: number;
  readonly partitions: number;
  readonly unitsPerBatch: number;
}

export interface WriteOutcome {
  /** Requests in the fullest second. */
  readonly peakPerSecond: number;
  /** Units that one key (a shard's minute) gets in its fullest second. */
  readonly peakKeyUnits: number;
  /** Of all batches, those that were throttled at first. */
  readonly throttledShare: number;
}

export function hostName(index: number): string {
  return `kvm${index}.example.net`;
}

/**
 * A fleet's batches for some minutes, against partitions that hold what the limit says. Each host posts when its own
 * minute ends (`phaseMs`), within two seconds; its shard is `shardOf`.
 */
export function simulateWrites(
  { hosts, shards, partitions, unitsPerBatch }: WriteLoad,
  minutes: number,
  limit: PartitionLimit,
  random: () => number,
): WriteOutcome {
  // By second of the minute: the shards that get a batch then.
  const bySecond = Array.from({ length: 64 }, (): number[] => []);
  for (let index = 0; index < hosts; index++) {
    const host = hostName(index);
    const atMs = phaseMs(host) + random() * UNDERWAY_MS;
    bySecond[Math.floor(atMs / 1000)]?.push(shardOf(host, shards));
  }
  const table = Array.from({ length: partitions }, () => new Partition(limit, 0));
  let throttled = 0;
  for (let minute = 0; minute < minutes; minute++) {
    const places = Array.from({ length: shards }, (_, shard) =>
      partitionOf(minutePartition(minute, shard), partitions),
    );
    // The last seconds run into the next minute's first: near enough, as those go to other keys.
    for (const [second, batches] of bySecond.entries()) {
      const atS = minuteStartMs('', minute) / 1000 + Math.min(59, second);
      for (const shard of batches)
        if (table[places[shard] ?? 0]?.take(unitsPerBatch, atS) !== true) throttled++;
    }
  }
  const keyPeaks = bySecond.map((batches) => {
    const counts = new Map<number, number>();
    for (const shard of batches) counts.set(shard, (counts.get(shard) ?? 0) + 1);
    return Math.max(0, ...counts.values());
  });
  return {
    peakPerSecond: Math.max(...bySecond.map((batches) => batches.length)),
    peakKeyUnits: Math.max(...keyPeaks) * unitsPerBatch,
    throttledShare: hosts === 0 ? 0 : throttled / (hosts * minutes),
  };
}
