import type { Log } from './log.ts';
import type { Batch, MinuteBuffer } from './minute-buffer.ts';
import type { PostOutcome } from './poster.ts';

/** The wait before attempt n + 1 is a random part of 1, 2, 4 ... seconds, at most a minute. */
const BACKOFF_BASE_MS = 1000;
const BACKOFF_MAX_MS = 60_000;

export interface DeliveryOptions {
  readonly buffer: MinuteBuffer;
  readonly post: (chunk: Uint8Array, signal: AbortSignal) => Promise<PostOutcome>;
  readonly log: Log;
  /** At least 0, below 1. */
  readonly random: () => number;
  /** Resolves after the time, or at once when aborted. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

/**
 * Brings the buffer's minutes to the server, oldest first and one at a time. After a failure it
 * waits, longer each time and at random (full jitter), so that a fleet does not fall upon a server
 * that just came back.
 */
export class Delivery {
  readonly #options: DeliveryOptions;
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;
  /** Post the open minute too, as far as it is. */
  #wantsOpenMinute = false;
  #failures = 0;
  /** What was said of the failures last: a lasting one is logged once. */
  #said = '';

  constructor(options: DeliveryOptions) {
    this.#options = options;
  }

  /** Begins to deliver, unless it is under way already. */
  start(withOpenMinute: boolean): void {
    this.#wantsOpenMinute ||= withOpenMinute;
    this.#running ??= this.#deliver(this.#stop.signal).finally(() => {
      this.#running = undefined;
    });
  }

  /** Resolves when nothing is being delivered. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  /** A last round with everything, the open minute too: one attempt each, within a time. */
  async stop(withinMs: number): Promise<void> {
    this.#stop.abort();
    await this.idle();
    const deadline = AbortSignal.timeout(withinMs);
    this.#wantsOpenMinute = true;
    for (let batch = this.#next(); batch !== undefined; batch = this.#next()) {
      const outcome = await this.#options.post(batch.chunk, deadline);
      if (!this.#settle(batch, outcome)) break;
    }
    const left = this.#options.buffer.waitingSamples;
    if (left > 0) this.#options.log(`stopped with ${left} samples that the server does not have`);
  }

  async #deliver(signal: AbortSignal): Promise<void> {
    const { post, sleep } = this.#options;
    for (let batch = this.#next(); batch !== undefined && !signal.aborted; batch = this.#next()) {
      const outcome = await post(batch.chunk, signal);
      if (signal.aborted && outcome.kind !== 'stored') return;
      if (!this.#settle(batch, outcome)) await sleep(this.#waitMs(outcome), signal);
    }
  }

  #next(): Batch | undefined {
    const { buffer } = this.#options;
    const next = buffer.oldest() ?? (this.#wantsOpenMinute ? buffer.soFar() : undefined);
    if (next === undefined) this.#wantsOpenMinute = false;
    return next;
  }

  /** Is the batch done with? */
  #settle(batch: Batch, outcome: PostOutcome): boolean {
    const { buffer, log } = this.#options;
    switch (outcome.kind) {
      case 'stored':
        buffer.acknowledge(batch);
        if (this.#failures > 0) log('the server takes samples again');
        break;
      case 'refused':
        log(`${batch.freshCount} samples dropped: ${outcome.message}`);
        buffer.discard(batch, outcome.reason);
        break;
      default:
        this.#failures += 1;
        if (outcome.message !== this.#said) {
          log(`not posted, will try again: ${outcome.message}`);
          this.#said = outcome.message;
        }
        return false;
    }
    this.#failures = 0;
    this.#said = '';
    return true;
  }

  #waitMs(outcome: PostOutcome): number {
    const ceiling = Math.min(BACKOFF_MAX_MS, BACKOFF_BASE_MS * 2 ** (this.#failures - 1));
    const jitter = this.#options.random() * ceiling;
    const asked = outcome.kind === 'later' ? outcome.afterMs : undefined;
    // All who were told the same time would come back together: the jitter goes on top.
    return asked === undefined ? jitter : asked + this.#options.random() * BACKOFF_BASE_MS;
  }
}
