import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { patienceLeftMs } from './patience.ts';

/**
 * When a call of the table is made again. The SDK's own strategy waits up to 1, 2 and 4 s for a throttled
 * table, knows nothing of the time its caller has, and takes some words of the table for final that are not.
 */
export interface RetryLimits {
  /** Calls in all, the first included. */
  readonly attemptsMax: number;
  /** How long one call may go without an answer, connecting included, or without the rest of one. */
  readonly answerMs: number;
}

/** For functions that somebody waits for: 4 x 1.5 s + 1.4 s <= 7.4 s a call, cut short by their patience. */
export const QUICK: RetryLimits = { attemptsMax: 4, answerMs: 1500 };

/** For much data, and where nobody waits: 6 x 8 s + 6.2 s <= 54.2 s a call, cut short by their patience. */
export const THOROUGH: RetryLimits = { attemptsMax: 6, answerMs: 8000 };

/** An embedded store shares its process with all that calls it, which may be busy for seconds. */
export const EMBEDDED: RetryLimits = { attemptsMax: 4, answerMs: 15_000 };

/** The wait before attempt n + 1 is a random part of these, doubled n - 1 times (full jitter). */
const FAULT_WAIT_MS = 50;
const THROTTLED_WAIT_MS = 200;

/**
 * So many further attempts, and one for each call that succeeds: when the table is gone, not each call of
 * a function asks it over and over.
 */
const SPARE_ATTEMPTS = 100;

/** The sum of all waits of one call, in ms, at most. */
export function waitsMaxMs({ attemptsMax }: Pick<RetryLimits, 'attemptsMax'>): number {
  return THROTTLED_WAIT_MS * (2 ** (attemptsMax - 1) - 1);
}

type Strategy = Extract<
  NonNullable<DynamoDBClientConfig['retryStrategy']>,
  { acquireInitialRetryToken: unknown }
>;
type Token = Awaited<ReturnType<Strategy['acquireInitialRetryToken']>>;

/** Tries again what may pass, as long as whoever calls has time for it. One for a client. */
export function createRetryStrategy(
  { attemptsMax }: Pick<RetryLimits, 'attemptsMax'>,
  random: () => number = Math.random,
): Strategy {
  let spare = SPARE_ATTEMPTS;
  return {
    acquireInitialRetryToken: async () => tokenOf(0, 0),
    refreshRetryTokenForRetry: async (token, { errorType, error }) => {
      const retries = token.getRetryCount() + 1;
      const isThrottled = errorType === 'THROTTLING' || isThrottling(error);
      const waitMs =
        random() * (isThrottled ? THROTTLED_WAIT_MS : FAULT_WAIT_MS) * 2 ** (retries - 1);
      const isFinal = errorType === 'CLIENT_ERROR' && !isThrottled;
      if (isFinal || retries >= attemptsMax || spare < 1 || waitMs >= patienceLeftMs())
        throw new Error('not again');
      spare--;
      return tokenOf(retries, waitMs);
    },
    recordSuccess: () => {
      spare = Math.min(SPARE_ATTEMPTS, spare + 1);
    },
  };
}

/** Such as `KMSThrottlingException`, of which the SDK does not know that it passes. */
function isThrottling(error: unknown): boolean {
  return error instanceof Error && /Thrott/.test(error.name);
}

function tokenOf(retries: number, waitMs: number): Token {
  return { getRetryCount: () => retries, getRetryDelay: () => waitMs };
}
