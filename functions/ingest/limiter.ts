import { type Bucket, type RateLimit, takeToken } from '../../core/rate-limit.ts';

/** The ms a host or sender must wait before its next request; 0 when it may send. */
export type Limiter = (name: string, nowMs: number) => number;

/** One bucket is some 100 bytes; forgetting one only gives its owner a full one. */
const MAX_BUCKETS = 20_000;

/** A bucket for each name, in the memory of one warm function. */
export function createLimiter(limit: RateLimit): Limiter {
  const buckets = new Map<string, Bucket>();
  return (name, nowMs) => {
    const { bucket, waitMs } = takeToken(limit, buckets.get(name), nowMs);
    buckets.delete(name);
    const oldest = buckets.keys().next().value;
    if (buckets.size >= MAX_BUCKETS && oldest !== undefined) buckets.delete(oldest);
    buckets.set(name, bucket);
    return waitMs;
  };
}
