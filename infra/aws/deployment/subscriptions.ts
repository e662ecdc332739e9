import { paginateListSubscriptionsByTopic, SNSClient } from '@aws-sdk/client-sns';
import type { Audience } from '../config.ts';

/** Somebody who is to be told, and whether the address has agreed to it. */
export interface Subscription {
  readonly audience: Audience;
  /** As SNS names it: `email`, `sms`, `https`, `application` ... */
  readonly protocol: string;
  readonly address: string;
  readonly isConfirmed: boolean;
}

/** SNS' word for the ARN that a subscription has not got yet. */
const PENDING = 'PendingConfirmation';

/** Who is subscribed to the topics; `topics` has the ARN of each. */
export async function listSubscriptions(
  topics: ReadonlyMap<Audience, string>,
): Promise<Subscription[]> {
  const client = new SNSClient({});
  const found: Subscription[] = [];
  for (const [audience, TopicArn] of topics) {
    for await (const page of paginateListSubscriptionsByTopic({ client }, { TopicArn })) {
      for (const { Protocol = '?', Endpoint = '?', SubscriptionArn } of page.Subscriptions ?? [])
        found.push({
          audience,
          protocol: Protocol,
          address: Endpoint,
          isConfirmed: SubscriptionArn !== undefined && SubscriptionArn !== PENDING,
        });
    }
  }
  return found;
}
