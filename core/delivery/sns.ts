import type { SnsSettings } from '../alertmanager/integration-types.ts';
import type { Notification } from '../alertmanager/notification-types.ts';
import { headlineAlerts, headlineOf, smsOf, subjectOf } from './headline.ts';
import type { DeliveryContext, SnsAttribute, SnsDelivery, SnsPublish } from './request.ts';
import { withShortTexts } from './short-texts.ts';
import { asciiLine, cutBytes, cutChars, oneLine, plainText, utf8Bytes } from './shorten.ts';
import { snsAttributes } from './sns-attributes.ts';
import { createTexts } from './texts.ts';
import { webhookPayload } from './webhook.ts';
import { severityOf } from './words.ts';

/** Subject, attributes and all forms of the message together. */
const PUBLISH_MAX_BYTES = 256 << 10;
const SUBJECT_MAX_CHARS = 100;
const EMAIL_MAX_BYTES = 50_000;
/** For programs; escaped once more it takes twice as much at most. */
const JSON_MAX_BYTES = 64 << 10;
/** FCM and APNs take 4 KB with all that is around the text. */
const PUSH_TITLE_MAX_BYTES = 200;
const PUSH_BODY_MAX_BYTES = 1000;

/** A publish to a topic, a phone or a mobile device. What is too long for SNS is shortened. */
export function snsRequest(
  notification: Notification,
  settings: SnsSettings,
  context: DeliveryContext,
): SnsDelivery {
  const { apiUrl, region, target } = settings;
  return {
    kind: 'sns',
    ...(apiUrl === undefined ? {} : { apiUrl }),
    ...(region === undefined ? {} : { region }),
    input:
      'phoneNumber' in target
        ? smsInput(notification, settings, context, target.phoneNumber)
        : topicInput(notification, settings, context),
  };
}

const SMS_TYPE: Readonly<Record<string, SnsAttribute>> = {
  // Delivered at the highest reliability, not the lowest cost.
  'AWS.SNS.SMS.SMSType': { DataType: 'String', StringValue: 'Transactional' },
};

function smsInput(
  notification: Notification,
  settings: SnsSettings,
  context: DeliveryContext,
  phoneNumber: string,
): SnsPublish {
  return {
    PhoneNumber: phoneNumber,
    Message: smsOf(notification, context.externalUrl),
    MessageAttributes: { ...ownAttributes(notification, settings, context), ...SMS_TYPE },
  };
}

function topicInput(
  notification: Notification,
  settings: SnsSettings,
  context: DeliveryContext,
): SnsPublish {
  const { text, failures } = createTexts(notification, context);
  const title = text(settings.subject, 'sns.default.subject');
  const subject = asciiLine(title, SUBJECT_MAX_CHARS) || subjectOf(notification);
  const message = text(settings.message, 'sns.default.message');
  const email = cutBytes(plainText(message), EMAIL_MAX_BYTES) + plainText(failures());
  const attributes = {
    ...snsAttributes({
      severity: [severityOf(headlineAlerts(notification))],
      status: [notification.status],
      alertname: headlineAlerts(notification).map(({ labels }) => labels['alertname'] ?? 'alert'),
      receiver: [notification.receiver],
    }),
    ...ownAttributes(notification, settings, context),
    ...SMS_TYPE,
  };
  const room = PUBLISH_MAX_BYTES - utf8Bytes(JSON.stringify([attributes, subject]));
  const sms = smsOf(notification, context.externalUrl);
  const forms = { email, sms, ...pushForms(notification, title) };
  return {
    ...targetOf(settings),
    ...(isFifo(settings) ? fifoIds(notification, context) : {}),
    Subject: subject,
    MessageStructure: 'json',
    Message: fittedMessage(notification, forms, context.externalUrl, room),
    MessageAttributes: attributes,
  };
}

function targetOf({ target }: SnsSettings): Pick<SnsPublish, 'TopicArn' | 'TargetArn'> {
  if ('topicArn' in target) return { TopicArn: target.topicArn };
  return 'targetArn' in target ? { TargetArn: target.targetArn } : {};
}

function isFifo({ target }: SnsSettings): boolean {
  return 'topicArn' in target && target.topicArn.endsWith('.fifo');
}

/** In order within the group of alerts; a resend within five minutes is dropped. */
function fifoIds({ groupKey, id }: Notification, { sha256Hex }: DeliveryContext) {
  return { MessageGroupId: sha256Hex(groupKey), MessageDeduplicationId: sha256Hex(id) };
}

function ownAttributes(
  notification: Notification,
  { attributes }: SnsSettings,
  context: DeliveryContext,
): Record<string, SnsAttribute> {
  const { optional } = createTexts(notification, context);
  const rendered = Object.entries(attributes).map(([name, template]) => {
    return [name, [optional(template, `the attribute ${name}`)]] satisfies [string, string[]];
  });
  return snsAttributes(Object.fromEntries(rendered));
}

/**
 * `email` and `sms` for people, `default` for programs (HTTPS, SQS, Lambda, email-json): the payload
 * of a webhook, with fewer alerts and shorter texts until all fits.
 */
function fittedMessage(
  notification: Notification,
  forms: Readonly<Record<string, string>>,
  externalUrl: string,
  maxBytes: number,
): string {
  for (let jsonMaxBytes = JSON_MAX_BYTES; ; jsonMaxBytes = Math.floor(jsonMaxBytes / 2)) {
    const json = payloadWithin(notification, externalUrl, jsonMaxBytes);
    const message = JSON.stringify({ default: json, ...forms });
    if (utf8Bytes(message) <= maxBytes || jsonMaxBytes < 1000) return message;
  }
}

function payloadWithin(notification: Notification, externalUrl: string, maxBytes: number): string {
  const short = withShortTexts(notification);
  let most = Math.min(short.alerts.length, Math.floor(maxBytes / 200));
  for (;;) {
    const json = JSON.stringify(webhookPayload(short, externalUrl, Math.max(most, 1)));
    if (utf8Bytes(json) <= maxBytes || most <= 1) return json;
    most = Math.floor(most * 0.8);
  }
}

/** Push notifications for Android (FCM) and Apple devices. */
function pushForms(notification: Notification, line: string): Record<string, string> {
  const title = cutBytes(plainText(oneLine(line)) || subjectOf(notification), PUSH_TITLE_MAX_BYTES);
  const body = cutBytes(plainText(oneLine(headlineOf(notification))), PUSH_BODY_MAX_BYTES);
  const { status } = notification;
  const group = cutChars(notification.id, 128);
  const android = {
    notification: { title, body },
    data: { status, notification: group },
    android: { priority: 'high' },
  };
  const apple = JSON.stringify({
    aps: {
      alert: { title, body },
      sound: 'default',
      'interruption-level': status === 'firing' ? 'time-sensitive' : 'active',
    },
    status,
    notification: group,
  });
  const google = JSON.stringify({ fcmV1Message: { message: android } });
  return { GCM: google, APNS: apple, APNS_SANDBOX: apple };
}
