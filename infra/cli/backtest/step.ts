import type { AlertInstance } from '../../../core/alerting/alert-state.ts';
import { deliveriesOf } from '../../../core/alerting/digest.ts';
import { DEFAULT_EVALUATION, type GroupWritten } from '../../../core/alerting/evaluate-groups.ts';
import type { NotifySettings } from '../../../core/alerting/notify.ts';
import { tick } from '../../../core/alerting/tick.ts';
import { FIRST_STATE, type TickState } from '../../../core/alerting/tick-state.ts';
import type { AlertmanagerConfig } from '../../../core/alertmanager/config-types.ts';
import type { Notification } from '../../../core/alertmanager/notification-types.ts';
import { integrationName } from '../../../core/alertmanager/tell.ts';
import type { RuleGroup } from '../../../core/rules/rule-file.ts';
import type { SampleWindow } from './sample-buffer.ts';

/** One message, by one integration of one receiver. */
export interface SentMessage {
  readonly atMs: number;
  readonly receiver: string;
  /** `sns[0]` */
  readonly integration: string;
  readonly status: 'firing' | 'resolved';
  /** A reminder of what was told before. */
  readonly repeated: boolean;
  /** Names of the alerts in it, each once. */
  readonly alertNames: readonly string[];
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
  readonly notify: NotifySettings;
}

/**
 * Hypervigil's own tick, one after the other. Every delivery succeeds at once, and nobody
 * acknowledges anything.
 */
export class Replayer {
  readonly #settings: ReplaySettings;
  readonly #topics: ReadonlyMap<string, string>;
  #state: TickState = FIRST_STATE;

  constructor(settings: ReplaySettings) {
    this.#settings = settings;
    this.#topics = topicsOf(settings.notify.config);
  }

  step(nowMs: number, window: SampleWindow): ReplayedTick {
    const { groups, windowMs, stepMs, notify } = this.#settings;
    const { state, report, written } = tick({
      groups,
      windowMs,
      window: { ...window, errors: [] },
      state: this.#state,
      nowMs,
      evaluation: { ...DEFAULT_EVALUATION, intervalMs: stepMs },
      notify,
    });
    this.#state = { ...state, outbox: [] };
    const deliveries = deliveriesOf(state.outbox, (one) => this.#topics.get(integrationOf(one)));
    const sent = deliveries.map(({ notification }) => sentMessage(notification, nowMs));
    return { atMs: nowMs, alerts: state.alerts, sent, written, errors: report.errors };
  }
}

function sentMessage(notification: Notification, atMs: number): SentMessage {
  const { receiver, integration, status, repeated, alerts } = notification;
  const alertNames = [...new Set(alerts.map(({ labels }) => labels['alertname'] ?? ''))];
  return { atMs, receiver, integration, status, repeated, alertNames };
}

function integrationOf({ receiver, integration }: Notification): string {
  return `${receiver}/${integration}`;
}

/** The SNS topics of integrations that have one: a storm of messages for one of them is put together. */
function topicsOf({ receivers }: AlertmanagerConfig): Map<string, string> {
  const topics = new Map<string, string>();
  for (const { name, integrations } of receivers.values()) {
    for (const integration of integrations) {
      const { settings } = integration;
      if (settings.kind === 'sns' && 'topicArn' in settings.target)
        topics.set(`${name}/${integrationName(integration)}`, settings.target.topicArn);
    }
  }
  return topics;
}
