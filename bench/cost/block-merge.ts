import { BLOCK_DAYS, lastFinalBlock } from '../../core/rollup/blocks.ts';
import { dayOfHour } from '../../core/rollup/hours.ts';
import { sameShards } from '../../core/shard-epochs.ts';
import { DAY_MS } from '../../core/time.ts';
import { mergeDays } from '../../functions/compact/merge-days.ts';
import type { Table } from '../../functions/store/dynamo.ts';
import { createRollupStore } from '../../functions/store/rollups.ts';
import type { Meter } from './meter.ts';
import type { Work } from './traffic.ts';

/**
 * What the compactor does for a host once in `BLOCK_DAYS` days: puts them together. All days of the
 * block are like the one that the table has.
 */
export async function measureBlockMerge(
  table: Table,
  host: string,
  day: number,
  meter: Meter,
): Promise<Work> {
  const rollups = createRollupStore(table);
  const nowMs = (day + 1) * DAY_MS;
  const { points } = await rollups.day({ writer: host, vm: '', day }, nowMs);
  const rawRetentionMs = 7 * DAY_MS;
  const block = lastFinalBlock(nowMs, rawRetentionMs);
  const hourRetentionMs = 400 * DAY_MS;
  for (let of = block * BLOCK_DAYS; of < (block + 1) * BLOCK_DAYS; of++) {
    const moved = points.map((one) => ({
      ...one,
      timestamps: one.timestamps.map((ms) => ms + (of - day) * DAY_MS),
    }));
    await rollups.putDay({ writer: host, vm: '', day: of }, moved, 0, nowMs + hourRetentionMs);
  }
  const lease = {
    doneHour: (day + 1) * 24,
    doneBlock: block - 1,
    advance: async () => true,
    advanceBlock: async () => true,
    release: async () => {},
  };
  if (dayOfHour(lease.doneHour) <= block * BLOCK_DAYS)
    throw new Error(`block ${block} is not over`);
  const ports = {
    rollups,
    epochs: sameShards(1),
    rolledUp: async () => lease.doneHour,
    rawRetentionMs,
    hourRetentionMs,
    nowMs: () => nowMs,
  };
  const { used } = await meter.measure(() => mergeDays(ports, lease, 0, [host], () => true));
  return used;
}
