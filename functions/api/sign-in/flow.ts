import { createHash, randomBytes } from 'node:crypto';
import { isPagePath } from '../pages/page.ts';
import type { SignInSettings } from './settings.ts';

/** With a first password to change and a second factor to set up it takes some minutes. */
export const FLOW_LASTS_MS = 15 * 60_000;
/** Where people are led who came from nowhere. */
const START = '/';
/** Browsers keep cookies of 4 KB. */
const MAX_RETURN_CHARS = 2000;
const SECRET_FORMAT = /^[A-Za-z0-9_-]{43}$/;

/** What this browser must bring back, so that nobody can finish a sign-in that another began. */
export interface Flow {
  /** Comes back in the address. */
  readonly state: string;
  /** Proves to Cognito that who redeems the code is who asked for it (PKCE). */
  readonly verifier: string;
  /** Comes back within the ID token. */
  readonly nonce: string;
  /** Path, query and fragment of a page of this site, for afterwards. */
  readonly returnTo: string;
}

export function newFlow(wanted: string | null): Flow {
  return { state: secret(), verifier: secret(), nonce: secret(), returnTo: returnPath(wanted) };
}

export function encodeFlow({ state, verifier, nonce, returnTo }: Flow): string {
  return [state, verifier, nonce, Buffer.from(returnTo).toString('base64url')].join('.');
}

/** `undefined` for what `encodeFlow` did not make. */
export function decodeFlow(text: string): Flow | undefined {
  const [state = '', verifier = '', nonce = '', returnTo = ''] = text.split('.');
  if (![state, verifier, nonce].every((one) => SECRET_FORMAT.test(one))) return undefined;
  const wanted = Buffer.from(returnTo, 'base64url').toString('utf8');
  return { state, verifier, nonce, returnTo: returnPath(wanted) };
}

/** Where Cognito asks who it is. Source: docs.aws.amazon.com/cognito, "Authorize endpoint". */
export function authorizeUrl(settings: SignInSettings, { state, verifier, nonce }: Flow): string {
  const url = new URL('/oauth2/authorize', settings.domain);
  url.search = new URLSearchParams({
    response_type: 'code',
    client_id: settings.clientId,
    redirect_uri: settings.callbackUrl,
    scope: 'openid email',
    state,
    nonce,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  }).toString();
  return url.href;
}

/**
 * The page to come back to, of what the address says: one of this site, whatever was written, so
 * that no link that begins here ends elsewhere.
 */
function returnPath(wanted: string | null): string {
  const base = 'https://here.invalid';
  if (wanted === null || wanted.length > MAX_RETURN_CHARS) return START;
  const url = URL.parse(wanted, base);
  if (url === null || url.origin !== base || !isPagePath(url.pathname)) return START;
  return `${url.pathname}${url.search}${url.hash}`;
}

/** 256 bits, 43 characters: the least that PKCE takes. Source: RFC 7636, section 4.1. */
function secret(): string {
  return randomBytes(32).toString('base64url');
}
