import type { AlertInstance } from '../../../core/alerting/alert-state.ts';
import { DEFAULT_EVALUATION, type GroupWritten } from '../../../core/alerting/evaluate-groups.ts';
import { tick } from '../../../core/alerting/tick.ts';
import { FIRST_STATE, type TickState } from '../../../core/alerting/tick-state.ts';
import type { RuleGroup } from '../../../core/rules/rule-file.ts';
import type { SampleWindow } from './sample-buffer.ts';

/** One message to one receiver. */
export interface SentMessage {
  readonly atMs: number;
  readonly receiver: string;
  readonly status: 'firing' | 'resolved';
  /** Names of the alerts in it, each once. */
  readonly alertNames: readonly string[];
  readonly alertCount: number;
}

/** What one tick of a replay did. */
export interface ReplayedTick {
  readonly atMs: number;
  /** Of each rule, by its id. */
  readonly alerts: Readonly<Record<string, readonly AlertInstance[]>>;
  readonly sent: readonly SentMessage[];
  readonly written: readonly GroupWritten[];
  readonly errors: readonly string[];
}

/** What stays the same from tick to tick. */
export interface ReplaySettings {
  readonly groups: readonly RuleGroup[];
  readonly windowMs: number;
  readonly stepMs: number;
}

/**
 * Hypervigil's own tick, one after the other, with everything it says taken as told: a message of
 * the outbox is sent at once and leaves it.
 */
export class Replayer {
  readonly #settings: ReplaySettings;
  #state: TickState = FIRST_STATE;

  constructor(settings: ReplaySettings) {
    this.#settings = settings;
  }

  step(nowMs: number, window: SampleWindow): ReplayedTick {
    const { groups, windowMs, stepMs } = this.#settings;
    const { state, report, written } = tick({
      groups,
      windowMs,
      window: { ...window, errors: [] },
      state: this.#state,
      nowMs,
      evaluation: { ...DEFAULT_EVALUATION, intervalMs: stepMs },
    });
    this.#state = { ...state, outbox: [] };
    const sent = state.outbox.map(({ notification: { status, receiver, alerts } }) => ({
      atMs: nowMs,
      receiver,
      status,
      alertNames: [...new Set(alerts.map(({ labels }) => labels['alertname'] ?? ''))],
      alertCount: alerts.length,
    }));
    return { atMs: nowMs, alerts: state.alerts, sent, written, errors: report.errors };
  }
}
