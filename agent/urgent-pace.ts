/** Between two urgent posts: what comes to harm meanwhile shares the next one. */
const POST_GAP_MS = 5000;

/** From an event to the sample: libvirt settles, and others that fail at the same time are in it too. */
const SETTLE_MS = 250;

/**
 * When to sample out of turn, and when to post at once. It is told of events (something may be wrong)
 * and of samples (something is), both at any rate; it answers with at most one post each 5 s, and
 * forgets nothing meanwhile.
 */
export class UrgentPace {
  readonly #monotonicMs: () => number;
  /** An event that no sample has followed. */
  #raisedMs: number | undefined;
  /** Trouble that was sampled, and not posted yet. */
  #isOwed = false;
  #postedMs = Number.NEGATIVE_INFINITY;
  #wake: () => void = () => {};

  /** `monotonicMs` never goes back. */
  constructor(monotonicMs: () => number) {
    this.#monotonicMs = monotonicMs;
  }

  /** An event: ends a `sleep`. */
  raise(): void {
    this.#raisedMs ??= this.#monotonicMs();
    this.#wake();
  }

  /** In how many ms a sample out of turn is wanted, 0 for now; `undefined` for not at all. */
  sampleInMs(): number | undefined {
    if (this.#raisedMs === undefined && !this.#isOwed) return undefined;
    const settledMs = (this.#raisedMs ?? Number.NEGATIVE_INFINITY) + SETTLE_MS;
    const atMs = Math.max(settledMs, this.#postedMs + POST_GAP_MS);
    return Math.max(0, atMs - this.#monotonicMs());
  }

  /** A sample begins: it will tell of all events so far. */
  beginSample(): void {
    this.#raisedMs = undefined;
  }

  /** A sample is in the buffer. Is it, with what is owed from before, to be posted now? */
  isPostDue(hasTrouble: boolean): boolean {
    this.#isOwed ||= hasTrouble;
    const nowMs = this.#monotonicMs();
    if (!this.#isOwed || nowMs - this.#postedMs < POST_GAP_MS) return false;
    this.#isOwed = false;
    this.#postedMs = nowMs;
    return true;
  }

  /** Waits so long, or until an event or the signal. */
  sleep(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', end);
        this.#wake = () => {};
        resolve();
      };
      const timer = setTimeout(end, ms);
      this.#wake = end;
      signal.addEventListener('abort', end, { once: true });
      if (signal.aborted) end();
    });
  }
}
