import type { SubscriptionTopic } from '../../../core/answers/subscriptions.ts';
import { MINUTE_MS } from '../../../core/host-minute.ts';
import { err, ok, type Result } from '../../../core/result.ts';
import { isoTime } from '../../../core/time.ts';
import type { TestMessage } from '../../notify/subscriptions.ts';
import type { Caller } from '../authenticate.ts';
import type { ApiData, ApiError } from '../reply.ts';
import { refused, type SubscriptionPorts } from './ports.ts';

/** Of one topic: all who are subscribed hear it, phones too. */
const TEST_EVERY_MS = 5 * MINUTE_MS;

/** `POST /api/v1/topics/TOPIC/test`: a real message to all who are subscribed to it; SNS can't leave any out. */
export async function testTopic(
  id: string,
  caller: Caller,
  { sns, topics, notes, externalUrl, audit, nowMs }: SubscriptionPorts,
): Promise<Result<ApiData, ApiError>> {
  const [topic, arn] = [...topics].find(([name]) => name === id) ?? [];
  if (topic === undefined || arn === undefined)
    return err({ kind: 'not_found', message: `there is no topic ${id}` });
  const now = nowMs();
  const before = (await notes.list(now)).find((note) => note.id === `test-${topic}`);
  const sinceMs = now - (before?.sentAtMs ?? 0);
  if (sinceMs < TEST_EVERY_MS) return tooSoon(TEST_EVERY_MS - sinceMs);
  const note = {
    ...{ id: `test-${topic}`, revision: before?.revision ?? 0, topic, by: caller.name },
    ...{ addedAtMs: now, sentAtMs: now },
  };
  // Of two at once one is sent.
  if (!(await notes.put(note, now, true))) return tooSoon(TEST_EVERY_MS);
  const done = await audit.record(
    { who: caller.name, action: 'subscription.test', subject: topic },
    () => sns.publish(arn, messageOf(topic, caller.name, externalUrl, now)),
    (result) => (result.ok ? undefined : result.error.reason),
  );
  return done.ok ? ok({ json: '{}' }) : refused(done.error);
}

function messageOf(
  topic: SubscriptionTopic,
  who: string,
  externalUrl: string,
  nowMs: number,
): TestMessage {
  const text = `This is a test: ${who} sent it to all who are subscribed to ${topic} messages. Nothing is wrong.`;
  const link = externalUrl === '' ? '' : `\n\n${externalUrl}`;
  return {
    subject: `[TEST] Hypervigil, ${topic}`,
    email: `${text}${link}\n`,
    sms: `TEST of Hypervigil, ${topic}: nothing is wrong.`,
    json: JSON.stringify({ version: '1', status: 'test', topic, at: isoTime(nowMs) }),
  };
}

function tooSoon(retryAfterMs: number): Result<never, ApiError> {
  const message = `this topic was tested less than ${TEST_EVERY_MS / MINUTE_MS} minutes ago`;
  return err({ kind: 'too_many', message, retryAfterMs });
}
