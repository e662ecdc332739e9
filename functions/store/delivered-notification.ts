import { deflateRawSync, inflateRawSync } from 'node:zlib';
import * as v from 'valibot';
import type { Notification } from '../../core/alertmanager/notification-types.ts';
import { jsonNumber, notificationSchema } from '../../core/alertmanager/notified-alert-schema.ts';

/** Of an item's 400 KB; some 4,000 alerts. */
const MAX_BYTES = 350 << 10;
/** What deflates to `MAX_BYTES` may be a thousand times as much: a bound against damage. */
const MAX_INFLATED_BYTES = 64 << 20;

const schema = v.object({
  notification: notificationSchema,
  alertsLeftOut: v.exactOptional(v.number()),
});

/** A notification as it is kept. */
export interface DeliveredNotification {
  readonly notification: Notification;
  /** So many of its last alerts were too many to keep; absent: none. */
  readonly alertsLeftOut?: number;
}

/** Deflated JSON; of a notification too large for an item the last alerts are left out and counted. */
export function encodeDelivered(notification: Notification, leftOut = 0): Uint8Array {
  const plain: DeliveredNotification = {
    notification,
    ...(leftOut === 0 ? {} : { alertsLeftOut: leftOut }),
  };
  const bytes = deflateRawSync(JSON.stringify(plain, jsonNumber));
  const { alerts } = notification;
  if (bytes.length <= MAX_BYTES || alerts.length === 0) return bytes;
  const kept = Math.min(alerts.length - 1, Math.floor((alerts.length * MAX_BYTES) / bytes.length));
  return encodeDelivered(
    { ...notification, alerts: alerts.slice(0, kept) },
    leftOut + alerts.length - kept,
  );
}

/** Reads what `encodeDelivered` wrote; damage throws. */
export function decodeDelivered(bytes: Uint8Array): DeliveredNotification {
  const text = inflateRawSync(bytes, { maxOutputLength: MAX_INFLATED_BYTES }).toString('utf8');
  return v.parse(schema, JSON.parse(text));
}
