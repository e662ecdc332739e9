/** A token bucket: `burst` at once, `perSecond` in the long run. */
export interface RateLimit {
  readonly burst: number;
  readonly perSecond: number;
}

/** What a bucket remembers between two requests. */
export interface Bucket {
  readonly tokens: number;
  readonly atMs: number;
}

/** Takes one token: the bucket after it, and 0 or the ms to wait for the next when it is empty. */
export function takeToken(
  limit: RateLimit,
  bucket: Bucket | undefined,
  nowMs: number,
): { bucket: Bucket; waitMs: number } {
  const elapsedMs = Math.max(0, nowMs - (bucket?.atMs ?? nowMs));
  const tokens = Math.min(
    limit.burst,
    (bucket?.tokens ?? limit.burst) + (elapsedMs / 1000) * limit.perSecond,
  );
  if (tokens < 1) {
    return {
      bucket: { tokens, atMs: nowMs },
      waitMs: Math.ceil(((1 - tokens) / limit.perSecond) * 1000),
    };
  }
  return { bucket: { tokens: tokens - 1, atMs: nowMs }, waitMs: 0 };
}
