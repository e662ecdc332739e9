import { err, ok, type Result } from '../../../core/result.ts';
import type { Caller } from '../authenticate.ts';
import type { ApiData, ApiError } from '../reply.ts';
import { findSubscriptions } from './list.ts';
import { refused, type SubscriptionPorts } from './ports.ts';

/** `DELETE /api/v1/subscriptions/ID`: of one that was added here and is confirmed. */
export async function removeSubscription(
  id: string,
  caller: Caller,
  ports: SubscriptionPorts,
): Promise<Result<ApiData, ApiError>> {
  const found = await findSubscriptions(ports);
  if (!found.ok) return refused(found.error);
  const one = found.value.find((each) => each.id === id);
  if (one === undefined) return err({ kind: 'not_found', message: `no subscription ${id}` });
  const { topic, protocol, address, arn, note } = one;
  if (note === undefined)
    return conflict(
      'it was not added here: take it out of the settings of the deployment, or remove it in SNS',
    );
  if (arn === undefined)
    return conflict(
      'SNS removes no subscription that waits to be confirmed; it goes by itself after 48 hours',
    );
  const { sns, notes, audit, nowMs } = ports;
  const before = { topic, protocol, address };
  const done = await audit.record(
    { who: caller.name, action: 'subscription.remove', subject: id, before },
    async () => {
      const ended = await sns.unsubscribe(arn);
      const now = nowMs();
      if (ended.ok) await notes.put({ ...note, removedAtMs: now }, now);
      return ended;
    },
    (result) => (result.ok ? undefined : result.error.reason),
  );
  return done.ok ? ok({ json: '{}' }) : refused(done.error);
}

function conflict(message: string): Result<never, ApiError> {
  return err({ kind: 'conflict', message });
}
