import type { RateLimit } from '../../core/rate-limit.ts';
import { err, ok, type Result } from '../../core/result.ts';
import type { GuessLimits } from '../ingest/guess-guard.ts';
import type { Limiter } from '../ingest/limiter.ts';
import type { Caller } from './authenticate.ts';
import type { ApiError } from './reply.ts';

/**
 * Per token and per person, in one warm function. A dashboard asks some 50 things at once, a command one after
 * the other. A function answers one request at a time, so how much is asked in all is bounded by how many
 * functions may run at once, and what one question may read by limits of its own.
 */
export const CALLER_LIMIT: RateLimit = { burst: 500, perSecond: 100 };

/** Tokens that nobody made: a program has one, and a person who mistypes it a few. */
export const TOKEN_GUESS_LIMITS: GuessLimits = {
  perSource: { burst: 50, perSecond: 1 },
  inAll: { burst: 500, perSecond: 20 },
};

/**
 * Signing in and out from one address: each comes back once, and Cognito is asked then. Many may have one address:
 * an office, or what stands before the API under a name of its own.
 */
export const SIGN_IN_LIMIT: RateLimit = { burst: 200, perSecond: 5 };

/** `too_many` when a caller comes too often. */
export function checkRate(
  { name, kind, token }: Caller,
  limiter: Limiter,
  nowMs: number,
): Result<undefined, ApiError> {
  const waitMs = limiter(token?.id ?? `${kind} ${name}`, nowMs);
  if (waitMs === 0) return ok(undefined);
  const message = `more than ${CALLER_LIMIT.perSecond} requests a second from ${name}`;
  return err({ kind: 'too_many', message, retryAfterMs: waitMs });
}
