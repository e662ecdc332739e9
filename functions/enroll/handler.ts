import type { LambdaFunctionURLEvent, LambdaFunctionURLResult } from 'aws-lambda';
import type { RateLimit } from '../../core/rate-limit.ts';
import { err, type Result } from '../../core/result.ts';
import { securedHandler } from '../http-headers.ts';
import { createLimiter, type Limiter } from '../ingest/limiter.ts';
import { entryPoint } from '../log/entry-point.ts';
import { createLog } from '../log/log.ts';
import { createRefusals } from '../log/refusals.ts';
import { type AuditLog, createAuditLog } from '../store/audit-log.ts';
import { openTable, type Table } from '../store/dynamo.ts';
import { readEnrolmentToken, returnUse, takeUse } from '../store/enrolment-tokens.ts';
import { createFaultLog, type NoteFault } from '../store/fault-log.ts';
import { readClaim } from '../store/host-claims.ts';
import { hasEnded, hashHostKey, readHostKey } from '../store/host-keys.ts';
import { carryOut } from '../store/key-endings.ts';
import { PATIENCE_MS, withPatience } from '../store/patience.ts';
import { QUICK } from '../store/retries.ts';
import { readSettings, TABLE_SETTINGS, tableAddress } from '../store/settings.ts';
import { type AuditRecord, auditOf } from './audit.ts';
import {
  type Enrolment,
  type EnrolPorts,
  enrolByToken,
  type Refusal,
  rotateByKey,
} from './enroll.ts';
import { answer, type EnrolRequest, readRequest, unauthorized } from './http.ts';
import { recordedClaim } from './recorded-claim.ts';

/**
 * Per address, in one warm function: a data centre of 10,000 hosts may enrol from one, and has within
 * 4 minutes. It bounds what somebody costs us who tries tokens; guess one he never will.
 */
const ADDRESS_LIMIT: RateLimit = { burst: 200, perSecond: 40 };

/**
 * Per host, in one warm function: keys that are exchanged for others. A day has one, and somebody who tries
 * things out a few; each is a record that is kept for 400 days.
 */
const ROTATION_LIMIT: RateLimit = { burst: 10, perSecond: 1 / 60 };

/** A day: an agent that is off when its key is replaced by hand gets the new one in time. */
const OVERLAP_MS = 86_400_000;

const lines = createLog('enroll');

type Environment = Readonly<Record<string, string | undefined>>;
type Handler = (event: LambdaFunctionURLEvent) => Promise<LambdaFunctionURLResult>;

export interface EnrolOptions {
  readonly nowMs?: () => number;
  /** Told of every enrolment, and of every one that was refused with a true token or key. */
  readonly audit?: (record: AuditRecord) => void;
}

/** The enrolment function for an environment: makes its clients, calls nothing yet. */
export function createHandler(
  environment: Environment,
  { nowMs = Date.now, audit = writeLine }: EnrolOptions = {},
): Handler {
  const settings = readSettings(TABLE_SETTINGS, environment);
  const table = openTable(tableAddress(settings), QUICK);
  const limiter = createLimiter(ADDRESS_LIMIT);
  const rotations = createLimiter(ROTATION_LIMIT);
  const log = createAuditLog(table, nowMs);
  const ports = portsOf(table, nowMs);
  const noteFault = createFaultLog(nowMs, lines);
  const noteRefusal = createRefusals(lines, nowMs);
  return securedHandler(async (event) => {
    const request = readRequest(event);
    if (!request.ok) {
      const { code, message } = request.error;
      noteRefusal(code, event.requestContext.http.sourceIp, message);
      return answer(request);
    }
    const result = await withPatience(PATIENCE_MS.enrol, () =>
      handle(request.value, ports, { table, limiter, rotations, log, noteFault }),
    );
    const record = auditOf(request.value, result, nowMs());
    if (record !== undefined) audit(record);
    else if (!result.ok)
      noteRefusal(result.error.code, request.value.sourceIp, result.error.message);
    return answer(result);
  });
}

interface Held {
  readonly table: Table;
  readonly limiter: Limiter;
  readonly rotations: Limiter;
  readonly log: AuditLog;
  readonly noteFault: NoteFault;
}

async function handle(
  { credential, wish, sourceIp }: EnrolRequest,
  shared: Omit<EnrolPorts, 'claim'>,
  { table, limiter, rotations, log, noteFault }: Held,
): Promise<Result<Enrolment, Refusal>> {
  const ports = { ...shared, claim: recordedClaim(table, log, sourceIp) };
  const waitMs = limiter(sourceIp, ports.nowMs());
  if (waitMs > 0)
    return err(
      tooMany(
        `more than ${ADDRESS_LIMIT.perSecond} hosts a second enrol from your address`,
        waitMs,
      ),
    );
  try {
    if (credential.kind === 'token') {
      const token = await readEnrolmentToken(table, credential.secret);
      if (token === undefined)
        return err(unauthorized('this enrolment token is not known here: make one'));
      return await enrolByToken(ports, token, wish);
    }
    const key = await ports.readKey(hashHostKey(credential.secret));
    if (key === undefined || hasEnded(key, ports.nowMs()))
      return err(unauthorized('this key is not known here: enrol with a token'));
    const restMs = rotations(key.name, ports.nowMs());
    if (restMs > 0)
      return err(tooMany(`"${key.name}" exchanges its key more than once a minute`, restMs));
    return await rotateByKey(ports, key, wish);
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

function tooMany(message: string, retryAfterMs: number): Refusal {
  return { status: 429, code: 'too_many', message, retryAfterMs };
}

function portsOf(table: Table, nowMs: () => number): Omit<EnrolPorts, 'claim'> {
  return {
    nowMs,
    overlapMs: OVERLAP_MS,
    readKey: (hash) => readHostKey(table, hash),
    readClaim: (host) => readClaim(table, host),
    carryOut: (host, claim, by) => carryOut(table, host, claim, { by, nowMs: nowMs() }),
    takeUse: (token, keyHash) => takeUse(table, token, keyHash, nowMs()),
    returnUse: (token, keyHash) => returnUse(table, token, keyHash),
  };
}

function writeLine({ level, event, message: reason, timestamp: _, ...who }: AuditRecord): void {
  const write = level === 'INFO' ? lines.info : lines.warn;
  write(event, reason === undefined ? who : { ...who, reason });
}

/** Lambda's entry point. */
export const handler = entryPoint(lines, createHandler);
