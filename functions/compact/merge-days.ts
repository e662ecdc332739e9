import {
  BLOCK_DAYS,
  lastFinalBlock,
  METRIC_GROUPS,
  metricGroup,
} from '../../core/rollup/blocks.ts';
import type { HourPoints } from '../../core/rollup/hour-points.ts';
import { dayOfHour } from '../../core/rollup/hours.ts';
import { replaceHours } from '../../core/rollup/replace-hours.ts';
import { labelValue, METRIC_NAME } from '../../core/series/labels.ts';
import { DAY_MS } from '../../core/time.ts';
import type { Lease } from '../store/compaction-progress.ts';
import type { RollupStore } from '../store/rollups.ts';

export interface MergePorts {
  readonly rollups: Pick<RollupStore, 'days' | 'putBlock'>;
  readonly rawRetentionMs: number;
  readonly hourRetentionMs: number;
  readonly nowMs: () => number;
}

const HOSTS_AT_ONCE = 8;

/**
 * Puts days of points of an hour together in blocks, of hosts, once nothing can change in them. What was
 * broken off is done again. Days stay as they are: of hosts unknown by now there is nothing else.
 */
export async function mergeDays(
  ports: MergePorts,
  lease: Lease,
  doneHour: number,
  hosts: readonly string[],
  hasTime: () => boolean,
): Promise<void> {
  const nowMs = ports.nowMs();
  const oldest = Math.floor((nowMs - ports.hourRetentionMs) / (BLOCK_DAYS * DAY_MS));
  const last = lastFinalBlock(nowMs, ports.rawRetentionMs);
  for (let block = Math.max(oldest, (lease.doneBlock ?? -1) + 1); block <= last; block++) {
    if (dayOfHour(doneHour + 1) < (block + 1) * BLOCK_DAYS) return;
    for (let at = 0; at < hosts.length; at += HOSTS_AT_ONCE) {
      if (!hasTime()) return;
      const some = hosts.slice(at, at + HOSTS_AT_ONCE);
      await Promise.all(some.map((host) => mergeBlock(ports, host, block)));
    }
    if (!(await lease.advanceBlock(block))) return;
  }
}

async function mergeBlock(
  { rollups, hourRetentionMs, nowMs }: MergePorts,
  host: string,
  block: number,
): Promise<void> {
  const [from, to] = [block * BLOCK_DAYS, (block + 1) * BLOCK_DAYS - 1];
  let points: HourPoints[] = [];
  // Each day goes after all there is.
  for (const day of await rollups.days(host, from, to, nowMs()))
    points = replaceHours(points, day, Infinity, Infinity);
  if (points.length === 0) return;
  const expiresAtMs = (to + 1) * DAY_MS + hourRetentionMs;
  for (let group = 0; group < METRIC_GROUPS; group++) {
    const ofGroup = points.filter(
      ({ labels }) => metricGroup(labelValue(labels, METRIC_NAME)) === group,
    );
    // One without series says that there are none.
    await rollups.putBlock(host, group, block, ofGroup, expiresAtMs);
  }
}
