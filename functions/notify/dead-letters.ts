import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Notification } from '../../core/alertmanager/notification-types.ts';
import { jsonNumber } from '../../core/alertmanager/notified-alert-schema.ts';

/** Keeps a notification that nobody could be told of. Throws if it is not known to be kept. */
type DeadLetter = (notification: Notification, reason: string) => Promise<void>;

/** SQS takes 1 MiB; a letter about thousands of alerts names the first. */
const MAX_ALERTS = 200;

/** SQS answers in some 20 ms. A letter that is not kept within this time is tried again with its notification. */
const KEPT_WITHIN_MS = 3000;
const MAX_ATTEMPTS = 3;

/**
 * Dead letters go to an SQS queue, which an alarm watches. Without one they go to nobody: the
 * evaluator's log and the record of deliveries tell of them.
 */
export function createDeadLetters(queueUrl: string | undefined): DeadLetter {
  if (queueUrl === undefined) return async () => {};
  const client = new SQSClient({ maxAttempts: MAX_ATTEMPTS });
  return async (notification, reason) => {
    const { alerts } = notification;
    const letter = {
      version: 1,
      reason,
      notification: { ...notification, alerts: alerts.slice(0, MAX_ALERTS) },
      truncatedAlerts: Math.max(0, alerts.length - MAX_ALERTS),
    };
    await client.send(
      new SendMessageCommand({
        QueueUrl: queueUrl,
        MessageBody: JSON.stringify(letter, jsonNumber),
      }),
      { abortSignal: AbortSignal.timeout(KEPT_WITHIN_MS) },
    );
  };
}
