import { createHash } from 'node:crypto';
import type { Subscriptions, SubscriptionTopic } from '../../../core/answers/subscriptions.ts';
import { err, type Result } from '../../../core/result.ts';
import type { SnsRefusal, TopicSubscriptions } from '../../notify/subscriptions.ts';
import type { AuditLog } from '../../store/audit-log.ts';
import type { SubscriptionNotes } from '../../store/subscription-notes.ts';
import type { ApiError } from '../reply.ts';

/** What the endpoints for subscriptions need of the world. */
export interface SubscriptionPorts {
  readonly sns: TopicSubscriptions;
  /** In the order in which people look for them. */
  readonly topics: ReadonlyMap<SubscriptionTopic, string>;
  readonly notes: SubscriptionNotes;
  readonly delivery: Subscriptions['delivery'];
  readonly externalUrl: string;
  readonly audit: Pick<AuditLog, 'record'>;
  readonly nowMs: () => number;
}

/** Names a subscription, pending or not, without its address. */
export function subscriptionId(topic: string, protocol: string, address: string): string {
  const text = `${topic}\n${protocol}\n${address}`;
  return `sub-${createHash('sha256').update(text).digest('hex').slice(0, 16)}`;
}

/** What SNS refused, as an answer. */
export function refused({ reason, isPassing }: SnsRefusal): Result<never, ApiError> {
  return err({ kind: isPassing ? 'unavailable' : 'execution', message: reason });
}
