import { gzipSync } from 'node:zlib';
import type { LambdaFunctionURLEvent, LambdaFunctionURLResult } from 'aws-lambda';
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
}

/** Lambda takes no more than 6 MB. Source: docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MAX_REPLY_BYTES = 6_000_000;
/** A smaller body is sent as it is. */
const MIN_GZIP_BYTES = 1400; // one packet

/** Takes a Function URL event apart. Any event gives a request or an error. */
export function readRequest(event: LambdaFunctionURLEvent): Result<ApiRequest, ApiError> {
  const path = decodePath(event.rawPath);
  if (path === undefined) return err(badData(`the path ${event.rawPath} is not UTF-8`));
  const method = event.requestContext.http.method.toUpperCase();
  const params = new URLSearchParams();
  const body = method === 'POST' ? formOf(event) : ok('');
  if (!body.ok) return body;
  for (const text of [body.value, event.rawQueryString ?? '']) {
    for (const [name, value] of new URLSearchParams(text)) params.append(name, value);
  }
  return ok({ method, path, params, token: tokenOf(event.headers['authorization'] ?? '') });
}

function decodePath(rawPath: string): string | undefined {
  try {
    return decodeURIComponent(rawPath).replace(/(.)\/$/, '$1');
  } catch {
    return undefined;
  }
}

function formOf(event: LambdaFunctionURLEvent): Result<string, ApiError> {
  const text = event.body ?? '';
  if (text === '') return ok('');
  const [mediaType = ''] = (event.headers['content-type'] ?? '').split(';');
  if (mediaType.trim().toLowerCase() !== 'application/x-www-form-urlencoded') {
    return err(
      badData(`content type "${mediaType.trim()}" is not application/x-www-form-urlencoded`),
    );
  }
  return ok(event.isBase64Encoded ? Buffer.from(text, 'base64').toString('utf8') : text);
}

/** A bearer token, or the password of basic authentication, which is what Grafana's form asks for. */
function tokenOf(authorization: string): string | undefined {
  const [, scheme = '', value = ''] = /^(Bearer|Basic) +(\S+)$/i.exec(authorization) ?? [];
  if (scheme.toLowerCase() !== 'basic') return value === '' ? undefined : value;
  const userAndPassword = Buffer.from(value, 'base64').toString('utf8');
  const colon = userAndPassword.indexOf(':');
  return colon < 0 ? undefined : userAndPassword.slice(colon + 1);
}

/** The answer over HTTP. Long ones are packed if the caller can unpack them. */
export function reply(
  event: LambdaFunctionURLEvent,
  result: Result<ApiData, ApiError>,
): LambdaFunctionURLResult {
  if (!result.ok) return errorReply(result.error);
  const json = dataJson(result.value);
  const takesGzip = /\bgzip\b/i.test(event.headers['accept-encoding'] ?? '');
  if (takesGzip && json.length > MIN_GZIP_BYTES) {
    const body = gzipSync(json, { level: 1 }).toString('base64');
    if (body.length <= MAX_REPLY_BYTES) {
      return {
        statusCode: 200,
        headers: { ...HEADERS, 'content-encoding': 'gzip' },
        body,
        isBase64Encoded: true,
      };
    }
  } else if (Buffer.byteLength(json) <= MAX_REPLY_BYTES) {
    return { statusCode: 200, headers: HEADERS, body: json };
  }
  return errorReply({
    kind: 'execution',
    message: `the answer has ${json.length} characters, more than one reply can carry: ask for fewer series, a wider step${takesGzip ? '' : ', or with "Accept-Encoding: gzip"'}`,
  });
}

const HEADERS = { 'content-type': 'application/json', vary: 'Accept-Encoding' };

export function errorReply(error: ApiError): LambdaFunctionURLResult {
  return {
    statusCode: statusOf(error.kind),
    headers: {
      'content-type': 'application/json',
      ...(error.kind === 'unauthorized'
        ? { 'www-authenticate': 'Bearer, Basic realm="hypervigil"' }
        : {}),
      ...(error.kind === 'not_allowed' ? { allow: 'GET, POST' } : {}),
    },
    body: errorJson(error),
  };
}

export function textReply(body: string): LambdaFunctionURLResult {
  return { statusCode: 200, headers: { 'content-type': 'text/plain; charset=utf-8' }, body };
}
