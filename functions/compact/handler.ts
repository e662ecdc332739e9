import * as v from 'valibot';
import { DAY_MS } from '../../core/time.ts';
import { createChunkStore } from '../store/chunks.ts';
import { createCompactionProgress } from '../store/compaction-progress.ts';
import { openTable } from '../store/dynamo.ts';
import { createInventoryStore } from '../store/inventory.ts';
import { createLateHours } from '../store/late-hours.ts';
import { createLateMarker } from '../store/late-marker.ts';
import { PATIENCE_MS, withPatience } from '../store/patience.ts';
import { createRollupStore } from '../store/rollups.ts';
import {
  ROLLUP_SETTINGS,
  readSettings,
  TABLE_SETTINGS,
  tableAddress,
  wholeNumber,
} from '../store/settings.ts';
import { type CompactReport, compactShard } from './compact.ts';

const SETTINGS = {
  ...TABLE_SETTINGS,
  ...ROLLUP_SETTINGS,
  /** How long one run may take: the function's own limit, and a little less. */
  RUN_SECONDS: v.optional(wholeNumber(61, 880), '840'),
};

/** A host whose size nobody knows yet. */
const USUAL_CHUNK_BYTES = 1500;

type Environment = Readonly<Record<string, string | undefined>>;
type Handler = () => Promise<readonly CompactReport[]>;

/** The compactor for an environment: makes its clients, calls nothing yet. */
export function createHandler(environment: Environment, nowMs: () => number = Date.now): Handler {
  const settings = readSettings(SETTINGS, environment);
  const table = openTable(tableAddress(settings));
  const rawRetentionMs = settings.RAW_RETENTION_DAYS * DAY_MS;
  const inventory = createInventoryStore(table);
  const ports = {
    chunks: createChunkStore(table, settings.SHARD_COUNT),
    rollups: createRollupStore(table),
    progress: createCompactionProgress(table),
    lateHours: createLateHours(table),
    markLate: createLateMarker(table, settings.SHARD_COUNT, rawRetentionMs),
    hosts: async (atMs: number) => {
      const hosts = await inventory.hosts(atMs, atMs - rawRetentionMs);
      return hosts.map(({ host, chunkBytes = USUAL_CHUNK_BYTES, firstSeenMs }) => ({
        writer: host,
        chunkBytes,
        firstSeenMs,
      }));
    },
    shardCount: settings.SHARD_COUNT,
    rawRetentionMs,
    minuteRetentionMs: settings.MINUTE_RETENTION_DAYS * DAY_MS,
    hourRetentionMs: settings.HOUR_RETENTION_DAYS * DAY_MS,
    nowMs,
  };
  const run = async () => {
    const deadlineMs = nowMs() + settings.RUN_SECONDS * 1000;
    const reports: CompactReport[] = [];
    for (let shard = 0; shard < settings.SHARD_COUNT; shard++)
      reports.push(await compactShard({ ...ports, deadlineMs }, shard));
    return reports;
  };
  return () => withPatience(settings.RUN_SECONDS * 1000 + PATIENCE_MS.compactExtra, run);
}

let warm: Handler | undefined;

/** Lambda's entry point. */
export const handler = async (): Promise<void> => {
  warm ??= createHandler(process.env);
  for (const report of await warm()) {
    // A line an hour and shard: what it did, and what it could not read.
    process.stdout.write(`${JSON.stringify({ message: 'compacted', ...report })}\n`);
  }
};
