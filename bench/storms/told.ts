import * as v from 'valibot';
import type { Notification } from '../../core/alertmanager/notification-types.ts';

/** One message to people, as a count of what is in it. */
export interface Told {
  /** Minutes since the beginning of the world. */
  readonly minute: number;
  readonly alertname: string;
  readonly firing: number;
  readonly resolved: number;
  /** Of the firing, those said to be flapping. */
  readonly flapping: number;
}

/** A notification of ours. */
export function toldBy(notification: Notification, minute: number): Told {
  const { alerts, groupLabels } = notification;
  const firing = alerts.filter(({ status }) => status === 'firing');
  return {
    minute,
    alertname: groupLabels['alertname'] ?? '',
    firing: firing.length,
    resolved: alerts.length - firing.length,
    flapping: firing.filter(({ flapping }) => flapping !== undefined).length,
  };
}

const webhookSchema = v.object({
  groupLabels: v.record(v.string(), v.string()),
  alerts: v.array(v.object({ status: v.picklist(['firing', 'resolved']) })),
});

/** A message of Alertmanager's webhook, and the world it is about. */
export function toldByWebhook(body: unknown, minute: number): { world: string; told: Told } {
  const { alerts, groupLabels } = v.parse(webhookSchema, body);
  const firing = alerts.filter(({ status }) => status === 'firing').length;
  return {
    world: groupLabels['world'] ?? '',
    told: {
      minute,
      alertname: groupLabels['alertname'] ?? '',
      firing,
      resolved: alerts.length - firing,
      flapping: 0,
    },
  };
}

/** `13 HostDown +1, 43 HostDown -1`: the minute, `+` firing and `-` resolved alerts in each message. */
export function storyOf(told: readonly Told[], most = 12): string {
  const parts = told.slice(0, most).map(({ minute, alertname, firing, resolved }) => {
    const counts = [firing > 0 ? `+${firing}` : '', resolved > 0 ? `-${resolved}` : ''];
    return `${minute.toFixed(0)}' ${alertname} ${counts.filter((text) => text !== '').join(' ')}`;
  });
  return told.length > most
    ? `${parts.join(', ')} and ${told.length - most} more`
    : parts.join(', ');
}
