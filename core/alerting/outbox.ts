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
}

export const outboxEntrySchema = v.object({
  notification: notificationSchema,
  attempts: v.number(),
  notBeforeMs: v.number(),
});

/** Longer than a tick may run (its function is ended after 55 s), shorter than a person waits. */
const CLAIM_MS = 60_000;
/** The first retry is the next tick; then the pauses double. */
const BACKOFF_MS = 5_000;
const BACKOFF_MAX_MS = 15 * 60_000;
/** What could not be delivered for so long is given up, and the alarm on the dead letters tells. */
const GIVE_UP_MS = 6 * 3_600_000;
/** In one tick; a receiver takes some 100 ms, a topic with emails a second each. */
const CLAIMS_MAX = 200;

/** Notifications of one queue are delivered one after the other: who hears of an end has heard of the beginning. */
export function queueOf({ receiver, integration, groupKey }: Notification): string {
  return `${receiver}/${integration} ${groupKey}`;
}

/**
 * The outbox with new notifications at its end. One that nobody has tried to deliver yet is overtaken
 * by a newer one of its queue, which then also tells what was over in the older.
 */
export function enqueue(
  outbox: readonly OutboxEntry[],
  notifications: readonly Notification[],
  nowMs: number,
): OutboxEntry[] {
  const after = [...outbox];
  for (const notification of notifications) {
    const queue = queueOf(notification);
    const at = after.findIndex(
      (entry) =>
        entry.attempts === 0 && entry.notBeforeMs <= nowMs && queueOf(entry.notification) === queue,
    );
    const overtaken = after[at];
    if (overtaken === undefined) after.push({ notification, attempts: 0, notBeforeMs: 0 });
    else after[at] = { ...overtaken, notification: merged(overtaken.notification, notification) };
  }
  return after;
}

function merged(older: Notification, newer: Notification): Notification {
  const said = new Set(newer.alerts.map(({ fingerprint }) => fingerprint));
  const unsaid: readonly NotifiedAlert[] = older.alerts.filter(
    ({ fingerprint, status }) => status === 'resolved' && !said.has(fingerprint),
  );
  return {
    ...newer,
    alerts: [...newer.alerts, ...unsaid],
    repeated: newer.repeated && older.repeated,
  };
}

/** What is to be delivered now, first come first, and the outbox with those claimed. */
export function claimOutbox(
  outbox: readonly OutboxEntry[],
  nowMs: number,
): { outbox: OutboxEntry[]; claimed: OutboxEntry[] } {
  const held = new Set<string>();
  const claimed: OutboxEntry[] = [];
  const after = outbox.map((entry) => {
    const queue = queueOf(entry.notification);
    const isHeld = held.has(queue) || entry.notBeforeMs > nowMs || claimed.length === CLAIMS_MAX;
    held.add(queue);
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
  | { readonly kind: 'failed'; readonly retryAfterMs?: number };

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
    const restMs = Math.max(
      Math.min(BACKOFF_MS * 2 ** Math.max(entry.attempts - 1, 0), BACKOFF_MAX_MS),
      Math.min(outcome.retryAfterMs ?? 0, BACKOFF_MAX_MS),
    );
    return [{ ...entry, notBeforeMs: nowMs + restMs }];
  });
}

/** Has this been tried for so long that it is given up? */
export function isHopeless({ notification }: OutboxEntry, nowMs: number): boolean {
  return nowMs - notification.atMs >= GIVE_UP_MS;
}
