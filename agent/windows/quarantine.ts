const REST_MIN_MS = 60_000;
const REST_MAX_MS = 15 * 60_000;

interface Case {
  readonly times: number;
  readonly untilMs: number;
  readonly why: string;
}

/**
 * Requests that made PowerShell hang or end. Each is let be for a minute, then for twice as long
 * every time, at most a quarter of an hour. Bounded, since there are only so many requests.
 */
export class Quarantine {
  readonly #monotonicMs: () => number;
  readonly #cases = new Map<string, Case>();

  constructor(monotonicMs: () => number) {
    this.#monotonicMs = monotonicMs;
  }

  put(request: string, why: string): void {
    const times = (this.#cases.get(request)?.times ?? 0) + 1;
    const restMs = Math.min(REST_MAX_MS, REST_MIN_MS * 2 ** (times - 1));
    this.#cases.set(request, { times, why, untilMs: this.#monotonicMs() + restMs });
  }

  release(request: string): void {
    this.#cases.delete(request);
  }

  /** Why it is not to be asked now; `undefined` if it may be. */
  reason(request: string): string | undefined {
    const found = this.#cases.get(request);
    if (found === undefined) return undefined;
    const leftMs = found.untilMs - this.#monotonicMs();
    if (leftMs <= 0) return undefined;
    const times = found.times === 1 ? 'once' : `${found.times} times in a row`;
    return `${found.why} (${times}); asked again in ${Math.ceil(leftMs / 1000)} s`;
  }
}
