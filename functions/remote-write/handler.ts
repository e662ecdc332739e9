import type { LambdaFunctionURLEvent, LambdaFunctionURLResult } from 'aws-lambda';
import type { RateLimit } from '../../core/rate-limit.ts';
import { err, type Result } from '../../core/result.ts';
import { DAY_MS } from '../../core/time.ts';
import { createKeyCache, type KeyCache } from '../ingest/key-cache.ts';
import { createLimiter, type Limiter } from '../ingest/limiter.ts';
import { createChunkStore } from '../store/chunks.ts';
import { openTable } from '../store/dynamo.ts';
import { isStoreBusy } from '../store/errors.ts';
import { type KeyOwner, ownerOfKey } from '../store/host-keys.ts';
import { createInventoryStore } from '../store/inventory.ts';
import { createLateMarker } from '../store/late-marker.ts';
import { readSettings, TABLE_SETTINGS } from '../store/settings.ts';
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
const BUSY_RETRY_MS = 5000;

type Environment = Readonly<Record<string, string | undefined>>;
type Handler = (event: LambdaFunctionURLEvent) => Promise<LambdaFunctionURLResult>;

/** The remote-write function for an environment: makes its clients, calls nothing yet. */
export function createHandler(environment: Environment, nowMs: () => number = Date.now): Handler {
  const settings = readSettings(TABLE_SETTINGS, environment);
  const table = openTable({ tableName: settings.TABLE_NAME, endpoint: settings.DYNAMODB_ENDPOINT });
  const shards = createShards(table, settings.SHARD_COUNT, nowMs);
  const retentionMs = settings.RAW_RETENTION_DAYS * DAY_MS;
  const ports: WritePorts = {
    chunks: createChunkStore(table, shards),
    noteSender: createSenderNotes(createInventoryStore(table), retentionMs),
    nowMs,
    retentionMs,
    markLate: createLateMarker(table, shards, retentionMs),
  };
  const keys = createKeyCache((key, atMs) => ownerOfKey(table, key, atMs));
  const limiter = createLimiter(SENDER_LIMIT);
  return async (event) => {
    // While the key is looked up.
    shards.prepare();
    return answer(await handle(event, ports, keys, limiter));
  };
}

async function handle(
  event: LambdaFunctionURLEvent,
  ports: WritePorts,
  keys: KeyCache<KeyOwner>,
  limiter: Limiter,
): Promise<Result<Written, Refusal>> {
  const key = readKey(event);
  if (!key.ok) return key;
  try {
    const owner = await keys.ownerOf(key.value, ports.nowMs());
    if (owner === undefined)
      return err({ status: 401, message: 'this key is not known here: make one for the sender' });
    const waitMs = limiter(owner.name, ports.nowMs());
    if (waitMs > 0) {
      return err({
        status: 429,
        message: `more than ${SENDER_LIMIT.perSecond} requests a second from ${owner.name}`,
        retryAfterMs: waitMs,
      });
    }
    const request = readBody(event);
    if (!request.ok) return request;
    return await writeRequest(ports, owner, request.value.protocol, request.value.body);
  } catch (error) {
    if (!isStoreBusy(error)) throw error;
    return err({
      status: 503,
      message: `the table did not take it: ${error.name}`,
      retryAfterMs: BUSY_RETRY_MS,
    });
  }
}

let warm: Handler | undefined;

/** Lambda's entry point. */
export const handler: Handler = (event) => {
  warm ??= createHandler(process.env);
  return warm(event);
};
