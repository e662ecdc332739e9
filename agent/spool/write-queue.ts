import { messageOf } from '../log.ts';

/** Writes that wait for the disk: a minute of samples every second. More, and it hangs. */
const LENGTH_MAX = 200;

/** Writes one after the other. None rejects: `trouble` says why the last one that failed did. */
export class WriteQueue {
  #tail: Promise<void> = Promise.resolve();
  #length = 0;
  #trouble: string | undefined;
  /** Somebody has waited in vain, and nothing was done since. */
  #hangs = false;

  /** Why nothing can be written; `undefined` while all is well. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  /** A write has shown that all is well again. */
  endTrouble(): void {
    this.#trouble = undefined;
  }

  /** Does something after all that was added before; nothing at all if the disk hangs. */
  add(write: () => Promise<void>): void {
    if (this.#length >= LENGTH_MAX) {
      this.#trouble = 'the disk does not answer';
      return;
    }
    this.#length += 1;
    this.#tail = this.#tail
      .then(write)
      .catch((error: unknown) => {
        this.#trouble = messageOf(error);
      })
      .finally(() => {
        this.#length -= 1;
        this.#hangs = false;
      });
  }

  /** Resolves when all is done, or after a time; at once if that was waited for in vain already. */
  async idle(withinMs: number): Promise<void> {
    if (this.#hangs) return;
    this.#hangs = (await orAfter(withinMs, this.#tail, 'late')) === 'late';
  }
}

/** What a promise gives, or something else if that takes too long. It must not reject. */
export async function orAfter<T, U>(ms: number, promise: Promise<T>, otherwise: U): Promise<T | U> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<U>((resolve) => {
    timer = setTimeout(() => resolve(otherwise), ms);
  });
  const first = await Promise.race([promise, late]);
  clearTimeout(timer);
  return first;
}
