import type { LambdaFunctionURLEvent, LambdaFunctionURLResult } from 'aws-lambda';
import * as v from 'valibot';
import {
  ENROLMENT_PATH,
  ENROLMENT_TOKEN_FORMAT,
  HOST_KEY_FORMAT,
  isHostName,
  KEY_HASH_FORMAT,
} from '../../core/enrolment.ts';
import { err, ok, type Result } from '../../core/result.ts';
import type { Enrolment, Refusal, Wish } from './enroll.ts';

/** Who asks: one with an enrolment token, or a host with its key. */
export interface Credential {
  readonly kind: 'token' | 'key';
  readonly secret: string;
}

/** The parts of a request that enrolment uses. */
export interface EnrolRequest {
  readonly credential: Credential;
  readonly wish: Wish;
  /** The asking address; '' where it is not known. */
  readonly sourceIp: string;
}

/** A name, a hash, and the JSON around them; a name's letters may take 6 each. */
const BODY_MAX_CHARS = 4096;

const Body = v.strictObject(
  {
    host: v.pipe(
      v.string(),
      v.check(isHostName, 'a name has 1 to 253 characters without spaces, the first not "@"'),
    ),
    keyHash: v.pipe(
      v.string(),
      v.regex(KEY_HASH_FORMAT, 'must be the SHA-256 of a key, base64url'),
    ),
  },
  'must be {"host": NAME, "keyHash": HASH}',
);

/** Takes a Function URL event apart; everything wrong with it has a status and a sentence. */
export function readRequest(event: LambdaFunctionURLEvent): Result<EnrolRequest, Refusal> {
  if (event.rawPath !== ENROLMENT_PATH) {
    return err({
      status: 404,
      code: 'not_found',
      message: `nothing at ${event.rawPath}; hosts enrol at ${ENROLMENT_PATH}`,
    });
  }
  const { method, sourceIp } = event.requestContext.http;
  if (method !== 'POST')
    return err({ status: 405, code: 'method', message: `${method} is not POST` });
  const credential = readCredential(event.headers['authorization'] ?? '');
  if (!credential.ok) return credential;
  const wish = readWish(event);
  if (!wish.ok) return wish;
  return ok({ credential: credential.value, wish: wish.value, sourceIp: sourceIp ?? '' });
}

function readCredential(header: string): Result<Credential, Refusal> {
  const secret = /^Bearer +(\S+)$/i.exec(header)?.[1];
  if (secret === undefined)
    return err(unauthorized('no token: send "Authorization: Bearer <enrolment token>"'));
  if (ENROLMENT_TOKEN_FORMAT.test(secret)) return ok({ kind: 'token', secret });
  if (HOST_KEY_FORMAT.test(secret)) return ok({ kind: 'key', secret });
  return err(unauthorized('this is no enrolment token: one is "hve_" and 32 letters'));
}

function readWish(event: LambdaFunctionURLEvent): Result<Wish, Refusal> {
  const text = event.body ?? '';
  if (text.length > BODY_MAX_CHARS) {
    const message = `a body of ${text.length} characters; at most ${BODY_MAX_CHARS} are taken`;
    return err({ status: 413, code: 'too_large', message });
  }
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(text, event.isBase64Encoded ? 'base64' : 'utf8').toString());
  } catch {
    return err({ status: 400, code: 'body', message: 'the body is not JSON' });
  }
  const body = v.safeParse(Body, json);
  if (body.success) return ok(body.output);
  const [issue] = body.issues;
  const where = v.getDotPath(issue);
  const message = `${where === null ? '' : `${where}: `}${issue.message}`;
  return err({ status: 400, code: 'body', message });
}

export function unauthorized(message: string): Refusal {
  return { status: 401, code: 'unauthorized', message };
}

/** 200 with what became of the wish, or the refusal's status with its code and sentence. */
export function answer(result: Result<Enrolment, Refusal>): LambdaFunctionURLResult {
  if (result.ok) {
    const { outcome, host, oldKeyEndsAtMs } = result.value;
    const old =
      oldKeyEndsAtMs === undefined ? {} : { oldKeyEndsAt: new Date(oldKeyEndsAtMs).toISOString() };
    return json(200, { outcome, host, ...old });
  }
  const { status, code, message, retryAfterMs } = result.error;
  const later =
    retryAfterMs === undefined ? {} : { 'retry-after': String(Math.ceil(retryAfterMs / 1000)) };
  const challenge = status === 401 ? { 'www-authenticate': 'Bearer' } : {};
  return json(status, { error: { code, message } }, { ...later, ...challenge });
}

function json(
  statusCode: number,
  body: unknown,
  headers: Record<string, string> = {},
): LambdaFunctionURLResult {
  return {
    statusCode,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers },
    body: JSON.stringify(body),
  };
}
