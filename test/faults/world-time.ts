import type { Fault } from './plan.ts';

/** Lambda ends a tick that runs for so long. */
const KILL_AFTER_MS = 55_000;
const CALL_TAKES_MS = 10;

interface Event {
  readonly atMs: number;
  readonly act: () => void;
}

/** True time, in which everything happens one after the other, in an order that is the same in each run. */
export class WorldTime {
  nowMs = 0;
  readonly #events: Event[] = [];
  readonly #runs = new Set<TickRun>();

  at(atMs: number, act: () => void): void {
    let index = this.#events.length;
    while (index > 0 && (this.#events[index - 1]?.atMs ?? 0) > atMs) index--;
    this.#events.splice(index, 0, { atMs, act });
  }

  add(run: TickRun): void {
    this.#runs.add(run);
  }

  /** Lets time pass until then. */
  async until(endMs: number): Promise<void> {
    for (;;) {
      const next = this.#events[0];
      if (next === undefined || next.atMs > endMs) break;
      this.#events.shift();
      this.nowMs = Math.max(this.nowMs, next.atMs);
      next.act();
      await this.#settled();
    }
    this.nowMs = endMs;
  }

  /** Until each tick that lives waits for the world. */
  async #settled(): Promise<void> {
    do {
      await new Promise((resolve) => setImmediate(resolve));
      for (const run of this.#runs) if (run.isOver) this.#runs.delete(run);
    } while ([...this.#runs].some((run) => run.waiting === 0));
  }
}

/** One invocation of the evaluator, to whose calls faults happen. */
export class TickRun {
  readonly name: string;
  readonly startedMs: number;
  /** Calls that have not answered. */
  waiting = 0;
  /** When it crashed or was killed. */
  diedMs: number | undefined;
  endedMs: number | undefined;
  /** What befell its calls, in words. */
  readonly befallen: string[] = [];
  readonly #time: WorldTime;
  readonly #faults: readonly Fault[];
  #calls = 0;

  constructor(name: string, time: WorldTime, faults: readonly Fault[]) {
    this.name = name;
    this.startedMs = time.nowMs;
    this.#time = time;
    this.#faults = faults;
    time.add(this);
    time.at(time.nowMs + KILL_AFTER_MS, () => this.#die('killed'));
  }

  get isOver(): boolean {
    return this.diedMs !== undefined || this.endedMs !== undefined;
  }

  ended(): void {
    this.endedMs = this.#time.nowMs;
  }

  #die(how: string): void {
    if (this.isOver) return;
    this.diedMs = this.#time.nowMs;
    this.befallen.push(how);
  }

  /**
   * A call to the world. `effect` happens at one instant, or not at all; it is told whether the caller
   * will hear of it. The caller hears its result, an error, or nothing any more.
   */
  call<T>(what: string, effect: (isHeard: boolean) => T): Promise<T> {
    const index = this.#calls++;
    const fault = this.#faults.find(({ call }) => call === index);
    const kind = fault?.kind;
    const delayMs = (fault?.delayS ?? 0) * 1000;
    if (kind !== undefined) this.befallen.push(`${kind}: ${what}`);
    this.waiting++;
    return new Promise((resolve, reject) => {
      const answer = (act: () => void) => {
        if (this.isOver) return;
        this.waiting--;
        act();
      };
      const happen = () => {
        if (this.isOver || kind === 'hangs before') return;
        if (kind === 'crash before') return this.#die('crashed');
        if (kind === 'refused') return answer(() => reject(new Error(`${what}: refused`)));
        let result: T;
        try {
          result = effect(
            kind !== 'answer lost' && kind !== 'crash after' && kind !== 'hangs after',
          );
        } catch (error) {
          return answer(() => reject(error));
        }
        if (kind === 'crash after') return this.#die('crashed');
        if (kind === 'hangs after') return;
        if (kind === 'answer lost')
          return answer(() => reject(new LostAnswer(`${what}: answer lost`)));
        if (kind !== 'slow after') return answer(() => resolve(result));
        this.#time.at(this.#time.nowMs + delayMs, () => answer(() => resolve(result)));
      };
      const takesMs = CALL_TAKES_MS + (kind === 'slow before' ? delayMs : 0);
      this.#time.at(this.#time.nowMs + takesMs, happen);
    });
  }
}

/** What was asked for has happened, but who asked does not know. */
export class LostAnswer extends Error {}
