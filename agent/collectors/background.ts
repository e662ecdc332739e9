/** What the latest reading of a slow source gave. */
export type Latest<T> =
  | { readonly kind: 'none' }
  | { readonly kind: 'value'; readonly value: T }
  | { readonly kind: 'failed'; readonly error: unknown };

/**
 * Reads a slow source now and then, beside the samples: none of them waits for it. What it read
 * stands until the next reading; a failed one takes its place.
 */
export class Background<T> {
  readonly #everyMs: number;
  readonly #load: () => Promise<T>;
  readonly #monotonicMs: () => number;
  #latest: Latest<T> = { kind: 'none' };
  #startedAtMs = Number.NEGATIVE_INFINITY;
  #underWay: Promise<void> | undefined;

  /** `load` must end by itself in bounded time. */
  constructor(everyMs: number, monotonicMs: () => number, load: () => Promise<T>) {
    this.#everyMs = everyMs;
    this.#monotonicMs = monotonicMs;
    this.#load = load;
  }

  /** The latest reading. Begins the next one if it is time, without waiting for it. */
  latest(): Latest<T> {
    const nowMs = this.#monotonicMs();
    if (this.#underWay === undefined && nowMs - this.#startedAtMs >= this.#everyMs) {
      this.#startedAtMs = nowMs;
      this.#underWay = this.#run();
    }
    return this.#latest;
  }

  /** Reads at the next sample, whenever that should have been. */
  expire(): void {
    this.#startedAtMs = Number.NEGATIVE_INFINITY;
  }

  /** Settles when no reading is under way. */
  async settled(): Promise<void> {
    await this.#underWay;
  }

  async #run(): Promise<void> {
    try {
      this.#latest = { kind: 'value', value: await this.#load() };
    } catch (error) {
      this.#latest = { kind: 'failed', error };
    }
    this.#underWay = undefined;
  }
}
