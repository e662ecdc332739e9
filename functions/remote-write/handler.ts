import type { LambdaFunctionURLEvent, LambdaFunctionURLResult } from 'aws-lambda';
import type { RateLimit } from '../../core/rate-limit.ts';
import { err, type Result } from '../../core/result.ts';
import { DAY_MS } from '../../core/time.ts';
import { securedHandler } from '../http-headers.ts';
import {
  GUESS_LIMITS,
  type GuardedKeys,
  guardGuesses,
  tooManyGuesses,
} from '../ingest/guess-guard.ts';
import { createLimiter, type Limiter } from '../ingest/limiter.ts';
import { createOwnerCache } from '../ingest/owner-cache.ts';
import { entryPoint } from '../log/entry-point.ts';
import { createLog } from '../log/log.ts';
import { createRefusals } from '../log/refusals.ts';
import { createChunkStore } from '../store/chunks.ts';
import { openTable } from '../store/dynamo.ts';
import { createFaultLog, type NoteFault } from '../store/fault-log.ts';
import type { KeyOwner } from '../store/host-keys.ts';
import { createInventoryStore } from '../store/inventory.ts';
import { createLateMarker } from '../store/late-marker.ts';
import { PATIENCE_MS, withPatience } from '../store/patience.ts';
import { QUICK } from '../store/retries.ts';
import { createRollupStore } from '../store/rollups.ts';
import { ROLLUP_SETTINGS, readSettings, TABLE_SETTINGS, tableAddress } from '../store/settings.ts';
import { createShards } from '../store/shards.ts';
import { answer, readBody, readKey } from './http.ts';
import type { Refusal, Written } from './refusal.ts';
import { createSenderNotes } from './seen-senders.ts';
import { type WritePorts, writeRequest } from './write.ts';

/**
 * Per sender, in one warm function. Prometheus sends a request for every 2,000 samples, from up to 50
 * queues at once when it catches up; at this limit that is 100,000 samples a second.
 */
const SENDER_LIMIT: RateLimit = { burst: 500, perSecond: 50 };

const log = createLog('remote-write');

type Environment = Readonly<Record<string, string | undefined>>;
type Handler = (event: LambdaFunctionURLEvent) => Promise<LambdaFunctionURLResult>;

/** The remote-write function for an environment: makes its clients, calls nothing yet. */
export function createHandler(environment: Environment, nowMs: () => number = Date.now): Handler {
  const settings = readSettings({ ...TABLE_SETTINGS, ...ROLLUP_SETTINGS }, environment);
  const table = openTable(tableAddress(settings), QUICK);
  const shards = createShards(table, settings.SHARD_COUNT, nowMs);
  const retentionMs = settings.RAW_RETENTION_DAYS * DAY_MS;
  const minuteRetentionMs = settings.MINUTE_RETENTION_DAYS * DAY_MS;
  const hourRetentionMs = settings.HOUR_RETENTION_DAYS * DAY_MS;
  const keptMs = Math.max(retentionMs, minuteRetentionMs, hourRetentionMs);
  const ports: WritePorts = {
    chunks: createChunkStore(table, shards),
    noteSender: createSenderNotes(createInventoryStore(table), keptMs),
    nowMs,
    retentionMs,
    rollups: createRollupStore(table),
    minuteRetentionMs,
    hourRetentionMs,
    markLate: createLateMarker(table, shards, retentionMs),
  };
  const keys = guardGuesses(createOwnerCache(table), GUESS_LIMITS);
  const limiter = createLimiter(SENDER_LIMIT);
  const noteFault = createFaultLog(nowMs, log);
  const noteRefusal = createRefusals(log, nowMs);
  return securedHandler(async (event) => {
    const result = await withPatience(PATIENCE_MS.remoteWrite, () => {
      // While the key is looked up.
      shards.prepare();
      return handle(event, ports, { keys, limiter, noteFault });
    });
    if (!result.ok) {
      const { status, sender, message } = result.error;
      noteRefusal(String(status), sender, message);
    }
    return answer(result);
  }, true);
}

/** What a warm function remembers. */
interface Memory {
  readonly keys: GuardedKeys<KeyOwner>;
  readonly limiter: Limiter;
  readonly noteFault: NoteFault;
}

async function handle(
  event: LambdaFunctionURLEvent,
  ports: WritePorts,
  { keys, limiter, noteFault }: Memory,
): Promise<Result<Written, Refusal>> {
  const key = readKey(event);
  if (!key.ok) return key;
  try {
    const { sourceIp } = event.requestContext.http;
    const found = await keys(key.value, sourceIp ?? '', ports.nowMs());
    if (found.waitMs > 0) return err({ status: 429, ...tooManyGuesses(found.waitMs) });
    const { owner } = found;
    if (owner === undefined)
      return err({ status: 401, message: 'this key is not known here: make one for the sender' });
    const waitMs = limiter(owner.name, ports.nowMs());
    if (waitMs > 0) {
      return err({
        status: 429,
        message: `more than ${SENDER_LIMIT.perSecond} requests a second from ${owner.name}`,
        retryAfterMs: waitMs,
        sender: owner.name,
      });
    }
    const request = readBody(event);
    if (!request.ok) return err({ ...request.error, sender: owner.name });
    const taken = await writeRequest(ports, owner, request.value);
    return taken.ok ? taken : err({ ...taken.error, sender: owner.name });
  } catch (error) {
    const fault = noteFault(error);
    if (fault === undefined) throw error;
    return err({
      status: 503,
      message: `the table did not take it: ${fault.name}`,
      retryAfterMs: fault.retryAfterMs,
    });
  }
}

/** Lambda's entry point. */
export const handler = entryPoint(log, createHandler);
