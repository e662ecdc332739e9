import * as v from 'valibot';
import type { Notification, NotifiedAlert } from '../alertmanager/notification-types.ts';
import { notificationSchema } from '../alertmanager/notified-alert-schema.ts';

/** A notification that is still to be delivered. */
export interface OutboxEntry {
  readonly notification: Notification;
  /** Deliveries begun. */
  readonly attempts: number;
  /** Until then nobody may take it: a tick is at it, or its receiver failed and gets some rest. */
  readonly notBeforeMs: number;
  /** Of one that goes to several at once: those still to be told. Absent: all. */
  readonly remaining?: readonly string[];
}

export const outboxEntrySchema = v.object({
  notification: notificationSchema,
  attempts: v.number(),
  notBeforeMs: v.number(),
  remaining: v.exactOptional(v.array(v.string())),
});

/** Longer than a tick may run (its function is ended after 55 s), shorter than a person waits. */
export const CLAIM_MS = 60_000;
/** The first retry is the next tick; then the pauses double. */
const BACKOFF_MS = 5_000;
const BACKOFF_MAX_MS = 15 * 60_000;
/** What could not be delivered for so long is given up, and the alarm on the dead letters tells. */
const GIVE_UP_MS = 6 * 3_600_000;
/** After so many the pauses have been at their longest for some hours. */
const GIVE_UP_ATTEMPTS = 20;
/** In one tick; a receiver takes some 100 ms, a topic with emails a second each. */
const CLAIMS_MAX = 200;

/** Notifications of one queue are delivered one after the other: who hears of an end has heard of the beginning. */
function queueOf({ receiver, integration, groupKey }: Notification): string {
  return `${receiver}/${integration} ${groupKey}`;
}

/**
 * The outbox with new notifications at its end. One that nobody has tried to deliver yet is overtaken
 * by a newer one of its queue, which then also tells what was over in the older; unless something
 * would be told to nobody, or too early.
 */
export function enqueue(
  outbox: readonly OutboxEntry[],
  notifications: readonly Notification[],
): OutboxEntry[] {
  const after = [...outbox];
  for (const notification of notifications) {
    const at = overtakenBy(after, notification);
    const overtaken = after[at];
    if (overtaken === undefined) after.push({ notification, attempts: 0, notBeforeMs: 0 });
    else after[at] = { ...overtaken, notification: merged(overtaken.notification, notification) };
  }
  return after;
}

/** The place of the entry that a notification makes needless; -1 if there is none. */
function overtakenBy(outbox: readonly OutboxEntry[], newer: Notification): number {
  const queue = queueOf(newer);
  const words = new Map(newer.alerts.map((alert) => [alertOf(newer, alert), wordOf(alert)]));
  const at = outbox.findLastIndex(
    ({ notification: older }) =>
      queueOf(older) === queue ||
      older.alerts.some((alert) => {
        const word = words.get(alertOf(older, alert));
        return word !== undefined && word !== wordOf(alert);
      }),
  );
  const last = outbox[at];
  if (last === undefined || last.attempts > 0) return -1;
  return queueOf(last.notification) === queue && leavesNothingUntold(last.notification, newer)
    ? at
    : -1;
}

/** An end in the older must not give way to a new beginning, nor a beginning to silence. */
function leavesNothingUntold(older: Notification, newer: Notification): boolean {
  const said = new Set(newer.alerts.map(({ fingerprint }) => fingerprint));
  return older.alerts.every(
    ({ fingerprint, status }) => said.has(fingerprint) === (status === 'firing'),
  );
}

/** An alert as one integration knows it. */
function alertOf({ receiver, integration }: Notification, { fingerprint }: NotifiedAlert): string {
  return `${receiver}/${integration} ${fingerprint}`;
}

function wordOf({ status, startsAtMs }: NotifiedAlert): string {
  return `${status} ${startsAtMs}`;
}

function merged(older: Notification, newer: Notification): Notification {
  const over = older.alerts.filter(({ status }) => status === 'resolved');
  return {
    ...newer,
    alerts: [...newer.alerts, ...over],
    repeated: newer.repeated && older.repeated,
  };
}

/**
 * What is to be delivered now, first come first, and the outbox with those claimed. Of a queue only the
 * first; and what says something else of an alert than an earlier entry does waits for that one, though
 * it is of another queue: the alert changed groups.
 */
export function claimOutbox(
  outbox: readonly OutboxEntry[],
  nowMs: number,
): { outbox: OutboxEntry[]; claimed: OutboxEntry[] } {
  const held = new Set<string>();
  const words = new Map<string, Set<string>>();
  const claimed: OutboxEntry[] = [];
  const after = outbox.map((entry) => {
    const { notification } = entry;
    const queue = queueOf(notification);
    const isContradicted = notification.alerts.some((alert) => {
      const earlier = words.get(alertOf(notification, alert));
      return earlier !== undefined && (earlier.size > 1 || !earlier.has(wordOf(alert)));
    });
    const isHeld =
      held.has(queue) ||
      isContradicted ||
      entry.notBeforeMs > nowMs ||
      claimed.length === CLAIMS_MAX;
    held.add(queue);
    for (const alert of notification.alerts) {
      const key = alertOf(notification, alert);
      words.set(key, (words.get(key) ?? new Set<string>()).add(wordOf(alert)));
    }
    if (isHeld) return entry;
    const taken = { ...entry, attempts: entry.attempts + 1, notBeforeMs: nowMs + CLAIM_MS };
    claimed.push(taken);
    return taken;
  });
  return { outbox: after, claimed };
}

/** How a delivery ended. */
export type Outcome =
  | { readonly kind: 'done' }
  | {
      readonly kind: 'failed';
      readonly attempt: number;
      readonly retryAfterMs?: number;
      /** Of one that goes to several: who is still to be told. */
      readonly remaining?: readonly string[];
    };

/** The outbox after deliveries: without what is done, and with rest for what failed. By notification id. */
export function settleOutbox(
  outbox: readonly OutboxEntry[],
  outcomes: ReadonlyMap<string, Outcome>,
  nowMs: number,
): OutboxEntry[] {
  return outbox.flatMap((entry) => {
    const outcome = outcomes.get(entry.notification.id);
    if (outcome === undefined) return [entry];
    if (outcome.kind === 'done') return [];
    // Another tick has taken it since: what became of it is for that one to say.
    if (outcome.attempt !== entry.attempts) return [entry];
    const restMs = Math.max(
      Math.min(BACKOFF_MS * 2 ** Math.max(entry.attempts - 1, 0), BACKOFF_MAX_MS),
      Math.min(outcome.retryAfterMs ?? 0, BACKOFF_MAX_MS),
    );
    const { remaining } = outcome;
    const left = remaining === undefined ? {} : { remaining };
    return [{ ...entry, ...left, notBeforeMs: nowMs + restMs }];
  });
}

/** Has this been tried for so long, and so often, that it is given up? A clock that leaps is no reason. */
export function isHopeless({ notification, attempts }: OutboxEntry, nowMs: number): boolean {
  return attempts >= GIVE_UP_ATTEMPTS && nowMs - notification.atMs >= GIVE_UP_MS;
}
