interface Request<Answer> {
  readonly target: string;
  readonly settle: (answer: Answer | undefined) => void;
}

/**
 * Asks things that may never answer. At most `maxCalls` calls are under way at once, and at most one
 * on each thing; a call that hangs keeps its place until it returns, and meanwhile its thing has no
 * answer. No one waits longer than the timeout, in the queue or for the call.
 */
export class Prober<Answer> {
  readonly #maxCalls: number;
  readonly #timeoutMs: number;
  readonly #call: (target: string) => Promise<Answer>;
  readonly #underWay = new Set<string>();
  readonly #queue = new Set<Request<Answer>>();

  constructor(maxCalls: number, timeoutMs: number, call: (target: string) => Promise<Answer>) {
    this.#maxCalls = maxCalls;
    this.#timeoutMs = timeoutMs;
    this.#call = call;
  }

  /** The answer, or `undefined` when it failed, did not come in time, or is still awaited from before. */
  ask(target: string): Promise<Answer | undefined> {
    if (this.#underWay.has(target)) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      const request: Request<Answer> = {
        target,
        settle: (answer) => {
          clearTimeout(timer);
          resolve(answer);
        },
      };
      const timer = setTimeout(() => {
        this.#queue.delete(request);
        resolve(undefined);
      }, this.#timeoutMs);
      this.#queue.add(request);
      this.#startWaiting();
    });
  }

  #startWaiting(): void {
    for (const request of this.#queue) {
      if (this.#underWay.size >= this.#maxCalls) return;
      if (this.#underWay.has(request.target)) continue;
      this.#queue.delete(request);
      void this.#run(request);
    }
  }

  async #run({ target, settle }: Request<Answer>): Promise<void> {
    this.#underWay.add(target);
    try {
      settle(await this.#call(target));
    } catch {
      settle(undefined);
    }
    this.#underWay.delete(target);
    this.#startWaiting();
  }
}
