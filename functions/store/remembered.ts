/** What changes shows so much later, at most. */
const CACHE_MS = 60_000;

/** Asks, or gives what was answered lately. */
export interface Remembered<T> {
  (nowMs: number): Promise<T>;
  /** Is there an answer that is not too old? */
  readonly isKnown: (nowMs: number) => boolean;
}

/** The answer to a question as a warm function remembers it for `cacheMs`, asked for only when it is needed. */
export function remembered<T>(
  ask: (nowMs: number) => Promise<T>,
  cacheMs = CACHE_MS,
): Remembered<T> {
  let known: { readonly value: Promise<T>; readonly untilMs: number } | undefined;
  const isKnown = (nowMs: number) => known !== undefined && nowMs < known.untilMs;
  const remember = (nowMs: number) => {
    if (known !== undefined && nowMs < known.untilMs) return known.value;
    const entry = { value: ask(nowMs), untilMs: nowMs + cacheMs };
    known = entry;
    // What failed is not remembered, and everyone who waited for it hears so.
    entry.value.catch(() => {
      if (known === entry) known = undefined;
    });
    return entry.value;
  };
  return Object.assign(remember, { isKnown });
}
