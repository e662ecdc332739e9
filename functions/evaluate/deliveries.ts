import { type Delivery, deliveriesOf } from '../../core/alerting/digest.ts';
import { isHopeless, type OutboxEntry, type Outcome } from '../../core/alerting/outbox.ts';
import { isPush } from '../../core/alerting/push-entries.ts';
import type { AlertmanagerConfig, Integration } from '../../core/alertmanager/config-types.ts';
import type { Notification } from '../../core/alertmanager/notification-types.ts';
import { integrationName } from '../../core/alertmanager/tell.ts';
import type { DeliverPush, PushResult } from '../notify/deliver-push.ts';
import type { DeliveryResult } from '../notify/delivery-result.ts';
import type { Delivery as DeliveryRecord } from '../store/deliveries.ts';

/** What delivering needs of the world. */
export interface DeliveryPorts {
  readonly config: AlertmanagerConfig;
  readonly deliver: (
    notification: Notification,
    integration: Integration,
    signal?: AbortSignal,
  ) => Promise<DeliveryResult>;
  /** Tells browsers. Absent: there are none. */
  readonly push?: DeliverPush;
  /** Keeps what could not be delivered where an alarm sees it. */
  readonly deadLetter: (notification: Notification, reason: string) => Promise<void>;
  readonly record: (entry: DeliveryRecord) => Promise<void>;
}

/** What became of the notifications that were claimed. */
export interface Delivered {
  readonly outcomes: ReadonlyMap<string, Outcome>;
  readonly published: readonly Notification[];
  readonly records: readonly DeliveryRecord[];
  readonly errors: readonly string[];
  /** Attempts that failed, whether they will be repeated or not. */
  readonly failed: number;
}

/** A tick has 50 s for all it does; what is not delivered by then is the next one's. */
const DELIVER_WITHIN_MS = 35_000;
/** Before a claim ends its tick is done: it has noted what it delivered. */
const SPARE_MS = 10_000;

/**
 * Delivers at once to all receivers; to one topic in turn. What a tick that was held up cannot deliver
 * within its own time, or before its claims end, is left to the next one. Never throws.
 */
export async function deliverAll(
  claimed: readonly OutboxEntry[],
  ports: DeliveryPorts,
  clock: () => number,
  withinMs: number = Number.POSITIVE_INFINITY,
): Promise<Delivered> {
  const outcomes = new Map<string, Outcome>();
  const published: Notification[] = [];
  const records: DeliveryRecord[] = [];
  const errors: string[] = [];
  let failed = 0;
  const claimMs = Math.min(...claimed.map(({ notBeforeMs }) => notBeforeMs)) - SPARE_MS - clock();
  const leftMs = Math.min(claimMs, withinMs);
  if (leftMs <= 0) {
    const error = `${claimed.length} notifications are left to the next tick: this one was held up`;
    return { outcomes, published, records, errors: [error], failed };
  }
  // A clock that only rises has fractions of a ms, which this does not take.
  const signal = AbortSignal.timeout(Math.trunc(Math.min(DELIVER_WITHIN_MS, leftMs)));
  const integrations = integrationsByName(ports.config);
  const deliveries = deliveriesOf(claimed, (notification) =>
    topicOf(integrations.get(nameOf(notification))),
  );
  await Promise.all(
    deliveries.map(async (delivery) => {
      const startedMs = clock();
      const result = await attempt(delivery, integrations, ports, signal);
      const ended = await end(delivery, result, ports, clock());
      for (const { notification, attempts } of delivery.entries)
        outcomes.set(notification.id, outcomeOf(ended, attempts));
      if (result.ok) published.push(delivery.notification);
      else failed++;
      if (ended.error !== undefined) errors.push(ended.error);
      records.push(...recordsOf(delivery, result, ended, startedMs, clock()));
    }),
  );
  return { outcomes, published, records, errors, failed };
}

/** `<receiver>/<kind>[<index>]`. */
function nameOf({ receiver, integration }: Notification): string {
  return `${receiver}/${integration}`;
}

function integrationsByName(config: AlertmanagerConfig): Map<string, Integration> {
  return new Map(
    [...config.receivers.values()].flatMap(({ name, integrations }) =>
      integrations.map((integration) => [`${name}/${integrationName(integration)}`, integration]),
    ),
  );
}

/** What SNS sends emails of, one a second. */
function topicOf(integration: Integration | undefined): string | undefined {
  if (integration?.settings.kind !== 'sns') return undefined;
  const { target } = integration.settings;
  return 'topicArn' in target ? target.topicArn : undefined;
}

async function attempt(
  { notification, entries }: Delivery,
  integrations: ReadonlyMap<string, Integration>,
  { deliver, push }: DeliveryPorts,
  signal: AbortSignal,
): Promise<PushResult> {
  if (push !== undefined && isPush(notification))
    return push(notification, entries[0]?.remaining, signal);
  const integration = integrations.get(nameOf(notification));
  if (integration === undefined)
    return { ok: false, retry: false, reason: 'no such receiver in the configuration any more' };
  try {
    return await deliver(notification, integration, signal);
  } catch (error) {
    return {
      ok: false,
      retry: true,
      reason: error instanceof Error ? error.message : String(error),
    };
  }
}

interface Ended {
  readonly result: DeliveryRecord['result'];
  /** The receiver asks to be left alone for so long. */
  readonly retryAfterMs?: number;
  /** Of a message to several: who is still to be told. */
  readonly remaining?: readonly string[];
  readonly error?: string;
}

function outcomeOf({ result, retryAfterMs, remaining }: Ended, attempt: number): Outcome {
  if (result !== 'failed') return { kind: 'done' };
  return {
    ...{ kind: 'failed', attempt },
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(remaining === undefined ? {} : { remaining }),
  };
}

/** Delivered, to be tried again, or given up: then a dead letter is the last thing that is done. */
async function end(
  { notification, entries }: Delivery,
  result: PushResult,
  { deadLetter }: DeliveryPorts,
  nowMs: number,
): Promise<Ended> {
  if (result.ok) return { result: 'delivered' };
  const { reason, retry, retryAfterMs, remaining } = result;
  const what = `notification ${notification.id} to ${nameOf(notification)}`;
  const again: Ended = {
    result: 'failed',
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(remaining === undefined ? {} : { remaining }),
    error: `${what} was not delivered and will be tried again: ${reason}`,
  };
  if (retry && !entries.every((entry) => isHopeless(entry, nowMs))) return again;
  try {
    for (const entry of entries) await deadLetter(entry.notification, reason);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return {
      ...again,
      error: `${what} was not delivered (${reason}), nor kept as a dead letter: ${why}`,
    };
  }
  const error = `${what} is given up and kept as a dead letter: ${reason}`;
  return { result: 'gave_up', error };
}

function recordsOf(
  { entries }: Delivery,
  result: DeliveryResult,
  { result: ended }: Ended,
  startedMs: number,
  endedMs: number,
): DeliveryRecord[] {
  return entries.map(({ notification, attempts }) => ({
    atMs: endedMs,
    notification,
    attempt: attempts,
    result: ended,
    reason: result.ok ? (result.answer ?? '') : result.reason,
    durationMs: endedMs - startedMs,
  }));
}
