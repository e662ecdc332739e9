import type { Notification, NotifiedAlert } from '../alertmanager/notification-types.ts';
import { headlineAlerts } from '../delivery/headline.ts';
import { withShortTexts } from '../delivery/short-texts.ts';
import { severityOf } from '../delivery/words.ts';
import { enqueue, type OutboxEntry } from './outbox.ts';
import type { Severity } from './severity.ts';

/**
 * Browsers are told what people are told, whoever the receiver is: each new notification of an alert makes one
 * entry more in the outbox, in the same write, for all browsers that want its severity. So a crash loses none, and
 * while nobody has subscribed there is nothing.
 */

/** Of entries for browsers; no receiver's integration is of this kind. */
export const PUSH_RECEIVER = 'browsers';
export const PUSH_INTEGRATION = 'webpush[0]';

/** A screen shows a line of them; those left out are counted by the label below. */
const ALERTS_MAX = 25;

/** The outbox takes no more for browsers than this: notifications for receivers come first. */
const OUTBOX_MAX = 1000;

/** In `groupLabels` of what is kept for browsers, which nothing else looks at: how many alerts there were. */
export const PUSH_COUNT_LABEL = 'alerts';

export function isPush({ receiver, integration }: Notification): boolean {
  return receiver === PUSH_RECEIVER && integration === PUSH_INTEGRATION;
}

/** Which browsers hear of it. What nobody acknowledged and was escalated for that is critical, whatever its label. */
export function pushSeverity(notification: Notification): Severity {
  if (notification.escalatedFrom !== undefined) return 'critical';
  const severity = severityOf(headlineAlerts(notification));
  if (severity === 'critical' || severity === 'error') return 'critical';
  return severity === 'info' || severity === 'none' ? 'info' : 'warning';
}

/** Those that were put into the outbox by a step: nobody has tried to deliver them. */
export function newlyTold(
  before: readonly OutboxEntry[],
  after: readonly OutboxEntry[],
): readonly Notification[] {
  const known = new Set(before.map(({ notification }) => notification.id));
  return after
    .map(({ notification }) => notification)
    .filter((notification) => !known.has(notification.id) && !isPush(notification));
}

/**
 * The outbox with what browsers are to be told of new notifications, if one wants their severity. Two receivers
 * that are told the same of the same alerts at once make one message.
 */
export function withPushEntries(
  outbox: readonly OutboxEntry[],
  told: readonly Notification[],
  wanted: ReadonlySet<Severity>,
): readonly OutboxEntry[] {
  const said = new Set<string>();
  const messages: Notification[] = [];
  for (const notification of told) {
    const words = notification.alerts.map(wordOf).sort().join(' ');
    if (said.has(words) || !wanted.has(pushSeverity(notification))) continue;
    said.add(words);
    messages.push(forBrowsers(notification));
  }
  const room = Math.max(0, OUTBOX_MAX - outbox.length);
  return messages.length === 0 ? outbox : enqueue(outbox, messages.slice(0, room));
}

function wordOf({ fingerprint, status }: NotifiedAlert): string {
  return `${status} ${fingerprint}`;
}

function forBrowsers(notification: Notification): Notification {
  const { alerts } = notification;
  const shown = [...headlineAlerts(notification), ...alerts].filter(
    (alert, i, all) => all.indexOf(alert) === i,
  );
  return withShortTexts({
    ...notification,
    id: `${notification.id}-push`,
    receiver: PUSH_RECEIVER,
    integration: PUSH_INTEGRATION,
    groupLabels: { [PUSH_COUNT_LABEL]: String(headlineAlerts(notification).length) },
    alerts: shown.slice(0, ALERTS_MAX),
  });
}
