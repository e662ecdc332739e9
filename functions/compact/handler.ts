import * as v from 'valibot';
import { DAY_MS, HOUR_MS } from '../../core/time.ts';
import { entryPoint } from '../log/entry-point.ts';
import { createLog } from '../log/log.ts';
import { writeMetricLine } from '../log/metric-line.ts';
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
import { changeShards, createShards } from '../store/shards.ts';
import { type CompactReport, compact } from './compact.ts';
import { runMetricLine } from './run-metrics.ts';

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
  const shards = createShards(table, settings.SHARD_COUNT, nowMs);
  const ports = {
    chunks: createChunkStore(table, shards),
    rollups: createRollupStore(table),
    progress: createCompactionProgress(table),
    lateHours: createLateHours(table),
    markLate: createLateMarker(table, shards, rawRetentionMs),
    hosts: async (atMs: number) => {
      const hosts = await inventory.hosts(atMs, atMs - rawRetentionMs);
      return hosts.map(({ host, chunkBytes = USUAL_CHUNK_BYTES, firstSeenMs }) => ({
        writer: host,
        chunkBytes,
        firstSeenMs,
      }));
    },
    rawRetentionMs,
    minuteRetentionMs: settings.MINUTE_RETENTION_DAYS * DAY_MS,
    hourRetentionMs: settings.HOUR_RETENTION_DAYS * DAY_MS,
    nowMs,
  };
  const run = async () => {
    const deadlineMs = nowMs() + settings.RUN_SECONDS * 1000;
    const epochs = await shards.upTo(Math.floor(nowMs() / HOUR_MS));
    await changeShards(table, settings.SHARD_COUNT, nowMs);
    return compact({ ...ports, epochs, deadlineMs });
  };
  return () => withPatience(settings.RUN_SECONDS * 1000 + PATIENCE_MS.compactExtra, run);
}

const log = createLog('compact');

/** Lambda's entry point, once an hour. A line for each shard: what was done, and what could not be. */
export const handler = entryPoint(
  log,
  (environment) => {
    const run = createHandler(environment);
    return async () => {
      const reports = await run();
      for (const { errors, ...done } of reports) {
        if (errors.length === 0) log.info('compacted', done);
        else log.error('compacted in part', { ...done, errors });
      }
      writeMetricLine(runMetricLine(reports, environment['DEPLOYMENT'], Date.now()));
    };
  },
  // A run may take as long as it has.
  Number.POSITIVE_INFINITY,
);
