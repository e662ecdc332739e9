import { type Bucket, type RateLimit, takeToken } from '../../core/rate-limit.ts';
import type { KeyCache } from './key-cache.ts';

/** Whose a key is (`undefined`: nobody's), or how long to wait before the table is asked for it. */
export interface Found<Owner> {
  readonly owner: Owner | undefined;
  /** 0: it was looked up. */
  readonly waitMs: number;
}

/** Looks up whose a key is that came from an address; `''` where that is not known. */
export type GuardedKeys<Owner> = (
  key: string,
  source: string,
  nowMs: number,
) => Promise<Found<Owner>>;

/** How many keys that nobody made are looked up. */
export interface GuessLimits {
  readonly perSource: RateLimit;
  /** Of all addresses together: whoever guesses may have many. */
  readonly inAll: RateLimit;
}

/**
 * Where hosts and senders come: a site of thousands may have one address, and a table that was made anew knows
 * none of them. 200 a second are a fifteenth of what a partition of the table can be asked for.
 */
export const GUESS_LIMITS: GuessLimits = {
  perSource: { burst: 500, perSecond: 20 },
  inAll: { burst: 2000, perSecond: 200 },
};

/** What is said to who has to wait. */
export function tooManyGuesses(waitMs: number): { message: string; retryAfterMs: number } {
  const message = 'too many keys came that are not known here: yours is looked up in a moment';
  return { message, retryAfterMs: waitMs };
}

/** Some 2 MB; forgetting an address lets it guess a few more. */
const MAX_SOURCES = 10_000;

/**
 * Each key that nobody made costs a read of the table. So when an address, or all of them together, came with
 * too many of those, keys that are not remembered are not looked up for a moment; those that are go on as ever.
 * It bounds the reads of one warm function. To find a key nobody will: it has 192 random bits.
 */
export function guardGuesses<Owner>(
  keys: KeyCache<Owner>,
  { perSource, inAll }: GuessLimits,
): GuardedKeys<Owner> {
  const sources = new Map<string, Bucket>();
  let all: Bucket | undefined;
  const waitMsOf = (source: string, nowMs: number): number =>
    Math.max(
      takeToken(perSource, sources.get(source), nowMs).waitMs,
      takeToken(inAll, all, nowMs).waitMs,
    );
  const noteGuess = (source: string, nowMs: number): void => {
    const { bucket } = takeToken(perSource, sources.get(source), nowMs);
    sources.delete(source);
    const oldest = sources.keys().next().value;
    if (sources.size >= MAX_SOURCES && oldest !== undefined) sources.delete(oldest);
    sources.set(source, bucket);
    all = takeToken(inAll, all, nowMs).bucket;
  };
  return async (key, source, nowMs) => {
    if (keys.remembers(key, nowMs)) return { owner: await keys.ownerOf(key, nowMs), waitMs: 0 };
    const waitMs = waitMsOf(source, nowMs);
    if (waitMs > 0) return { owner: undefined, waitMs };
    const owner = await keys.ownerOf(key, nowMs);
    if (owner === undefined) noteGuess(source, nowMs);
    return { owner, waitMs: 0 };
  };
}
