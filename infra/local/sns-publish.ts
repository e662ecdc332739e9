import * as v from 'valibot';
import { err, ok, type Result } from '../../core/result.ts';

/** A topic with all its subscribers, a mobile device's endpoint, or a phone (an SMS). */
type Target =
  | { readonly topicArn: string }
  | { readonly targetArn: string }
  | { readonly phoneNumber: string };

/** A message as SNS hands it on: one text for each protocol, chosen by the publisher. */
export interface PublishedMessage {
  /** What SNS calls the message; made by the sink. */
  readonly messageId: string;
  readonly to: Target;
  /** Subject of the email; absent when the publisher gave none. */
  readonly subject?: string;
  /** The text each protocol's subscribers get; `default` is there for all others. */
  readonly texts: Readonly<Record<string, string>> & { readonly default: string };
  /** String attributes, which subscription filters look at. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** An error in SNS' words. */
export interface SnsError {
  readonly status: number;
  readonly code: 'InvalidParameter' | 'InvalidAction' | 'InternalError' | 'NotFound';
  readonly message: string;
}

/** SNS' limits for Publish. Source: docs.aws.amazon.com/sns/latest/api/API_Publish.html */
export const MAX_MESSAGE_BYTES = 256 << 10;
const MAX_SUBJECT_CHARACTERS = 100;
const E164 = /^\+[1-9]\d{1,14}$/;

const textsSchema = v.looseObject({ default: v.string() });

/**
 * Reads a Publish request of the Query protocol (a form). What SNS refuses is refused here in the
 * same words, so a message that passes on one machine passes on AWS.
 */
export function decodePublish(
  form: URLSearchParams,
  messageId: string,
): Result<PublishedMessage, SnsError> {
  const action = form.get('Action');
  if (action !== 'Publish') {
    return err({ status: 400, code: 'InvalidAction', message: `no action ${action} here` });
  }
  const to = decodeTarget(form);
  if (!to.ok) return to;
  const message = form.get('Message') ?? '';
  if (message === '') return invalid('Empty message');
  if (Buffer.byteLength(message) > MAX_MESSAGE_BYTES) return invalid('Message too long');
  const subject = form.get('Subject') ?? undefined;
  if (subject !== undefined && !isSubject(subject)) return invalid('Subject');
  const texts = decodeTexts(message, form.get('MessageStructure'));
  if (!texts.ok) return texts;
  return ok({
    messageId,
    to: to.value,
    ...(subject === undefined ? {} : { subject }),
    texts: texts.value,
    attributes: decodeAttributes(form),
  });
}

function decodeTarget(form: URLSearchParams): Result<Target, SnsError> {
  const phoneNumber = form.get('PhoneNumber');
  const targetArn = form.get('TargetArn');
  const topicArn = form.get('TopicArn');
  const given = [phoneNumber, targetArn, topicArn].filter((one) => one !== null).length;
  if (given > 1) return invalid('Only one of TopicArn, TargetArn and PhoneNumber can be given');
  if (phoneNumber !== null)
    return E164.test(phoneNumber) ? ok({ phoneNumber }) : invalid('PhoneNumber');
  if (targetArn !== null)
    return targetArn.startsWith('arn:') ? ok({ targetArn }) : invalid('TargetArn');
  return topicArn?.startsWith('arn:') ? ok({ topicArn }) : invalid('TopicArn');
}

function decodeTexts(
  message: string,
  structure: string | null,
): Result<PublishedMessage['texts'], SnsError> {
  if (structure !== 'json') return ok({ default: message });
  let json: unknown;
  try {
    json = JSON.parse(message);
  } catch {
    return invalid('Message Structure - JSON message body failed to parse');
  }
  const parsed = v.safeParse(textsSchema, json);
  if (!parsed.success) {
    return invalid('Message Structure - No default entry in JSON message body');
  }
  // SNS leaves out what is not a string.
  const strings = Object.entries(parsed.output).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return ok({ ...Object.fromEntries(strings), default: parsed.output.default });
}

/** `MessageAttributes.entry.N.Name` and `.Value.StringValue`, N from 1. */
function decodeAttributes(form: URLSearchParams): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (let n = 1; ; n++) {
    const name = form.get(`MessageAttributes.entry.${n}.Name`);
    if (name === null) return attributes;
    attributes[name] = form.get(`MessageAttributes.entry.${n}.Value.StringValue`) ?? '';
  }
}

function isSubject(subject: string): boolean {
  const characters = [...subject].length;
  return characters > 0 && characters <= MAX_SUBJECT_CHARACTERS && !/\p{Cc}/u.test(subject);
}

function invalid(what: string): Result<never, SnsError> {
  return err({ status: 400, code: 'InvalidParameter', message: `Invalid parameter: ${what}` });
}
