import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { writeMessage } from '../../core/alerting/message.ts';
import type { Notification, Severity } from '../../core/alerting/notification.ts';

/** The topic of each severity. */
export type Topics = Readonly<Record<Severity, string>>;

/** Publishes one notification; throws if SNS did not take it (or did not say so). */
export type Publish = (notification: Notification) => Promise<void>;

/** A tick has 55 s for all it does; SNS answers in some 30 ms. */
const MAX_ATTEMPTS = 3;

/** A publisher to SNS; `endpoint` only for a local or test SNS. */
export function createSnsPublisher(topics: Topics, endpoint?: string): Publish {
  const local =
    endpoint === undefined
      ? {}
      : {
          endpoint,
          region: 'local',
          credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
        };
  const client = new SNSClient({ maxAttempts: MAX_ATTEMPTS, ...local });
  return async (notification) => {
    const { subject, email, sms, json } = writeMessage(notification);
    const attribute = (value: string) => ({ DataType: 'String', StringValue: value });
    await client.send(
      new PublishCommand({
        TopicArn: topics[notification.severity],
        Subject: subject,
        MessageStructure: 'json',
        Message: JSON.stringify({ default: json, email, sms, 'email-json': json }),
        // For subscription filters.
        MessageAttributes: {
          severity: attribute(notification.severity),
          status: attribute(notification.status),
          alertname: attribute(notification.alerts[0]?.labels['alertname'] ?? 'alert'),
          notification: attribute(notification.id),
        },
      }),
    );
  };
}
