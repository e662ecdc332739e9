import type { LocalSubscription } from './topic-book.ts';

const TOPIC_ARN = 'arn:aws:sns:local:000000000000:hypervigil';

/** The topics of each severity on this machine, as the functions' environment has them. */
export const LOCAL_TOPICS = {
  TOPIC_ARN_CRITICAL: `${TOPIC_ARN}-critical`,
  TOPIC_ARN_WARNING: `${TOPIC_ARN}-warning`,
  TOPIC_ARN_INFO: `${TOPIC_ARN}-info`,
};

/** What the settings of this machine subscribe to all topics, as SNS would list it. */
export function declaredSubscriptions(emails: readonly string[]): readonly LocalSubscription[] {
  return Object.values(LOCAL_TOPICS).flatMap((topicArn) =>
    emails.map((endpoint, i) => ({
      arn: `${topicArn}:settings-${i}`,
      topicArn,
      protocol: 'email' as const,
      endpoint,
    })),
  );
}
