/**
 * Remembers for a while whose a key is, so that a warm function does not ask the table once a batch.
 * Unknown keys are remembered too, more shortly.
 */
export interface KeyCache<Owner> {
  /** `undefined` for a key nobody made. */
  readonly ownerOf: (key: string, nowMs: number) => Promise<Owner | undefined>;
}

const KNOWN_MS = 60_000;
const UNKNOWN_MS = 10_000;
/** Some 2 MB; a fleet larger than this asks the table a little more often. */
const MAX_KEYS = 20_000;

/** `knownMs`: a key that was taken away works this much longer, at most. */
export function createKeyCache<Owner>(
  ask: (key: string, nowMs: number) => Promise<Owner | undefined>,
  knownMs = KNOWN_MS,
): KeyCache<Owner> {
  const known = new Map<string, { owner: Owner | undefined; untilMs: number }>();
  return {
    ownerOf: async (key, nowMs) => {
      const entry = known.get(key);
      if (entry !== undefined && nowMs < entry.untilMs) return entry.owner;
      const owner = await ask(key, nowMs);
      known.delete(key);
      const oldest = known.keys().next().value;
      if (known.size >= MAX_KEYS && oldest !== undefined) known.delete(oldest);
      known.set(key, { owner, untilMs: nowMs + (owner === undefined ? UNKNOWN_MS : knownMs) });
      return owner;
    },
  };
}
