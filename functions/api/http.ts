import { gzipSync } from 'node:zlib';
import type {
  APIGatewayProxyStructuredResultV2,
  LambdaFunctionURLEvent,
  LambdaFunctionURLResult,
} from 'aws-lambda';
import { err, ok, type Result } from '../../core/result.ts';
import { type ApiData, type ApiError, badData, dataJson, errorJson, statusOf } from './reply.ts';

/** What an endpoint is asked. */
export interface ApiRequest {
  readonly method: string;
  /** Decoded, without a trailing slash: `/api/v1/query`. */
  readonly path: string;
  /** Of the body first, then of the URL: as Go's `FormValue` has it. */
  readonly params: URLSearchParams;
  /** The token, if one was sent. */
  readonly token: string | undefined;
  /** What was posted where JSON is taken (`TAKES_JSON`); `''` elsewhere. */
  readonly body: string;
  /** The media type of `body`, in lower case, without parameters; `''` if none was named. */
  readonly mediaType: string;
  /** The answer may be packed. */
  readonly takesGzip: boolean;
}

/** Paths of Alertmanager's API and our own, which take JSON; Prometheus' takes forms. */
const TAKES_JSON =
  /^\/(api\/v2|v1|api\/v1\/((enrolment-)?tokens|keys|push|subscriptions|topics|routing|rules))(\/|$)/;

/** A form or JSON, before it is read: ten of the longest queries. */
const MAX_BODY_CHARS = 1 << 20;

/** Lambda takes no more than 6 MB. Source: docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
export const MAX_REPLY_BYTES = 6_000_000;
/** A smaller body is sent as it is. */
const MIN_GZIP_BYTES = 1400; // one packet

/** Takes a Function URL event apart. Any event gives a request or an error. */
export function readRequest(event: LambdaFunctionURLEvent): Result<ApiRequest, ApiError> {
  const path = decodePath(event.rawPath);
  if (path === undefined) return err(badData(`the path ${event.rawPath} is not UTF-8`));
  const method = event.requestContext.http.method.toUpperCase();
  // Base64 is 4/3 of its bytes.
  const bodyChars = Math.ceil((event.body ?? '').length * (event.isBase64Encoded ? 0.75 : 1));
  if (bodyChars > MAX_BODY_CHARS) {
    const message = `a body of ${bodyChars} characters; at most ${MAX_BODY_CHARS} are taken`;
    return err({ kind: 'too_large', message });
  }
  const params = new URLSearchParams();
  const takesJson = TAKES_JSON.test(path);
  const form = method === 'POST' && !takesJson ? formOf(event) : ok('');
  if (!form.ok) return form;
  for (const text of [form.value, event.rawQueryString ?? '']) {
    for (const [name, value] of new URLSearchParams(text)) params.append(name, value);
  }
  return ok({
    method,
    path,
    params,
    token: tokenOf(event.headers['authorization'] ?? ''),
    body: takesJson ? bodyOf(event) : '',
    mediaType: mediaTypeOf(event),
    takesGzip: takesGzip(event),
  });
}

function decodePath(rawPath: string): string | undefined {
  try {
    return decodeURIComponent(rawPath).replace(/(.)\/$/, '$1');
  } catch {
    return undefined;
  }
}

function formOf(event: LambdaFunctionURLEvent): Result<string, ApiError> {
  const body = bodyOf(event);
  const mediaType = mediaTypeOf(event);
  if (body !== '' && mediaType !== 'application/x-www-form-urlencoded') {
    return err(badData(`content type "${mediaType}" is not application/x-www-form-urlencoded`));
  }
  return ok(body);
}

function bodyOf({ body = '', isBase64Encoded }: LambdaFunctionURLEvent): string {
  return isBase64Encoded ? Buffer.from(body, 'base64').toString('utf8') : body;
}

function mediaTypeOf(event: LambdaFunctionURLEvent): string {
  const [mediaType = ''] = (event.headers['content-type'] ?? '').split(';');
  return mediaType.trim().toLowerCase();
}

function takesGzip(event: LambdaFunctionURLEvent): boolean {
  return /\bgzip\b/i.test(event.headers['accept-encoding'] ?? '');
}

/** A bearer token, or the password of basic authentication, which is what Grafana's form asks for. */
function tokenOf(authorization: string): string | undefined {
  const [, scheme = '', value = ''] = /^(Bearer|Basic) +(\S+)$/i.exec(authorization) ?? [];
  if (scheme.toLowerCase() !== 'basic') return value === '' ? undefined : value;
  const userAndPassword = Buffer.from(value, 'base64').toString('utf8');
  const colon = userAndPassword.indexOf(':');
  return colon < 0 ? undefined : userAndPassword.slice(colon + 1);
}

/** The answer over HTTP. */
export function reply(
  event: LambdaFunctionURLEvent,
  result: Result<ApiData, ApiError>,
): LambdaFunctionURLResult {
  if (!result.ok) return errorReply(result.error);
  const json = dataJson(result.value);
  const isPacked = takesGzip(event);
  const sent = jsonReply(json, isPacked);
  if (sent !== undefined) return sent;
  return errorReply({
    kind: 'execution',
    message: `the answer has ${json.length} characters, more than one reply can carry: ask for fewer series, a wider step${isPacked ? '' : ', or with "Accept-Encoding: gzip"'}`,
  });
}

/** JSON over HTTP, packed if it is long and the caller can unpack it. `undefined`: it is too long. */
export function jsonReply(
  json: string,
  isPacked: boolean,
): APIGatewayProxyStructuredResultV2 | undefined {
  if (!isPacked || json.length <= MIN_GZIP_BYTES) {
    if (Buffer.byteLength(json) > MAX_REPLY_BYTES) return undefined;
    return { statusCode: 200, headers: JSON_HEADERS, body: json };
  }
  const body = gzipSync(json, { level: 1 }).toString('base64');
  if (body.length > MAX_REPLY_BYTES) return undefined;
  return {
    statusCode: 200,
    headers: { ...JSON_HEADERS, 'content-encoding': 'gzip' },
    body,
    isBase64Encoded: true,
  };
}

/** Where the table is busy. */
const BUSY_RETRY_MS = 5000;

/** Of every answer in JSON. */
export const JSON_HEADERS = { 'content-type': 'application/json', vary: 'Accept-Encoding' };

export function errorReply(error: ApiError): LambdaFunctionURLResult {
  return {
    statusCode: statusOf(error.kind),
    headers: {
      'content-type': 'application/json',
      ...(error.kind === 'unauthorized'
        ? { 'www-authenticate': 'Bearer, Basic realm="hypervigil"' }
        : {}),
      ...(error.kind === 'not_allowed'
        ? { allow: (error.allowed ?? ['GET', 'POST']).join(', ') }
        : {}),
      ...(error.kind === 'unavailable' || error.kind === 'too_many'
        ? { 'retry-after': String(Math.ceil((error.retryAfterMs ?? BUSY_RETRY_MS) / 1000)) }
        : {}),
    },
    body: errorJson(error),
  };
}

export function textReply(body: string): LambdaFunctionURLResult {
  return { statusCode: 200, headers: { 'content-type': 'text/plain; charset=utf-8' }, body };
}
