/**
 * The host-minute, the unit of storage: host h's minute k runs from k:00 plus h's own phase, so
 * that a fleet's posts spread over the minute and each arrives fresh.
 */

export const MINUTE_MS = 60_000;

/** Samples further ahead than this are refused: a clock is wrong, and they would shadow good ones. */
export const FUTURE_LIMIT_MS = 10 * MINUTE_MS;

/** A host's phase in ms: whole seconds, 0 to 59,000, from an FNV-1a hash of its name's UTF-8. */
export function phaseMs(host: string): number {
  return (fnv1a(host) % 60) * 1000;
}

/** The number (minutes since 1970) of the host-minute that holds the instant. */
export function minuteOf(host: string, timestampMs: number): number {
  return Math.floor((timestampMs - phaseMs(host)) / MINUTE_MS);
}

/** The first instant of a host-minute, ms since 1970. It ends where the next one begins. */
export function minuteStartMs(host: string, minute: number): number {
  return minute * MINUTE_MS + phaseMs(host);
}

/** Which of `shardCount` shards keeps a host. */
export function shardOf(host: string, shardCount: number): number {
  return fnv1a(`shard/${host}`) % shardCount;
}

/** The 32-bit FNV-1a hash of a string's UTF-8 bytes. Source: isthe.com/chongo/tech/comp/fnv. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) {
    hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  }
  return hash;
}
