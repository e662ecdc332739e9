import { setTimeout as wait } from 'node:timers/promises';

/** Time for pacing; for tests one that does not pass by itself. */
export interface PaceClock {
  /** Never goes back; from any beginning. */
  readonly monotonicMs: () => number;
  /** Rejects when the signal aborts. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
}

export const systemPaceClock: PaceClock = {
  monotonicMs: () => performance.now(),
  sleep: async (ms, signal) => {
    await wait(ms, undefined, signal === undefined ? {} : { signal });
  },
};

/** Waits for a turn: at once 0, else for how long it would be, when that is too long to wait here. */
export type Pace = (key: string, signal?: AbortSignal) => Promise<number>;

const KEYS_MAX = 10_000;

/** Lets one through per key and `everyMs`, in the order they came; nobody waits above `maxWaitMs`. */
export function createPace(everyMs: number, maxWaitMs: number, clock: PaceClock): Pace {
  const freeAt = new Map<string, number>();
  return async (key, signal) => {
    const nowMs = clock.monotonicMs();
    if (freeAt.size > KEYS_MAX) forgetBefore(freeAt, nowMs);
    const turnMs = Math.max(nowMs, freeAt.get(key) ?? nowMs);
    if (turnMs - nowMs > maxWaitMs) return turnMs - nowMs;
    freeAt.set(key, turnMs + everyMs);
    if (turnMs > nowMs) await clock.sleep(turnMs - nowMs, signal);
    return 0;
  };
}

function forgetBefore(freeAt: Map<string, number>, nowMs: number): void {
  for (const [key, atMs] of freeAt) if (atMs <= nowMs) freeAt.delete(key);
}
