import { ArnFormat, Stack, Validations } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Alias, type IKey, type Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription, SmsSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import type { Severity } from '../../../core/alerting/notification.ts';
import type { Audience, Config } from '../config.ts';
import { allowThroughService } from './key-policy.ts';

interface NotificationsProps {
  readonly config: Config;
  /** Absent: the AWS-managed key. */
  readonly key: Key | undefined;
}

/** The topics people subscribe to: one a severity, and one about Hypervigil itself. */
export class Notifications extends Construct {
  readonly bySeverity: Readonly<Record<Severity, Topic>>;
  /** Where CloudWatch says that Hypervigil is unwell. */
  readonly operations: Topic;
  private readonly config: Config;

  constructor(scope: Construct, id: string, { config, key }: NotificationsProps) {
    super(scope, id);
    this.config = config;
    const managed = key ?? Alias.fromAliasName(this, 'ManagedKey', 'alias/aws/sns');
    this.bySeverity = {
      critical: this.topic('critical', managed),
      warning: this.topic('warning', managed),
      info: this.topic('info', managed),
    };
    // CloudWatch may not use the AWS-managed key of SNS, so without a key of our own this topic has
    // none; its messages name alarms and hold no metrics.
    this.operations = this.topic('operations', key);
    this.allowAlarms(key);
    if (key !== undefined) allowThroughService(key, 'sns');
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
    return topic;
  }

  /** A topic policy of one's own replaces the default one, which had let alarms publish. */
  private allowAlarms(key: Key | undefined): void {
    const stack = Stack.of(this);
    const alarms = stack.formatArn({
      service: 'cloudwatch',
      resource: 'alarm',
      resourceName: '*',
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    const cloudwatch = {
      principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
      conditions: {
        StringEquals: { 'aws:SourceAccount': stack.account },
        ArnLike: { 'aws:SourceArn': alarms },
      },
    };
    this.operations.addToResourcePolicy(
      new PolicyStatement({
        ...cloudwatch,
        actions: ['sns:Publish'],
        resources: [this.operations.topicArn],
      }),
    );
    key?.addToResourcePolicy(
      new PolicyStatement({
        ...cloudwatch,
        actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
        resources: ['*'], // In a key policy: this key.
      }),
    );
  }

  private warnOfSilence(): void {
    for (const audience of ['critical', 'operations'] as const) {
      const { emails, phones } = this.config;
      if (emails[audience].length + phones[audience].length > 0) continue;
      Validations.of(this).addWarning(
        `hypervigil:nobody-${audience}`,
        `Nobody is subscribed to ${audience} notifications: add hypervigil.emails.${audience} or hypervigil.phones.${audience} to the context in cdk.json.`,
      );
    }
  }
}

function capitalized(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1);
}
