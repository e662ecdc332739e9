import { setTimeout as sleep } from 'node:timers/promises';
import type { LambdaFunctionURLEvent, LambdaFunctionURLResult } from 'aws-lambda';
import * as v from 'valibot';
import { isInstallPath } from '../../core/agent-release/served-paths.ts';
import { ENROLMENT_PATH } from '../../core/enrolment.ts';
import type { RateLimit } from '../../core/rate-limit.ts';
import { err, type Result } from '../../core/result.ts';
import { DAY_MS } from '../../core/time.ts';
import { URGENT_HEADER, URGENT_VALUE } from '../../core/urgent.ts';
import { securedHandler } from '../http-headers.ts';
import { entryPoint } from '../log/entry-point.ts';
import { createLog } from '../log/log.ts';
import { createRefusals } from '../log/refusals.ts';
import { createChunkStore } from '../store/chunks.ts';
import { openTable } from '../store/dynamo.ts';
import { createFaultLog, type NoteFault } from '../store/fault-log.ts';
import type { KeyOwner } from '../store/host-keys.ts';
import { createLateMarker } from '../store/late-marker.ts';
import { PATIENCE_MS, withPatience } from '../store/patience.ts';
import { QUICK } from '../store/retries.ts';
import { readSettings, TABLE_SETTINGS, tableAddress } from '../store/settings.ts';
import { createShards } from '../store/shards.ts';
import { type AskInstall, lambdaInstall } from './ask-install.ts';
import { GUESS_LIMITS, type GuardedKeys, guardGuesses, tooManyGuesses } from './guess-guard.ts';
import { answer, readRequest, redirectTo, unauthorized } from './http.ts';
import { type IngestPorts, ingestBatch, type Receipt, type Refusal } from './ingest.ts';
import { createLimiter, type Limiter } from './limiter.ts';
import { createOwnerCache } from './owner-cache.ts';
import { lambdaTicks, paced, type StartTick } from './tick-starter.ts';

/**
 * Per host, in one warm function. A host posts once a minute, up to 20 times when all is urgent;
 * one that comes back after a day brings 1,440 minutes, and has sent them in 2.5 minutes.
 */
const HOST_LIMIT: RateLimit = { burst: 60, perSecond: 10 };
const BUSY_RETRY_MS = 5000;

/** Agents wait 10 s for an answer, and the function has no longer: a tick is waited for until then. */
const ANSWER_WITHIN_MS = 9000;

const SETTINGS = {
  ...TABLE_SETTINGS,
  /** Where hosts enrol: a function with rights of its own. Absent where another answers for us. */
  ENROL_URL: v.optional(v.pipe(v.string(), v.url())),
  /** The function that serves agents. Absent where another answers for us. */
  INSTALL_FUNCTION: v.optional(v.string()),
  /** The function that an urgent batch starts. Absent: such a batch waits for the schedule. */
  EVALUATOR_FUNCTION: v.optional(v.string()),
};

const log = createLog('ingest');

type Environment = Readonly<Record<string, string | undefined>>;
type Handler = (event: LambdaFunctionURLEvent) => Promise<LambdaFunctionURLResult>;

/**
 * The ingest function for an environment: makes its clients, calls nothing yet. `startTick` stands for
 * the evaluator's function where there is none.
 */
export function createHandler(
  environment: Environment,
  nowMs: () => number = Date.now,
  startTick?: StartTick,
): Handler {
  const settings = readSettings(SETTINGS, environment);
  const table = openTable(tableAddress(settings), QUICK);
  const shards = createShards(table, settings.SHARD_COUNT, nowMs);
  const retentionMs = settings.RAW_RETENTION_DAYS * DAY_MS;
  const ports: IngestPorts = {
    chunks: createChunkStore(table, shards),
    nowMs,
    retentionMs,
    markLate: createLateMarker(table, shards, retentionMs),
  };
  const keys = guardGuesses(createOwnerCache(table), GUESS_LIMITS);
  const limiter = createLimiter(HOST_LIMIT);
  const noteFault = createFaultLog(nowMs, log);
  const noteRefusal = createRefusals(log, nowMs);
  const isEmbedded = settings.DYNAMODB_ENDPOINT !== undefined;
  const patienceMs = isEmbedded ? PATIENCE_MS.ingestEmbedded : PATIENCE_MS.ingest;
  const evaluator = settings.EVALUATOR_FUNCTION;
  const start = startTick ?? (evaluator === undefined ? undefined : lambdaTicks(evaluator, nowMs));
  const tick = start && paced(start, sleep, () => performance.now());
  const installer = settings.INSTALL_FUNCTION;
  const askInstall = installer === undefined ? undefined : lambdaInstall(installer);
  return securedHandler(async (event) => {
    // So that one address is enough for an agent.
    if (event.rawPath === ENROLMENT_PATH && settings.ENROL_URL !== undefined)
      return redirectTo(new URL(ENROLMENT_PATH, settings.ENROL_URL));
    if (isInstallPath(event.rawPath) && askInstall !== undefined)
      return passedOn(askInstall, event);
    const startedMs = performance.now();
    const result = await withPatience(patienceMs, () => {
      // While the key is looked up.
      shards.prepare();
      return handle(event, ports, { keys, limiter, noteFault });
    });
    // Also for what is known: it was stored before, and perhaps the tick was not started.
    if (result.ok && event.headers[URGENT_HEADER] === URGENT_VALUE)
      await tryToStart(tick, startedMs + ANSWER_WITHIN_MS - performance.now());
    if (!result.ok) noteRefusal(result.error.code, result.error.host, result.error.message);
    return answer(result);
  }, true);
}

async function passedOn(
  ask: AskInstall,
  event: LambdaFunctionURLEvent,
): Promise<LambdaFunctionURLResult> {
  try {
    const answered = await ask(event);
    if (answered !== undefined) return answered;
    log.error('install failed');
  } catch (error) {
    log.error('no answer of install', { error });
  }
  const message = 'what serves agents did not answer';
  return answer(err({ status: 503, code: 'install', message, retryAfterMs: BUSY_RETRY_MS }));
}

/** The batch is stored, whatever becomes of this: the next tick of the schedule sees it too. */
async function tryToStart(tick: StartTick | undefined, withinMs: number): Promise<void> {
  if (tick === undefined) return;
  const over = new AbortController();
  try {
    const { signal } = over;
    const end = sleep(Math.max(0, withinMs), undefined, { signal }).catch(() => undefined);
    await Promise.race([tick(), end]);
  } catch (error) {
    log.error('no tick for an urgent batch', { error });
  } finally {
    over.abort();
  }
}

/** What a warm function remembers. */
interface Memory {
  readonly keys: GuardedKeys<KeyOwner>;
  readonly limiter: Limiter;
  readonly noteFault: NoteFault;
}

async function handle(
  event: LambdaFunctionURLEvent,
  ports: IngestPorts,
  { keys, limiter, noteFault }: Memory,
): Promise<Result<Receipt, Refusal>> {
  const request = readRequest(event);
  if (!request.ok) return request;
  try {
    const { sourceIp } = event.requestContext.http;
    const found = await keys(request.value.key, sourceIp ?? '', ports.nowMs());
    if (found.waitMs > 0)
      return err({ status: 429, code: 'too_many_unknown', ...tooManyGuesses(found.waitMs) });
    const { owner } = found;
    if (owner?.kind !== 'host')
      return err(
        unauthorized('this key is not known here: make one for the host and give it to the agent'),
      );
    const host = owner.name;
    const waitMs = limiter(host, ports.nowMs());
    if (waitMs > 0) {
      return err({
        status: 429,
        code: 'too_many',
        message: `more than ${HOST_LIMIT.perSecond} batches a second from ${host}`,
        retryAfterMs: waitMs,
        host,
      });
    }
    const taken = await ingestBatch(ports, host, request.value.body);
    return taken.ok ? taken : err({ ...taken.error, host });
  } catch (error) {
    const fault = noteFault(error);
    if (fault === undefined) throw error;
    return err({
      status: 503,
      code: 'store_busy',
      message: `the table did not take it: ${fault.name}`,
      retryAfterMs: fault.retryAfterMs,
    });
  }
}

/** Lambda's entry point. */
export const handler = entryPoint(log, createHandler);
