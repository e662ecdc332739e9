import type { Notification } from './notification.ts';

/** A notification that is still to be published. */
export interface OutboxEntry {
  readonly notification: Notification;
  /** Until then a tick is at it; another may take it after. 0: nobody was yet. */
  readonly claimedUntilMs: number;
}

/** Longer than a tick may run (its function is ended after 55 s), shorter than a person waits. */
const CLAIM_MS = 60_000;

/**
 * What must be published and no other tick is at, in order, and the outbox with those claimed. A
 * claim holds the notifications behind it back too, so that a resolved never overtakes its firing.
 */
export function claimOutbox(
  outbox: readonly OutboxEntry[],
  nowMs: number,
): { outbox: OutboxEntry[]; claimed: OutboxEntry[] } {
  const held = new Set<string>();
  const claimed: OutboxEntry[] = [];
  const after = outbox.map((entry) => {
    const { severity } = entry.notification;
    if (entry.claimedUntilMs > nowMs) held.add(severity);
    if (held.has(severity)) return entry;
    const taken = { ...entry, claimedUntilMs: nowMs + CLAIM_MS };
    claimed.push(taken);
    return taken;
  });
  return { outbox: after, claimed };
}
