import type { Batch } from './batch.ts';
import type { Log } from './log.ts';
import type { MinuteBuffer } from './minute-buffer.ts';
import type { PostOutcome } from './poster.ts';

/** The wait before attempt n + 1 is a random part of 1, 2, 4 ... seconds, at most a minute. */
const BACKOFF_BASE_MS = 1000;
const BACKOFF_MAX_MS = 60_000;

/** Between two posts of a backlog lies a random part of this: a day is sent in 12 minutes. */
const CATCH_UP_MS = 1000;

/** The wait after so many failures in a row; `askedMs`: what the server asked for. `random`: at least 0, below 1. */
export function retryWaitMs(failures: number, askedMs: number | undefined, random: number): number {
  const ceiling = Math.min(BACKOFF_MAX_MS, BACKOFF_BASE_MS * 2 ** (failures - 1));
  // All who were told the same time would come back together, again and again: the jitter goes on top, and grows.
  return (askedMs ?? 0) + random * ceiling;
}

/** The wait between two posts of a backlog. */
export function catchUpWaitMs(random: number): number {
  return random * CATCH_UP_MS;
}

export interface DeliveryOptions {
  readonly buffer: MinuteBuffer;
  readonly post: (
    chunk: Uint8Array,
    signal: AbortSignal,
    isUrgent: boolean,
  ) => Promise<PostOutcome>;
  readonly log: Log;
  /** At least 0, below 1. */
  readonly random: () => number;
  /** Resolves after the time, or at once when aborted. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

/**
 * Brings the buffer's minutes to the server, one at a time: what is newest at once, and a backlog in
 * between, oldest first and slowly. After a failure it waits, longer each time and at random (full
 * jitter), so that a fleet does not fall upon a server that just came back.
 */
export class Delivery {
  readonly #options: DeliveryOptions;
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;
  /** Post the open minute too, as far as it is. */
  #wantsOpenMinute = false;
  /** The newest minute that has had its turn. */
  #triedId = 0;
  /** The instant of a sample that cannot wait, until the server has it. */
  #urgentMs: number | undefined;
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

  /** Posts what there is up to now, with word that the sample of this instant cannot wait for a tick. */
  startUrgent(timestampMs: number): void {
    this.#urgentMs = timestampMs;
    this.start(true);
  }

  /** Resolves when nothing is being delivered. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  /** A last round with everything, the newest first: one attempt each, within a time. */
  async stop(withinMs: number): Promise<void> {
    this.#stop.abort();
    await this.idle();
    const { buffer, log } = this.#options;
    const deadline = AbortSignal.timeout(withinMs);
    buffer.close();
    this.#triedId = 0;
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      if (deadline.aborted) break;
      const outcome = await this.#post(next.batch, deadline);
      if (!this.#settle(next.batch, outcome)) break;
    }
    await buffer.written();
    const waiting = buffer.waitingSamples;
    const lost = buffer.unsavedSamples;
    if (lost > 0) log(`stopped with ${lost} samples that the server does not have`);
    if (waiting > lost) log(`${waiting - lost} samples wait in the spool for the next start`);
  }

  async #deliver(signal: AbortSignal): Promise<void> {
    const { buffer, sleep, random } = this.#options;
    for (let next = this.#next(); next !== undefined && !signal.aborted; next = this.#next()) {
      const { batch, isBacklog } = next;
      const outcome = await this.#post(batch, signal);
      if (signal.aborted && outcome.kind !== 'stored') return;
      if (!this.#settle(batch, outcome)) await sleep(this.#waitMs(outcome), signal);
      else if (isBacklog && buffer.oldest() !== undefined) {
        await sleep(catchUpWaitMs(random()), signal);
      }
    }
  }

  /** What is newest, once; then the oldest. */
  #next(): { readonly batch: Batch; readonly isBacklog: boolean } | undefined {
    const { buffer } = this.#options;
    const open = this.#wantsOpenMinute ? buffer.soFar() : undefined;
    if (open !== undefined) return { batch: open, isBacklog: false };
    this.#wantsOpenMinute = false;
    const newest = buffer.newest();
    if (newest !== undefined && newest.id > this.#triedId) {
      this.#triedId = newest.id;
      return { batch: newest, isBacklog: false };
    }
    const oldest = buffer.oldest();
    return oldest === undefined ? undefined : { batch: oldest, isBacklog: true };
  }

  async #post(batch: Batch, signal: AbortSignal): Promise<PostOutcome> {
    const chunk = await this.#options.buffer.chunkOf(batch);
    if (chunk === 'damaged') {
      const message = 'the spool does not hold any more what was written to it';
      return { kind: 'refused', reason: 'spool_damaged', message };
    }
    if (chunk === 'busy') {
      return { kind: 'later', afterMs: undefined, message: 'the disk of the spool hangs' };
    }
    return this.#options.post(chunk, signal, this.#isUrgent(batch));
  }

  #isUrgent({ lastMs }: Batch): boolean {
    return this.#urgentMs !== undefined && lastMs >= this.#urgentMs;
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
        if (this.#failures === 0) buffer.secure();
        this.#failures += 1;
        if (outcome.message !== this.#said) {
          log(`not posted, will try again: ${outcome.message}`);
          this.#said = outcome.message;
        }
        return false;
    }
    if (this.#isUrgent(batch)) this.#urgentMs = undefined;
    this.#failures = 0;
    this.#said = '';
    return true;
  }

  #waitMs(outcome: PostOutcome): number {
    const asked = outcome.kind === 'later' ? outcome.afterMs : undefined;
    return retryWaitMs(this.#failures, asked, this.#options.random());
  }
}
