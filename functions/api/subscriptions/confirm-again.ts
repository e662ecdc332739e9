import { MINUTE_MS } from '../../../core/host-minute.ts';
import { err, ok, type Result } from '../../../core/result.ts';
import type { Caller } from '../authenticate.ts';
import { type ApiData, type ApiError, badData } from '../reply.ts';
import { findSubscriptions } from './list.ts';
import { refused, type SubscriptionPorts } from './ports.ts';

/** To one address and topic. */
const CONFIRM_EVERY_MS = 10 * MINUTE_MS;

/** `POST /api/v1/subscriptions/ID/confirmation`: another email that asks whether the address agrees. */
export async function confirmAgain(
  id: string,
  caller: Caller,
  ports: SubscriptionPorts,
): Promise<Result<ApiData, ApiError>> {
  const found = await findSubscriptions(ports);
  if (!found.ok) return refused(found.error);
  const one = found.value.find((each) => each.id === id);
  if (one === undefined) return err({ kind: 'not_found', message: `no subscription ${id}` });
  if (one.arn !== undefined) return err(badData('this subscription is confirmed'));
  const { sns, notes, audit, nowMs } = ports;
  const now = nowMs();
  const { topic, topicArn, protocol, address } = one;
  // Of one that the deployment made there is no note: one for two days keeps count.
  const before = (await notes.list(now)).find((note) => note.id === `again-${id}`);
  const sentAtMs = Math.max(before?.sentAtMs ?? 0, one.note?.sentAtMs ?? 0);
  if (now - sentAtMs < CONFIRM_EVERY_MS) return tooSoon(sentAtMs + CONFIRM_EVERY_MS - now);
  const note = {
    ...{ id: `again-${id}`, revision: before?.revision ?? 0, topic, by: caller.name },
    ...{ addedAtMs: now, sentAtMs: now },
  };
  if (!(await notes.put(note, now, true))) return tooSoon(CONFIRM_EVERY_MS);
  const done = await audit.record(
    { who: caller.name, action: 'subscription.confirm-again', subject: id },
    () => sns.subscribe(topicArn, protocol, address),
    (result) => (result.ok ? undefined : result.error.reason),
  );
  return done.ok ? ok({ json: '{}' }) : refused(done.error);
}

function tooSoon(retryAfterMs: number): Result<never, ApiError> {
  const message = `this address was asked less than ${CONFIRM_EVERY_MS / MINUTE_MS} minutes ago`;
  return err({ kind: 'too_many', message, retryAfterMs });
}
