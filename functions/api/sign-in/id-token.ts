import { KidNotFoundInJwksError, WaitPeriodNotYetEndedJwkError } from 'aws-jwt-verify/error';
import { SimpleJwksCache } from 'aws-jwt-verify/jwk';
import { JwtVerifier } from 'aws-jwt-verify/jwt-verifier';
import * as v from 'valibot';
import { err, ok, type Result } from '../../../core/result.ts';
import { ROLES, type Role } from '../../../core/role.ts';
import type { TokenFailure } from './failure.ts';
import type { SignInSettings } from './settings.ts';

const ANSWER_MS = 5000;
/** Clocks differ. */
const GRACE_SECONDS = 30;

const claimsSchema = v.object({
  sub: v.pipe(v.string(), v.nonEmpty()),
  token_use: v.literal('id'),
  nonce: v.optional(v.string()),
  email: v.optional(v.string()),
  email_verified: v.optional(v.boolean(), false),
  'cognito:groups': v.optional(v.array(v.string()), []),
});

/** Who signed in. */
export interface Person {
  /** Cognito's own id: stays the same whatever else changes. */
  readonly sub: string;
  /** The email address in small letters, if that is proven; else `sub`. */
  readonly name: string;
  /** The most that their groups allow; `undefined`: they are in none of ours. */
  readonly role: Role | undefined;
  /** As it was sent when the sign-in began; renewals have none. */
  readonly nonce: string | undefined;
}

/**
 * Whom an ID token is about, once signature, issuer, client, time and kind are checked. `refused`: it is
 * not a token of this pool for this client, or is over. `unreachable`: the pool's keys can't be had.
 */
export type VerifyIdToken = (
  settings: SignInSettings,
  token: string,
) => Promise<Result<Person, TokenFailure>>;

export function createIdTokenVerifier(): VerifyIdToken {
  // The pool's keys are remembered, by their address; one that is new is asked for again.
  const jwksCache = new SimpleJwksCache({ fetcher: { fetch: fetchKeys } });
  return async (settings, token) => {
    const verifier = JwtVerifier.create(
      {
        issuer: settings.issuer,
        audience: settings.clientId,
        jwksUri: settings.keysUrl,
        graceSeconds: GRACE_SECONDS,
      },
      { jwksCache },
    );
    try {
      return personOf(await verifier.verify(token));
    } catch (error) {
      const message = `the ID token: ${error instanceof Error ? error.message : error}`;
      const isUnsure = UNSURE.some((kind) => error instanceof kind);
      return err({ code: isUnsure ? 'unreachable' : 'refused', message });
    }
  };
}

class NoKeys extends Error {
  override readonly name = 'NoKeys';
}

/** No reason to end somebody's session: the pool's new key may not be everywhere yet. */
const UNSURE = [NoKeys, KidNotFoundInJwksError, WaitPeriodNotYetEndedJwkError];

async function fetchKeys(uri: string): Promise<ArrayBuffer> {
  try {
    const response = await fetch(uri, {
      redirect: 'error',
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    if (!response.ok) throw new Error(`status ${response.status}`);
    return await response.arrayBuffer();
  } catch (error) {
    throw new NoKeys(`its keys can't be had: ${error instanceof Error ? error.message : error}`);
  }
}

function personOf(payload: unknown): Result<Person, TokenFailure> {
  const claims = v.safeParse(claimsSchema, payload);
  if (!claims.success) {
    const [issue] = claims.issues;
    const message = `the ID token: ${v.getDotPath(issue) ?? ''}: ${issue.message}`;
    return err({ code: 'refused', message });
  }
  const { sub, email, email_verified, nonce, 'cognito:groups': groups } = claims.output;
  const role = ROLES.findLast((one) => groups.includes(one));
  // Cognito takes capital letters for small ones, and gives them back as they were written.
  const name = email !== undefined && email_verified ? email.toLowerCase() : sub;
  return ok({ sub, name, role, nonce });
}
