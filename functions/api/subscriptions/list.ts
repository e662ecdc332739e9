import {
  maskedAddress,
  type Subscriptions,
  type SubscriptionTopic,
  type SubscriptionView,
} from '../../../core/answers/subscriptions.ts';
import { ok, type Result } from '../../../core/result.ts';
import { mayAs } from '../../../core/role.ts';
import { isoTime } from '../../../core/time.ts';
import type { SnsRefusal, TopicSubscription } from '../../notify/subscriptions.ts';
import type { SubscriptionNote } from '../../store/subscription-notes.ts';
import type { Caller } from '../authenticate.ts';
import type { ApiData, ApiError } from '../reply.ts';
import { refused, type SubscriptionPorts, subscriptionId } from './ports.ts';

/** A subscription as SNS has it, with what was noted when it was added here. */
export interface Found extends TopicSubscription {
  readonly id: string;
  readonly topic: SubscriptionTopic;
  readonly topicArn: string;
  /** Absent: it was not added here. */
  readonly note?: SubscriptionNote;
}

/**
 * `GET /api/v1/subscriptions`: who hears of what. Asks SNS once a topic, and the table once: one read unit for 25
 * that were added here.
 */
export async function listSubscriptions(
  caller: Caller,
  ports: SubscriptionPorts,
): Promise<Result<ApiData, ApiError>> {
  const found = await findSubscriptions(ports);
  if (!found.ok) return refused(found.error);
  const isWhole = mayAs(caller.role, 'operator');
  const answer: Subscriptions = {
    topics: [...ports.topics.keys()],
    names: Object.fromEntries(
      [...ports.topics].map(([topic, arn]) => [topic, arn.slice(arn.lastIndexOf(':') + 1)]),
    ),
    subscriptions: found.value.map((one) => viewOf(one, isWhole)),
    delivery: ports.delivery,
  };
  return ok({ json: JSON.stringify(answer) });
}

/** All of all topics, as they are now. */
export async function findSubscriptions({
  sns,
  topics,
  notes,
  nowMs,
}: SubscriptionPorts): Promise<Result<readonly Found[], SnsRefusal>> {
  const [noted, ...lists] = await Promise.all([
    notes.list(nowMs()),
    ...[...topics].map(async ([topic, arn]) => ({ topic, arn, list: await sns.list(arn) })),
  ]);
  const byId = new Map(noted.map((note) => [note.id, note]));
  const found: Found[] = [];
  for (const { topic, arn, list } of lists) {
    if (!list.ok) return list;
    for (const one of list.value) {
      const id = subscriptionId(topic, one.protocol, one.address);
      const note = byId.get(id);
      const isHere = note !== undefined && note.removedAtMs === undefined;
      found.push({ ...one, id, topic, topicArn: arn, ...(isHere ? { note } : {}) });
    }
  }
  return ok(found);
}

function viewOf(
  { id, topic, protocol, address, arn, note }: Found,
  isWhole: boolean,
): SubscriptionView {
  return {
    ...{ id, topic, protocol },
    address: isWhole ? address : maskedAddress(protocol, address),
    state: arn === undefined ? 'pending' : 'confirmed',
    from: note === undefined ? 'settings' : 'here',
    ...(note === undefined ? {} : { addedBy: note.by, addedAt: isoTime(note.addedAtMs) }),
  };
}
