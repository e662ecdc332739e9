import type { LambdaFunctionURLEvent, LambdaFunctionURLResult } from 'aws-lambda';
import { CHUNK_MEDIA_TYPE, MAX_CHUNK_BYTES } from '../../core/chunk/format.ts';
import { HOST_KEY_FORMAT } from '../../core/enrolment.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { type Receipt, type Refusal, tooLarge } from './ingest.ts';

export const BATCHES_PATH = '/v1/batches';

/** The parts of a request that ingest uses. */
export interface BatchRequest {
  readonly key: string;
  readonly body: Uint8Array;
}

/** Takes a Function URL event apart; everything wrong with it has a status and a sentence. */
export function readRequest(event: LambdaFunctionURLEvent): Result<BatchRequest, Refusal> {
  if (event.rawPath !== BATCHES_PATH) {
    return err({
      status: 404,
      code: 'not_found',
      message: `nothing at ${event.rawPath}; batches go to ${BATCHES_PATH}`,
    });
  }
  const method = event.requestContext.http.method;
  if (method !== 'POST')
    return err({ status: 405, code: 'method', message: `${method} is not POST` });
  const key = /^Bearer +(\S+)$/i.exec(event.headers['authorization'] ?? '')?.[1];
  if (key === undefined)
    return err(unauthorized('no host key: send "Authorization: Bearer <key>"'));
  if (!HOST_KEY_FORMAT.test(key))
    return err(unauthorized('this is not a host key: one is "hv_" and 32 letters'));
  const mediaType = event.headers['content-type'] ?? '';
  if (mediaType !== CHUNK_MEDIA_TYPE) {
    return err({
      status: 415,
      code: 'media_type',
      message: `content type "${mediaType}" is not ${CHUNK_MEDIA_TYPE}`,
    });
  }
  const text = event.body ?? '';
  // Base64 is 4/3 of its bytes: too much is refused before it is decoded.
  if (text.length > MAX_CHUNK_BYTES * 1.5) return err(tooLarge(Math.floor(text.length * 0.75)));
  return ok({ key, body: Buffer.from(text, event.isBase64Encoded ? 'base64' : 'utf8') });
}

export function unauthorized(message: string): Refusal {
  return { status: 401, code: 'unauthorized', message };
}

/** 200 with what became of the batch, or the refusal's status with its code and sentence. */
export function answer(result: Result<Receipt, Refusal>): LambdaFunctionURLResult {
  if (result.ok) {
    const { outcome, samples } = result.value;
    return json(200, { stored: outcome === 'stored', outcome, samples });
  }
  const { status, code, message, retryAfterMs } = result.error;
  const later =
    retryAfterMs === undefined ? {} : { 'retry-after': String(Math.ceil(retryAfterMs / 1000)) };
  const challenge = status === 401 ? { 'www-authenticate': 'Bearer' } : {};
  return json(status, { error: { code, message } }, { ...later, ...challenge });
}

/** 307: the same request, method and body and all, belongs there. */
export function redirectTo(url: URL): LambdaFunctionURLResult {
  return { statusCode: 307, headers: { location: url.href }, body: '' };
}

function json(
  statusCode: number,
  body: unknown,
  headers: Record<string, string> = {},
): LambdaFunctionURLResult {
  return {
    statusCode,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  };
}
