import type { LambdaFunctionURLEvent, LambdaFunctionURLResult } from 'aws-lambda';
import { HOST_KEY_FORMAT } from '../../core/enrolment.ts';
import { err, ok, type Result } from '../../core/result.ts';
import type { Protocol } from './message.ts';
import type { Refusal, Written } from './refusal.ts';

export const WRITE_PATH = '/api/v1/write';
const MEDIA_TYPE = 'application/x-protobuf';
/** Lambda's own limit for a request, which other fronts may not have. */
const MAX_BODY_BYTES = 6 << 20;

/** The key of a request that is for us; everything wrong with it has a status and a sentence. */
export function readKey(event: LambdaFunctionURLEvent): Result<string, Refusal> {
  if (event.rawPath !== WRITE_PATH) {
    return err({
      status: 404,
      message: `nothing at ${event.rawPath}; remote write goes to ${WRITE_PATH}`,
    });
  }
  const method = event.requestContext.http.method;
  if (method !== 'POST') return err({ status: 405, message: `${method} is not POST` });
  const key = keyOf(event.headers['authorization'] ?? '');
  if (key === undefined) {
    return err({
      status: 401,
      message: 'no key: send it as a bearer token, or as the password of basic authentication',
    });
  }
  if (!HOST_KEY_FORMAT.test(key))
    return err({ status: 401, message: 'this is not a key: one is "hv_" and 32 characters' });
  return ok(key);
}

function keyOf(authorization: string): string | undefined {
  const [, scheme = '', value = ''] = /^(Bearer|Basic) +(\S+)$/i.exec(authorization) ?? [];
  if (scheme.toLowerCase() !== 'basic') return value === '' ? undefined : value;
  const userAndPassword = Buffer.from(value, 'base64').toString('utf8');
  const colon = userAndPassword.indexOf(':');
  // The user's name is for the sender's own logs: the key says whose it is.
  return colon < 0 ? undefined : userAndPassword.slice(colon + 1);
}

/** Which message the body holds, and its bytes as sent. */
export interface WriteBody {
  readonly protocol: Protocol;
  readonly body: Uint8Array;
  /** Does its sender say that of each series it holds all samples of an hour, or none? */
  readonly wholeHours: boolean;
}

/** Says `whole` if a request holds all samples of an hour of a series, or none. */
const HOURS_HEADER = 'x-hypervigil-hours';
/** Tells the sender's name. */
const SENDER_HEADER = 'x-hypervigil-sender';

export function readBody(event: LambdaFunctionURLEvent): Result<WriteBody, Refusal> {
  // Senders older than the specification leave these out; Prometheus takes them for 1.0, too.
  const protocol = protocolOf(event.headers['content-type'] || MEDIA_TYPE);
  if (!protocol.ok) return protocol;
  const encoding = event.headers['content-encoding'] || 'snappy';
  if (encoding.toLowerCase() !== 'snappy')
    return err({ status: 415, message: `content encoding "${encoding}" is not snappy` });
  const text = event.body ?? '';
  // Base64 is 4/3 of its bytes: too much is refused before it is decoded.
  if (text.length > MAX_BODY_BYTES * 1.5) return err(tooLarge(Math.floor(text.length * 0.75)));
  const body = Buffer.from(text, event.isBase64Encoded ? 'base64' : 'utf8');
  if (body.length > MAX_BODY_BYTES) return err(tooLarge(body.length));
  const wholeHours = event.headers[HOURS_HEADER] === 'whole';
  return ok({ protocol: protocol.value, body, wholeHours });
}

function tooLarge(bytes: number): Refusal {
  return { status: 413, message: `a body of ${bytes} bytes; at most ${MAX_BODY_BYTES} are taken` };
}

/** `application/x-protobuf`, or with `;proto=` and the message's full name. */
function protocolOf(contentType: string): Result<Protocol, Refusal> {
  const [mediaType = '', ...parameters] = contentType.split(';').map((part) => part.trim());
  if (mediaType.toLowerCase() === MEDIA_TYPE) {
    const proto = parameters.find((parameter) => /^proto=/i.test(parameter));
    const name = proto?.slice('proto='.length).replace(/^"(.*)"$/, '$1');
    if (name === undefined || name === 'prometheus.WriteRequest')
      return ok('prometheus.WriteRequest');
    if (name === 'io.prometheus.write.v2.Request') return ok(name);
  }
  return err({
    status: 415,
    message: `content type "${contentType}" is not ${MEDIA_TYPE}, with proto= prometheus.WriteRequest or io.prometheus.write.v2.Request`,
  });
}

/** Prometheus' names for kinds of errors. Source: prometheus/web/api/v1/api.go. */
const ERROR_TYPES: Readonly<Record<Refusal['status'], string>> = {
  400: 'bad_data',
  401: 'unauthorized',
  404: 'not_found',
  405: 'bad_data',
  413: 'bad_data',
  415: 'bad_data',
  429: 'unavailable',
  503: 'unavailable',
};

/** 204 with what was written, or the refusal's status with Prometheus' error JSON in one line. */
export function answer(result: Result<Written, Refusal>): LambdaFunctionURLResult {
  if (result.ok) return { statusCode: 204, headers: writtenHeaders(result.value) };
  const { status, message, retryAfterMs, written } = result.error;
  return {
    statusCode: status,
    headers: {
      'content-type': 'application/json',
      ...writtenHeaders(written ?? { samples: 0 }),
      ...(retryAfterMs === undefined
        ? {}
        : { 'retry-after': String(Math.ceil(retryAfterMs / 1000)) }),
      ...(status === 401 ? { 'www-authenticate': 'Bearer, Basic realm="hypervigil"' } : {}),
      ...(status === 405 ? { allow: 'POST' } : {}),
    },
    body: JSON.stringify({ status: 'error', errorType: ERROR_TYPES[status], error: message }),
  };
}

/** Names as in the 2.0 specification; without them a 2.0 sender takes us for a receiver of 1.0. */
function writtenHeaders({ samples, sender }: Written): Record<string, string> {
  return {
    'x-prometheus-remote-write-samples-written': String(samples),
    'x-prometheus-remote-write-histograms-written': '0',
    'x-prometheus-remote-write-exemplars-written': '0',
    // As in an address: a name may be any Unicode, a header may not.
    ...(sender === undefined ? {} : { [SENDER_HEADER]: encodeURIComponent(sender) }),
  };
}
