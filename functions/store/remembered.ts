/** What changes shows so much later, at most. */
const CACHE_MS = 60_000;

/** The answer to a question as a warm function remembers it, asked for only when it is needed. */
export function remembered<T>(ask: (nowMs: number) => Promise<T>): (nowMs: number) => Promise<T> {
  let known: { readonly value: Promise<T>; readonly untilMs: number } | undefined;
  return (nowMs) => {
    if (known !== undefined && nowMs < known.untilMs) return known.value;
    const entry = { value: ask(nowMs), untilMs: nowMs + CACHE_MS };
    known = entry;
    // What failed is not remembered, and everyone who waited for it hears so.
    entry.value.catch(() => {
      if (known === entry) known = undefined;
    });
    return entry.value;
  };
}
