import { type ContainerState, howItEnded, needsReason, stateOf } from './container-state.ts';
import type { OomWatch } from './oom-watch.ts';
import type { InspectedContainer, ListedContainer, RuntimeApi } from './runtime-api.ts';
import type { SocketError } from './socket-request.ts';

/** What a runtime says of one container. */
export interface ContainerFacts {
  readonly fullId: string;
  readonly name: string;
  readonly image: string;
  readonly runtime: string;
  readonly state: ContainerState;
  /** `undefined` until it was asked about alone, which takes a sample or two where there are many. */
  readonly inspected: InspectedContainer | undefined;
}

/** One look at a runtime. */
export interface RuntimeView {
  /** By full id: those of the last look that had an answer. */
  readonly containers: ReadonlyMap<string, ContainerFacts>;
  /** Why this look had no answer. */
  readonly error: SocketError | undefined;
  /** Whether any look has had one. */
  readonly wasSeen: boolean;
}

interface Known extends ContainerFacts {
  /** The state as the runtime tells it. */
  readonly told: string;
  readonly inspectedAtMs: number;
  readonly seenRunning: boolean;
  /** How it ended, once that can change no more. */
  readonly ended: 'exited' | 'crashed' | undefined;
}

/** Questions about single containers in one look: those whose state changed come first. */
const INSPECTIONS_MAX = 20;

/** Restarts are counted by the runtime, and change without any change of state in between. */
const INSPECT_EVERY_MS = 60_000;

/** Between two tries where no runtime ever answered: most hosts have none, and asking costs 0.2 ms. */
const REST_MS = 30_000;

/** A runtime may note who stopped a container a moment after the container has ended. */
const EVENTS_SETTLE_MS = 5000;

/** Longer than any usual `docker stop --time`. */
const STOP_TAKES_MS = 600_000;

/** 128 + SIGKILL. */
const SIGKILL_CODE = 137;

/** Watches the containers of one runtime: what they are called, how they are, and how they ended. */
export class RuntimeWatch {
  readonly #api: RuntimeApi;
  readonly #oomWatch: OomWatch;
  #known: ReadonlyMap<string, Known> = new Map();
  #wasSeen = false;
  #lastError: SocketError | undefined;
  /** On the clock of `performance.now`. */
  #restUntilMs = 0;
  #lastMs: number | undefined;
  #last: Promise<RuntimeView> | undefined;

  constructor(api: RuntimeApi, oomWatch: OomWatch) {
    this.#api = api;
    this.#oomWatch = oomWatch;
  }

  get runtime(): string {
    return this.#api.runtime;
  }

  get socketPath(): string {
    return this.#api.socketPath;
  }

  /** How things are at this instant (ms since 1970); asks once, however many want to know. */
  view(nowMs: number, withinMs: number): Promise<RuntimeView> {
    if (this.#last === undefined || this.#lastMs !== nowMs) {
      this.#lastMs = nowMs;
      this.#last = this.#look(nowMs, performance.now() + withinMs);
    }
    return this.#last;
  }

  async #look(nowMs: number, deadlineMs: number): Promise<RuntimeView> {
    if (performance.now() < this.#restUntilMs) return this.#view(this.#lastError);
    this.#oomWatch.look(nowMs);
    const listed = await this.#api.list(remaining(deadlineMs));
    this.#lastError = listed.ok ? undefined : listed.error;
    if (!listed.ok) {
      if (!this.#wasSeen) this.#restUntilMs = performance.now() + REST_MS;
      return this.#view(listed.error);
    }
    this.#wasSeen = true;
    const known = new Map<string, Known>();
    for (const one of listed.value) known.set(one.fullId, this.#sighted(one));
    const due = [...known.values()]
      .map((one) => ({ one, urgency: urgencyOf(one, nowMs) }))
      .filter(({ urgency }) => urgency > 0)
      .sort((a, b) => b.urgency - a.urgency)
      .slice(0, INSPECTIONS_MAX);
    for (const { one } of due) {
      if (performance.now() >= deadlineMs) break;
      known.set(one.fullId, await this.#inspected(one, nowMs, deadlineMs));
    }
    this.#known = known;
    return this.#view(undefined);
  }

  #view(error: SocketError | undefined): RuntimeView {
    return { containers: this.#known, error, wasSeen: this.#wasSeen };
  }

  /** A container of the list, with what is known of it from before. */
  #sighted({ fullId, name, image, state: told }: ListedContainer): Known {
    const before = this.#known.get(fullId);
    const same = before?.told === told;
    const state = stateOf(told);
    const ended = same ? before.ended : undefined;
    return {
      ...{ fullId, name, image, told, ended },
      runtime: this.runtime,
      state: state === 'exited' && same ? before.state : state,
      inspected: before?.inspected,
      inspectedAtMs: same ? before.inspectedAtMs : Number.NEGATIVE_INFINITY,
      seenRunning: before?.seenRunning === true || state === 'running' || state === 'paused',
    };
  }

  async #inspected(one: Known, nowMs: number, deadlineMs: number): Promise<Known> {
    const asked = await this.#api.inspect(one.fullId, remaining(deadlineMs));
    // Most likely it is gone by now, as the next list will tell.
    if (!asked.ok) return one;
    const inspected = { ...asked.value, oomKilled: this.#wasOomKilled(asked.value) };
    const seen = { ...one, inspected, inspectedAtMs: nowMs };
    if (one.state !== 'exited' && one.state !== 'crashed') return seen;
    if (!needsReason(inspected)) return { ...seen, state: 'exited', ended: 'exited' };
    const { startedAtMs, finishedAtMs } = inspected;
    const stopped = await this.#api.wasStopped(
      one.fullId,
      Math.max(startedAtMs, finishedAtMs - STOP_TAKES_MS),
      Math.min(nowMs, finishedAtMs + EVENTS_SETTLE_MS),
      remaining(deadlineMs),
    );
    if (!stopped.ok) return seen;
    const state = howItEnded(inspected, stopped.value, one.seenRunning, nowMs);
    const final = stopped.value === 'yes' || nowMs - finishedAtMs >= EVENTS_SETTLE_MS;
    return { ...seen, state, ended: final ? state : undefined };
  }

  /** A runtime may fail to notice, since the control group that tells goes with the container. */
  #wasOomKilled({ oomKilled, exitCode, finishedAtMs }: InspectedContainer): boolean {
    return oomKilled || (exitCode === SIGKILL_CODE && this.#oomWatch.killedAt(finishedAtMs));
  }
}

/** Above 0 for a container that must be asked about; the larger, the sooner. */
function urgencyOf({ state, ended, inspected, inspectedAtMs }: Known, nowMs: number): number {
  const over = state === 'exited' || state === 'crashed';
  if (over) return ended === undefined ? Number.POSITIVE_INFINITY : 0;
  if (inspected === undefined) return Number.MAX_VALUE;
  const ageMs = nowMs - inspectedAtMs;
  return ageMs >= INSPECT_EVERY_MS || ageMs < 0 ? ageMs + Number.MAX_SAFE_INTEGER : 0;
}

function remaining(deadlineMs: number): number {
  return Math.max(1, Math.floor(deadlineMs - performance.now()));
}
