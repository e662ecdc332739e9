/**
 * Remembers for a while which host a key belongs to, so that a warm function asks the table once a
 * minute and key rather than once a batch. Unknown keys are remembered too, more shortly.
 */
export interface KeyCache {
  readonly hostOf: (key: string, nowMs: number) => Promise<string | undefined>;
}

/** A key that was taken away works this much longer, at most. */
const KNOWN_MS = 60_000;
const UNKNOWN_MS = 10_000;
/** Some 2 MB; a fleet larger than this asks the table a little more often. */
const MAX_KEYS = 20_000;

export function createKeyCache(ask: (key: string) => Promise<string | undefined>): KeyCache {
  const known = new Map<string, { host: string | undefined; untilMs: number }>();
  return {
    hostOf: async (key, nowMs) => {
      const entry = known.get(key);
      if (entry !== undefined && nowMs < entry.untilMs) return entry.host;
      const host = await ask(key);
      known.delete(key);
      const oldest = known.keys().next().value;
      if (known.size >= MAX_KEYS && oldest !== undefined) known.delete(oldest);
      known.set(key, { host, untilMs: nowMs + (host === undefined ? UNKNOWN_MS : KNOWN_MS) });
      return host;
    },
  };
}
