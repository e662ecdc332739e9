import * as v from 'valibot';
import { notificationSchema } from '../../../core/alertmanager/notified-alert-schema.ts';

/** A message, the route it took and what became of it: `GET /v1/notifications/{id}`. */
export const NotificationRecord = v.object({
  /** NaN and infinities are words. */
  notification: notificationSchema,
  /** Alerts that were told of and are too many to be kept. */
  alertsLeftOut: v.optional(v.number(), 0),
  /** Ids of the routes from the root to the one that took it; none when the tree has changed since. */
  route: v.array(v.string()),
  /** Attempts, the oldest first. */
  deliveries: v.array(
    v.object({
      attempt: v.number(),
      /** When it ended. */
      atMs: v.number(),
      durationMs: v.number(),
      result: v.picklist(['delivered', 'failed', 'gave_up']),
      /** What went wrong, or what the other side said; `''`: nothing. */
      reason: v.string(),
    }),
  ),
});
export type NotificationRecord = v.InferOutput<typeof NotificationRecord>;

/** `GET /v1/notifications?fingerprint=...&limit=...`: those about an alert, the newest first. */
export const NotificationRecords = v.object({ notifications: v.array(NotificationRecord) });
