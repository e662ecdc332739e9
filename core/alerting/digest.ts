import { fingerprint } from '../alertmanager/fingerprint.ts';
import type { Notification } from '../alertmanager/notification-types.ts';
import type { OutboxEntry } from './outbox.ts';

/** What is sent at once, and the outbox's entries it stands for. */
export interface Delivery {
  readonly notification: Notification;
  readonly entries: readonly OutboxEntry[];
}

/**
 * SNS emails an endpoint ten messages a second at most and turns it off above; a person reads none of
 * a hundred. A tick takes 55 s at most, and a topic gets one message a second.
 */
const SINGLE_MAX = 10;

/**
 * Entries for one target (an SNS topic, a phone) become one message when there are too many of them
 * for one tick. `targetOf` names the target, or `undefined` where each entry is sent by itself.
 */
export function deliveriesOf(
  claimed: readonly OutboxEntry[],
  targetOf: (notification: Notification) => string | undefined,
): Delivery[] {
  const byTarget = new Map<string, OutboxEntry[]>();
  const deliveries: Delivery[] = [];
  for (const entry of claimed) {
    const target = targetOf(entry.notification);
    if (target === undefined)
      deliveries.push({ notification: entry.notification, entries: [entry] });
    else byTarget.set(target, [...(byTarget.get(target) ?? []), entry]);
  }
  for (const entries of byTarget.values()) {
    if (entries.length <= SINGLE_MAX)
      deliveries.push(
        ...entries.map((entry) => ({ notification: entry.notification, entries: [entry] })),
      );
    else deliveries.push({ notification: digest(entries), entries });
  }
  return deliveries;
}

function digest(entries: readonly OutboxEntry[]): Notification {
  const [first] = entries;
  if (first === undefined) throw new Error('a digest of nothing');
  const notifications = entries
    .map(({ notification }) => notification)
    .sort((a, b) => a.atMs - b.atMs);
  // Of an alert that several are about, the newest word counts.
  const alerts = new Map(
    notifications.flatMap((notification) =>
      notification.alerts.map((alert) => [alert.fingerprint, alert] as const),
    ),
  );
  const firing = [...alerts.values()].filter(({ status }) => status === 'firing');
  const resolved = [...alerts.values()].filter(({ status }) => status === 'resolved');
  const { receiver, integration } = first.notification;
  const ids = notifications.map(({ id }) => id);
  const atMs = Math.max(...notifications.map((notification) => notification.atMs));
  return {
    // Its own: who knows one of them already must not take this for the same.
    id: `${atMs}-${fingerprint({ digest: ids.sort().join(' ') })}`,
    receiver,
    integration,
    groupKey: `{}:{digest of ${entries.length}}`,
    groupLabels: {},
    status: firing.length > 0 ? 'firing' : 'resolved',
    alerts: [...firing, ...resolved],
    atMs,
    repeated: notifications.every(({ repeated }) => repeated),
  };
}
