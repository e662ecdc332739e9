import type { LambdaFunctionURLEvent, LambdaFunctionURLResult } from 'aws-lambda';
import { AGENT_FILES_PATH } from '../../core/agent-release/release.ts';
import {
  AGENT_SCHEMA_PATH,
  INSTALL_PS1_PATH,
  INSTALL_SH_PATH,
} from '../../core/agent-release/served-paths.ts';
import { ENROLMENT_TOKEN_FORMAT, HOST_KEY_FORMAT } from '../../core/enrolment.ts';
import { err, ok, type Result } from '../../core/result.ts';

/** Why something was not given; `status` is the HTTP status that says so. */
export interface Refusal {
  readonly status: 401 | 403 | 404 | 405 | 429 | 503;
  readonly code: string;
  readonly message: string;
  /** When to come again, for 429 and 503. */
  readonly retryAfterMs?: number;
}

/** Who asks: one with an enrolment token, or a host with its key. */
export interface Credential {
  readonly kind: 'token' | 'key';
  readonly secret: string;
}

/** What is asked for. */
export type Wish =
  | { readonly kind: 'install.sh' | 'install.ps1' | 'schema' }
  | { readonly kind: 'file'; readonly name: string; readonly credential: Credential };

export interface InstallRequest {
  readonly wish: Wish;
  /** The asking address; '' where it is not known. */
  readonly sourceIp: string;
  /** The name by which the deployment was asked, with the port if it has one. */
  readonly domainName: string;
}

/** What is given; `redirect` is good for a while and tells its holder all he needs. */
export type Answer =
  | { readonly kind: 'text'; readonly mediaType: string; readonly text: string }
  | { readonly kind: 'redirect'; readonly location: string };

/** A script or schema may be this old: whoever deploys sees the new one soon. */
const PUBLIC_CACHE = 'public, max-age=60';

const PUBLIC_PATHS = {
  [INSTALL_SH_PATH]: 'install.sh',
  [INSTALL_PS1_PATH]: 'install.ps1',
  [AGENT_SCHEMA_PATH]: 'schema',
} as const satisfies Record<string, Wish['kind']>;

/** Takes a Function URL event apart; everything wrong with it has a status and a sentence. */
export function readRequest(event: LambdaFunctionURLEvent): Result<InstallRequest, Refusal> {
  const { rawPath } = event;
  const { domainName } = event.requestContext;
  const { method, sourceIp } = event.requestContext.http;
  if (method !== 'GET' && method !== 'HEAD')
    return err({ status: 405, code: 'method', message: `${method} is neither GET nor HEAD` });
  const from = { sourceIp: sourceIp ?? '', domainName };
  if (isPublicPath(rawPath)) return ok({ wish: { kind: PUBLIC_PATHS[rawPath] }, ...from });
  if (!rawPath.startsWith(AGENT_FILES_PATH))
    return err({ status: 404, code: 'not_found', message: `nothing at ${rawPath}` });
  const credential = readCredential(event.headers['authorization'] ?? '');
  if (!credential.ok) return credential;
  const name = rawPath.slice(AGENT_FILES_PATH.length);
  return ok({ wish: { kind: 'file', name, credential: credential.value }, ...from });
}

function isPublicPath(path: string): path is keyof typeof PUBLIC_PATHS {
  return Object.hasOwn(PUBLIC_PATHS, path);
}

function readCredential(header: string): Result<Credential, Refusal> {
  const secret = /^Bearer +(\S+)$/i.exec(header)?.[1];
  if (secret === undefined) {
    const message = 'send "Authorization: Bearer <enrolment token, or the key of a host>"';
    return err(unauthorized(message));
  }
  if (ENROLMENT_TOKEN_FORMAT.test(secret)) return ok({ kind: 'token', secret });
  if (HOST_KEY_FORMAT.test(secret)) return ok({ kind: 'key', secret });
  const message = 'this is neither an enrolment token ("hve_" ...) nor a host key ("hv_" ...)';
  return err(unauthorized(message));
}

export function unauthorized(message: string): Refusal {
  return { status: 401, code: 'unauthorized', message };
}

/** 200 with the text, 302 to the file, or the refusal's status with its code and sentence. */
export function respond(
  result: Result<Answer, Refusal>,
  isPublic: boolean,
): LambdaFunctionURLResult {
  if (!result.ok) return refuse(result.error);
  const answer = result.value;
  const cache = { 'cache-control': isPublic ? PUBLIC_CACHE : 'no-store' };
  if (answer.kind === 'redirect')
    return { statusCode: 302, headers: { location: answer.location, ...cache }, body: '' };
  const headers = {
    'content-type': answer.mediaType,
    'x-content-type-options': 'nosniff',
    ...cache,
  };
  return { statusCode: 200, headers, body: answer.text };
}

function refuse({ status, code, message, retryAfterMs }: Refusal): LambdaFunctionURLResult {
  const later =
    retryAfterMs === undefined ? {} : { 'retry-after': String(Math.ceil(retryAfterMs / 1000)) };
  const challenge = status === 401 ? { 'www-authenticate': 'Bearer' } : {};
  return {
    statusCode: status,
    headers: {
      'content-type': 'application/json',
      'cache-control': 'no-store',
      ...later,
      ...challenge,
    },
    body: JSON.stringify({ error: { code, message } }),
  };
}
