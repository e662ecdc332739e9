import { decodeState, type EncodedState } from '../../core/alerting/state-encoding.ts';
import { FIRST_STATE, type TickState } from '../../core/alerting/tick-state.ts';
import { fingerprint } from '../../core/alertmanager/fingerprint.ts';
import type { Notification } from '../../core/alertmanager/notification-types.ts';
import { type Acknowledgement, type Silence, silencedBy } from '../../core/alertmanager/silence.ts';
import { labelsToObject } from '../../core/series/labels.ts';
import {
  type EvaluatePorts,
  type EvaluateReport,
  evaluate,
} from '../../functions/evaluate/evaluate.ts';
import type { StateStore } from '../../functions/store/state.ts';
import { at } from '../alertmanager/timeline.ts';
import { memoryStore } from './memory-store.ts';
import type { Fault, Outage, Plan } from './plan.ts';
import {
  alertKey,
  configAt,
  hostName,
  RULE_GROUPS,
  seriesOf,
  settingsOf,
  silenceOf,
  type Truth,
  truthAt,
} from './world.ts';
import { TickRun, WorldTime } from './world-time.ts';

const MINUTE_MS = 60_000;
/** A tick that is this late speaks for now; as in the handler. */
const MAX_TICK_DELAY_MS = 2 * MINUTE_MS;
/** Groups are told and flapping alerts are over by then. */
const QUIET_MINUTES = 15;
const QUIET_DAMPED_MINUTES = 150; // what flaps counts as firing for two hours at most
/** If something still waits to be delivered then, it waits for ever. */
const QUIET_MAX_MINUTES = 600;

/** A write of new state that was a tick's decision (and not one that clears what was delivered). */
export interface Commit {
  readonly run: TickRun;
  readonly trueMs: number;
  readonly tickMs: number;
  /** What the tick saw. */
  readonly seen: Truth;
  /** Alerts that were silenced at the tick. */
  readonly muted: ReadonlySet<string>;
  readonly state: TickState;
}

/** A message that reached a receiver. */
export interface Message {
  readonly run: TickRun;
  readonly trueMs: number;
  readonly notification: Notification;
  /** The tick may learn that it arrived. */
  readonly isHeard: boolean;
}

/** All that happened. */
export interface History {
  readonly plan: Plan;
  readonly runs: readonly TickRun[];
  readonly commits: readonly Commit[];
  readonly messages: readonly Message[];
  readonly deadLetters: readonly Notification[];
  /** Calls to the table that were throttled, by the tick. */
  readonly throttled: ReadonlyMap<TickRun, number>;
  readonly last: TickState;
  /** Of the largest state that was written. */
  readonly stateBytesMax: number;
  readonly truth: Truth;
}

/** A store as one tick sees it; `onReplaced` is told of each state that was written. */
export type MakeStore = () => (
  run: TickRun,
  onReplaced: (stored: EncodedState) => void,
) => StateStore;

/** Plays a plan to its quiet end. */
export async function simulate(plan: Plan, makeStore: MakeStore = memoryStore): Promise<History> {
  const world = new World(plan, makeStore);
  return world.play();
}

function sizeOf({ bytes, segments }: EncodedState): number {
  return segments.reduce((sum, { length }) => sum + length, bytes?.length ?? 0);
}

class World {
  readonly #plan: Plan;
  readonly #time = new WorldTime();
  readonly #store: ReturnType<MakeStore>;
  readonly #silences: readonly Silence[];
  readonly #runs: TickRun[] = [];
  readonly #commits: Commit[] = [];
  readonly #messages: Message[] = [];
  readonly #deadLetters: Notification[] = [];
  readonly #throttled = new Map<TickRun, number>();
  readonly #quietFromMs: number;
  #offsetMs = 0;
  #stateBytesMax = 0;
  #last: TickState = FIRST_STATE;

  constructor(plan: Plan, makeStore: MakeStore) {
    this.#plan = plan;
    this.#store = makeStore();
    this.#silences = plan.silences.map(silenceOf);
    const outageMinutes = plan.outages.map(({ fromMinute, minutes }) => fromMinute + minutes);
    this.#quietFromMs = Math.max(plan.minutes.length + 2, ...outageMinutes) * MINUTE_MS;
  }

  async play(): Promise<History> {
    const time = this.#time;
    for (const { atS, byS } of this.#plan.jumps)
      time.at(atS * 1000, () => {
        this.#offsetMs += byS * 1000;
      });
    this.#plan.minutes.forEach((minute, i) => {
      time.at(i * MINUTE_MS, () => {
        const dueMs = this.#clock();
        const begin = (
          name: string,
          afterMs: number,
          due: number | undefined,
          faults: readonly Fault[],
        ) => time.at(time.nowMs + afterMs, () => this.#tick(name, due, faults));
        if (!minute.isSkipped) begin(`${i}`, minute.lateS * 1000, dueMs, minute.faults);
        const { second } = minute;
        if (second !== undefined)
          begin(
            `${i}${second.isRetry ? ' again' : ' urgent'}`,
            second.afterS * 1000,
            second.isRetry ? dueMs : undefined,
            second.faults,
          );
      });
    });
    const troubledMinutes = this.#quietFromMs / MINUTE_MS;
    for (let minute = this.#plan.minutes.length; minute < troubledMinutes; minute++)
      time.at(minute * MINUTE_MS, () => this.#tick(`${minute}`, this.#clock(), []));
    await time.until(this.#quietFromMs - 1);
    await this.#quiet();
    return {
      plan: this.#plan,
      runs: this.#runs,
      commits: this.#commits,
      messages: this.#messages,
      deadLetters: this.#deadLetters,
      throttled: this.#throttled,
      last: this.#last,
      stateBytesMax: this.#stateBytesMax,
      truth: truthAt(this.#plan, time.nowMs),
    };
  }

  async #quiet(): Promise<void> {
    const quietMinutes = this.#plan.damped ? QUIET_DAMPED_MINUTES : QUIET_MINUTES;
    let minute = 0;
    while (minute < quietMinutes || (this.#last.outbox.length > 0 && minute < QUIET_MAX_MINUTES)) {
      const nowMs = this.#quietFromMs + minute * MINUTE_MS;
      this.#time.at(nowMs, () => this.#tick(`quiet ${minute}`, this.#clock(), []));
      const step = minute >= QUIET_MINUTES && minute < quietMinutes ? 5 : 1;
      await this.#time.until(nowMs + step * MINUTE_MS - 1);
      minute += step;
    }
  }

  #clock(): number {
    return at(0) + this.#time.nowMs + this.#offsetMs;
  }

  #tick(name: string, dueMs: number | undefined, faults: readonly Fault[]): void {
    const run = new TickRun(name, this.#time, faults);
    this.#runs.push(run);
    const nowMs = this.#clock();
    const isBelievable = dueMs !== undefined && nowMs - dueMs <= MAX_TICK_DELAY_MS;
    const tickMs = isBelievable ? Math.min(dueMs, nowMs) : nowMs;
    const ended = () => run.ended();
    const clock = () => this.#clock();
    evaluate(this.#ports(run, tickMs), tickMs, clock).then(
      (report: EvaluateReport) => {
        if (report.errors.length > 0) run.befallen.push(...report.errors);
        ended();
      },
      (error: unknown) => {
        run.befallen.push(`failed: ${error instanceof Error ? error.message : error}`);
        ended();
      },
    );
  }

  #isOut(of: Outage['of']): boolean {
    const minute = this.#time.nowMs / MINUTE_MS;
    return this.#plan.outages.some(
      (outage) =>
        outage.of === of &&
        minute >= outage.fromMinute &&
        minute < outage.fromMinute + outage.minutes,
    );
  }

  #ports(run: TickRun, tickMs: number): EvaluatePorts {
    const alertmanagerConfig = configAt(this.#plan, this.#time.nowMs);
    let seen: Truth = new Map();
    let silences: readonly Silence[] = [];
    let hasCommitted = false;
    const store = this.#store(run, (stored) => {
      const state = decodeState(stored);
      this.#last = state;
      this.#stateBytesMax = Math.max(this.#stateBytesMax, sizeOf(stored));
      if (hasCommitted) return;
      hasCommitted = true;
      const muted = this.#mutedAt(silences, tickMs);
      this.#commits.push({ run, trueMs: this.#time.nowMs, tickMs, seen, muted, state });
    });
    return {
      rules: async () => ({
        groups: RULE_GROUPS,
        windowMs: 10 * MINUTE_MS,
        window: {
          load: (_, toMs) =>
            run.call('window', () => {
              seen = truthAt(this.#plan, this.#time.nowMs);
              return { series: seriesOf(seen, toMs), hosts: [], seen: [], errors: [] };
            }),
        },
      }),
      state: {
        read: () => this.#unlessThrottled(run, store.read),
        replace: (revision, bytes) =>
          this.#unlessThrottled(run, () => store.replace(revision, bytes)),
      },
      routing: () =>
        run.call('silences', () => {
          silences = this.#time.nowMs < this.#quietFromMs ? this.#silences : [];
          const acknowledged = this.#acknowledgements();
          return settingsOf(this.#plan, alertmanagerConfig, silences, acknowledged);
        }),
      delivery: {
        config: alertmanagerConfig,
        deliver: (notification) =>
          run.call(`deliver ${notification.id}`, (isHeard) => {
            const { receiver } = notification;
            if (this.#isOut(receiver as Outage['of'])) throw new Error(`${receiver} is away`);
            this.#messages.push({ run, trueMs: this.#time.nowMs, notification, isHeard });
            return { ok: true };
          }),
        deadLetter: (notification) =>
          run.call('dead letter', () => {
            this.#deadLetters.push(notification);
          }),
        record: () => run.call('record', () => undefined),
      },
      chunks: { put: () => run.call('chunk', () => true) },
      inventory: { update: () => run.call('inventory', () => []).catch(() => []) },
      sendAlerts: () => run.call('Alertmanager', () => []).catch(() => []),
      retentionMs: 60 * MINUTE_MS,
    };
  }

  async #unlessThrottled<T>(run: TickRun, act: () => Promise<T>): Promise<T> {
    if (!this.#isOut('table')) return act();
    return run.call('table', () => {
      this.#throttled.set(run, (this.#throttled.get(run) ?? 0) + 1);
      throw new Error('the table throttles');
    });
  }

  #mutedAt(silences: readonly Silence[], tickMs: number): Set<string> {
    const muted = this.#plan.alerts.filter(
      ({ rule, host }) =>
        silencedBy(silences, { alertname: rule, host: hostName(host) }, tickMs).length > 0,
    );
    return new Set(muted.map(alertKey));
  }

  #acknowledgements(): Acknowledgement[] {
    const minute = this.#time.nowMs / MINUTE_MS;
    return this.#plan.acknowledged.flatMap(({ alert: index, fromMinute, minutes }) => {
      const planned = this.#plan.alerts[index % this.#plan.alerts.length];
      const isOn = minute >= fromMinute && minute < fromMinute + minutes;
      if (planned === undefined || !isOn) return [];
      return Object.values(this.#last.alerts)
        .flat()
        .map((alert) => ({ labels: labelsToObject(alert.labels), sinceMs: alert.activeAtMs }))
        .filter(
          ({ labels }) =>
            labels['alertname'] === planned.rule && labels['host'] === hostName(planned.host),
        )
        .map(({ labels, sinceMs }) => ({
          fingerprint: fingerprint(labels),
          labels,
          alertStartsAtMs: sinceMs,
          by: 'me',
          note: '',
          atMs: at(fromMinute),
          untilMs: Number.MAX_SAFE_INTEGER,
        }));
    });
  }
}
