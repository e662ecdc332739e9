import type { LambdaFunctionURLEvent } from 'aws-lambda';

/**
 * Browsers take a cookie of such a name only from this very host, over TLS and for all paths: no
 * neighbour under the same domain can set one for us.
 */
const SESSION_COOKIE = '__Host-hypervigil';
const FLOW_COOKIE = '__Host-hypervigil-sign-in';

/** The session's id, as the browser sent it; `undefined` if it has none. */
export function sessionCookie(event: LambdaFunctionURLEvent): string | undefined {
  return cookieOf(event, SESSION_COOKIE);
}

/** What the browser was given when the sign-in began. */
export function flowCookie(event: LambdaFunctionURLEvent): string | undefined {
  return cookieOf(event, FLOW_COOKIE);
}

/**
 * Strict: pages need no cookie, only what they ask for later does, so a link from elsewhere works
 * and brings none along.
 */
export function setSessionCookie(id: string, maxAgeMs: number): string {
  return `${SESSION_COOKIE}=${id}; ${attributes('Strict', maxAgeMs)}`;
}

/** Lax: it must come back when Cognito sends the browser back here, which Strict would not let it. */
export function setFlowCookie(value: string, maxAgeMs: number): string {
  return `${FLOW_COOKIE}=${value}; ${attributes('Lax', maxAgeMs)}`;
}

export function clearSessionCookie(): string {
  return setSessionCookie('', 0);
}

export function clearFlowCookie(): string {
  return setFlowCookie('', 0);
}

function attributes(sameSite: 'Strict' | 'Lax', maxAgeMs: number): string {
  return `Path=/; Secure; HttpOnly; SameSite=${sameSite}; Max-Age=${Math.floor(maxAgeMs / 1000)}`;
}

/** Browsers take a name that begins with any other space for another one, which a neighbour may set. */
const SPACES = /^[ \t]+|[ \t]+$/g;

/** Lambda gives cookies apart from the headers. */
function cookieOf(event: LambdaFunctionURLEvent, name: string): string | undefined {
  const pairs = event.cookies ?? (event.headers['cookie'] ?? '').split(';');
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    if (at > 0 && pair.slice(0, at).replace(SPACES, '') === name)
      return pair.slice(at + 1).replace(SPACES, '');
  }
  return undefined;
}
