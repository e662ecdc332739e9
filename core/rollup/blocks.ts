import { shardOf } from '../host-minute.ts';
import { DAY_MS } from '../time.ts';

/**
 * Days of a host's points of an hour are put together in blocks, by groups of metrics: a year of one
 * metric is then a dozen small items, not 365 of which a small part is wanted.
 */
export const BLOCK_DAYS = 32;
export const METRIC_GROUPS = 8;

/** Blocks are counted from 1970. */
export function blockOfDay(day: number): number {
  return Math.floor(day / BLOCK_DAYS);
}

/** The newest block that nothing can come late for: of all its time no chunk is kept any more. */
export function lastFinalBlock(nowMs: number, rawRetentionMs: number): number {
  return blockOfDay(Math.floor((nowMs - rawRetentionMs) / DAY_MS) - 1) - 1;
}

/** In which group a metric is, by its name. */
export function metricGroup(name: string): number {
  return shardOf(name, METRIC_GROUPS);
}
