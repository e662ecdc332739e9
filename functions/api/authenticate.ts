import { err, ok, type Result } from '../../core/result.ts';
import { mayAs, type Role } from '../../core/role.ts';
import { isAlertmanagerPath } from '../alertmanager-api/answer.ts';
import type { KeyCache } from '../ingest/key-cache.ts';
import { API_TOKEN_FORMAT, type ApiToken, hasTokenEnded } from '../store/api-tokens.ts';
import type { ApiRequest } from './http.ts';
import type { ApiError } from './reply.ts';

/** Who asks, once that is proven. */
export interface Caller {
  /** A token's name, or a person's email address; what the audit log says. */
  readonly name: string;
  readonly role: Role;
  /** What proved it: an API token, or a person's session in a browser. */
  readonly kind: 'token' | 'session';
}

export interface AuthenticationPorts {
  readonly tokens: KeyCache<ApiToken>;
  readonly nowMs: () => number;
}

export const AUDIT_PATH = '/api/v1/audit';

/** Who sent a request; `unauthorized` when nothing in it proves that. */
export async function authenticate(
  { token }: ApiRequest,
  { tokens, nowMs }: AuthenticationPorts,
): Promise<Result<Caller, ApiError>> {
  if (token === undefined)
    return unauthorized(
      'no token: send it as a bearer token, or as the password of basic authentication',
    );
  return tokenCaller(token, tokens, nowMs());
}

/** `forbidden` when the caller's role does not allow the request. */
export function authorize(
  { name, role, kind }: Caller,
  { method, path }: Pick<ApiRequest, 'method' | 'path'>,
): Result<undefined, ApiError> {
  const needed = roleFor(method, path);
  if (mayAs(role, needed)) return ok(undefined);
  const who = kind === 'token' ? `this token (${name})` : name;
  return err({ kind: 'forbidden', message: `${who} has the role ${role}; this takes ${needed}` });
}

async function tokenCaller(
  token: string,
  tokens: KeyCache<ApiToken>,
  nowMs: number,
): Promise<Result<Caller, ApiError>> {
  if (!API_TOKEN_FORMAT.test(token))
    return unauthorized('this is not an API token: one is "hvt_" and 32 characters');
  const known = await tokens.ownerOf(token, nowMs);
  if (known === undefined) return unauthorized('this token is not known here');
  if (hasTokenEnded(known, nowMs))
    return unauthorized(`this token (${known.name}) has ended: make another`);
  return ok({ name: known.name, role: known.role, kind: 'token' });
}

/** Prometheus' API posts questions too; Alertmanager's posts what is to change. */
function roleFor(method: string, path: string): Role {
  if (path === AUDIT_PATH) return 'admin';
  const isRead = method === 'GET' || method === 'HEAD';
  return isRead || !isAlertmanagerPath(path) ? 'viewer' : 'operator';
}

function unauthorized(message: string): Result<never, ApiError> {
  return err({ kind: 'unauthorized', message });
}
