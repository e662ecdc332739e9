import { Duration, Stack, Validations } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Alias, type IKey } from 'aws-cdk-lib/aws-kms';
import {
  BackoffFunction,
  type HealthyRetryPolicy,
  Subscription,
  SubscriptionProtocol,
  Topic,
} from 'aws-cdk-lib/aws-sns';
import {
  EmailSubscription,
  SmsSubscription,
  UrlSubscription,
} from 'aws-cdk-lib/aws-sns-subscriptions';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Severity } from '../../../core/alerting/severity.ts';
import type { Audience, Config } from '../config.ts';
import { fromAlarms } from './key-policy.ts';

interface NotificationsProps {
  readonly config: Config;
  /** Absent: the AWS-managed key. */
  readonly key: IKey | undefined;
}

/** SNS' own policy gives up on a web address after a minute; this one after at most an hour, the longest there is. */
const HTTPS_RETRIES: HealthyRetryPolicy = {
  numRetries: 32, // 3 x 5 s, and at most 29 x 120 s = 3,495 s
  numMinDelayRetries: 3,
  minDelayTarget: Duration.seconds(5),
  maxDelayTarget: Duration.seconds(120),
  backoffFunction: BackoffFunction.EXPONENTIAL,
};

/**
 * The topics people subscribe to, one a severity and one about Hypervigil itself, and what becomes of
 * messages that reach nobody.
 */
export class Notifications extends Construct {
  readonly bySeverity: Readonly<Record<Severity, Topic>>;
  /** Where CloudWatch says that Hypervigil is unwell. */
  readonly operations: Topic;
  /** Notifications that could not be delivered, by the evaluator or by SNS, as long as SQS keeps them. */
  readonly undelivered: Queue;
  private readonly config: Config;

  constructor(scope: Construct, id: string, { config, key }: NotificationsProps) {
    super(scope, id);
    this.config = config;
    this.undelivered = this.undeliveredQueue();
    const managed = key ?? Alias.fromAliasName(this, 'ManagedKey', 'alias/aws/sns');
    this.bySeverity = {
      critical: this.topic('critical', managed),
      warning: this.topic('warning', managed),
      info: this.topic('info', managed),
    };
    // CloudWatch may not use the AWS-managed key of SNS, so without a key of our own this topic has
    // none; its messages name alarms and hold no metrics.
    this.operations = this.topic('operations', key);
    this.allowAlarms();
    this.warnOfSilence();
  }

  private topic(audience: Audience, masterKey: IKey | undefined): Topic {
    const topic = new Topic(this, capitalized(audience), {
      // The sender's name in emails and, its first 10 characters, in text messages.
      displayName: 'Hypervigil',
      enforceSSL: true,
      ...(masterKey === undefined ? {} : { masterKey }),
    });
    for (const address of this.config.emails[audience])
      topic.addSubscription(new EmailSubscription(address));
    for (const number of this.config.phones[audience])
      topic.addSubscription(new SmsSubscription(number));
    const deadLetterQueue = this.undelivered;
    for (const url of this.config.https[audience])
      topic.addSubscription(
        new UrlSubscription(url, {
          deliveryPolicy: { healthyRetryPolicy: HTTPS_RETRIES },
          deadLetterQueue,
        }),
      );
    for (const endpoint of this.config.push[audience])
      new Subscription(topic, endpoint, {
        topic,
        protocol: SubscriptionProtocol.APPLICATION,
        endpoint,
        deadLetterQueue,
      });
    return topic;
  }

  private undeliveredQueue(): Queue {
    const queue = new Queue(this, 'Undelivered', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      // Somebody has to read them, and may be on holiday: the longest there is.
      retentionPeriod: Duration.days(14),
    });
    Validations.of(queue).acknowledge({
      id: 'AwsSolutions-SQS3',
      reason: 'This queue is the dead-letter queue of notifications: a person reads it.',
    });
    return queue;
  }

  /** A topic policy of one's own replaces the default one, which had let alarms publish. */
  private allowAlarms(): void {
    this.operations.addToResourcePolicy(
      new PolicyStatement({
        ...fromAlarms(Stack.of(this)),
        actions: ['sns:Publish'],
        resources: [this.operations.topicArn],
      }),
    );
  }

  private warnOfSilence(): void {
    for (const audience of ['critical', 'operations'] as const) {
      const { emails, phones, https, push } = this.config;
      if ([emails, phones, https, push].some((lists) => lists[audience].length > 0)) continue;
      Validations.of(this).addWarning(
        `hypervigil:nobody-${audience}`,
        `Nobody is subscribed to ${audience} notifications: add hypervigil.emails.${audience} to the context in cdk.json, or phones, https or push in its place.`,
      );
    }
  }
}

function capitalized(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1);
}
