import type { LambdaFunctionURLEvent } from 'aws-lambda';
import { reaches } from '../../core/area.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { mayAs, type Role } from '../../core/role.ts';
import { type GuardedKeys, tooManyGuesses } from '../ingest/guess-guard.ts';
import { API_TOKEN_FORMAT, type ApiToken, hasTokenEnded } from '../store/api-tokens.ts';
import type { Session } from '../store/sessions.ts';
import { accessTo } from './access.ts';
import type { ApiRequest } from './http.ts';
import type { ApiError } from './reply.ts';
import { sessionCookie } from './sign-in/cookies.ts';
import { checkOwnPage } from './sign-in/own-page.ts';

/** Who asks, once that is proven. */
export interface Caller {
  /** A token's name, or a person's email address; what the audit log says. */
  readonly name: string;
  readonly role: Role;
  /** What proved it: an API token, or a person's session in a browser. */
  readonly kind: 'token' | 'session';
  /** Of a session only. */
  readonly endsAtMs?: number;
  /** Of a session only: under what the table keeps it. */
  readonly sessionHash?: string;
  /** Of a token only. */
  readonly token?: Pick<ApiToken, 'id' | 'owner' | 'areas' | 'endsAtMs'>;
}

/** The person who asks, in a session or with a token of theirs; `undefined` for a service. */
export function personOf({ name, kind, token }: Caller): string | undefined {
  return kind === 'session' ? name : token?.owner;
}

export interface AuthenticationPorts {
  readonly tokens: GuardedKeys<ApiToken>;
  /** Whose session the id in a cookie is; absent: nobody signs in here. */
  readonly sessionOf?:
    | ((
        id: string,
        source: string,
      ) => Promise<Result<Pick<Session, 'hash' | 'name' | 'role' | 'endsAtMs'>, ApiError>>)
    | undefined;
  /** Where people see this API, as browsers write it: `https://ops.example.org`. */
  readonly ownOrigins: readonly string[];
  readonly nowMs: () => number;
}

export const AUDIT_PATH = '/api/v1/audit';

/**
 * Who sent a request: with a token if there is one, else in the session of the browser's cookie.
 * `unauthorized` when nothing in it proves that, `forbidden` when a page of another origin made the browser ask.
 */
export async function authenticate(
  event: LambdaFunctionURLEvent,
  { token }: Pick<ApiRequest, 'token'>,
  { tokens, sessionOf, ownOrigins, nowMs }: AuthenticationPorts,
): Promise<Result<Caller, ApiError>> {
  const source = event.requestContext.http.sourceIp ?? '';
  if (token !== undefined) return tokenCaller(token, source, tokens, nowMs());
  const id = sessionCookie(event);
  if (id !== undefined && sessionOf !== undefined) {
    const own = checkOwnPage(event, ownOrigins);
    if (!own.ok) return own;
    const session = await sessionOf(id, source);
    if (!session.ok) return session;
    const { hash, name, role, endsAtMs } = session.value;
    return ok({ name, role, kind: 'session', endsAtMs, sessionHash: hash });
  }
  return unauthorized(
    'no token: send it as a bearer token, or as the password of basic authentication',
  );
}

/** `forbidden` when the caller's role does not allow the request. */
export function authorize(
  { name, role, kind, token }: Caller,
  { method, path }: Pick<ApiRequest, 'method' | 'path'>,
): Result<undefined, ApiError> {
  const needed = accessTo(method, path);
  const who = kind === 'token' ? `this token (${name})` : name;
  if (!mayAs(role, needed.role)) {
    const message = `${who} has the role ${role}; this takes ${needed.role}`;
    return err({ kind: 'forbidden', message });
  }
  if (needed.area === undefined || reaches(token?.areas, needed.area)) return ok(undefined);
  const message = `${who} is for ${token?.areas?.join(', ')} only; this takes ${needed.area}`;
  return err({ kind: 'forbidden', message });
}

async function tokenCaller(
  token: string,
  source: string,
  tokens: GuardedKeys<ApiToken>,
  nowMs: number,
): Promise<Result<Caller, ApiError>> {
  if (!API_TOKEN_FORMAT.test(token))
    return unauthorized('this is not an API token: one is "hvt_" and 32 characters');
  const { owner: known, waitMs } = await tokens(token, source, nowMs);
  if (waitMs > 0) return err({ kind: 'too_many', ...tooManyGuesses(waitMs) });
  if (known === undefined) return unauthorized('this token is not known here');
  if (hasTokenEnded(known, nowMs))
    return unauthorized(`this token (${known.name}) has ended: make another`);
  const { id, name, role, owner, areas, endsAtMs } = known;
  const shown = owner === undefined ? name : `${owner} (${name})`;
  return ok({ name: shown, role, kind: 'token', token: { id, owner, areas, endsAtMs } });
}

function unauthorized(message: string): Result<never, ApiError> {
  return err({ kind: 'unauthorized', message });
}
