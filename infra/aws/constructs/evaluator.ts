import { Duration, Validations } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Code } from 'aws-cdk-lib/aws-lambda';
import {
  ContextAttribute,
  Schedule,
  ScheduleExpression,
  ScheduleTargetInput,
} from 'aws-cdk-lib/aws-scheduler';
import type { Topic } from 'aws-cdk-lib/aws-sns';
import { type IQueue, Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Severity } from '../../../core/alerting/severity.ts';
import {
  HOST_PARTITION,
  PUSH_PARTITION,
  STATE_PARTITION,
} from '../../../functions/store/item-keys.ts';
import { settingsSummary } from '../config/settings-summary.ts';
import type { Config } from '../config.ts';
import { FailureQueue } from './failure-queue.ts';
import { NodeFunction } from './node-function.ts';
import { FunctionTarget } from './scheduled-function.ts';
import type { Store } from './store.ts';

/** A tick that could not start within a minute is worth nothing: the next one sees all it would have. */
const TICK_MAX_AGE = Duration.minutes(1);

interface EvaluatorProps {
  readonly config: Config;
  readonly store: Store;
  readonly topics: Readonly<Record<Severity, Topic>>;
  /** Takes the notifications that it gives up. */
  readonly undelivered: IQueue;
  /** Where links in notifications lead, without a slash at its end. */
  readonly externalUrl: string;
  readonly code: Code;
}

/**
 * Evaluates the rules once a minute and publishes what changed.
 *
 * Two ticks at once do no harm: state has an optimistic lock, so one of them writes and the other
 * gives way. That is why no concurrency is reserved, which a new account could not spare.
 */
export class Evaluator extends Construct {
  readonly handler: NodeFunction;
  /** Ticks that failed or never started, for a day. */
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, props: EvaluatorProps) {
    super(scope, id);
    const { config, store, topics, undelivered, code } = props;
    this.deadLetters = new Queue(this, 'DeadLetters', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      // They are evidence, not work to be done again. After a day the alarm on them ends by itself.
      retentionPeriod: Duration.days(1),
    });
    Validations.of(this.deadLetters).acknowledge({
      id: 'AwsSolutions-SQS3',
      reason: 'This queue is the dead-letter queue of the schedule and the evaluator.',
    });
    this.handler = new NodeFunction(this, 'Handler', {
      description: 'Evaluates alert rules and publishes notifications',
      code,
      environment: {
        TABLE_NAME: store.table.tableName,
        SHARD_COUNT: String(config.shardCount),
        RAW_RETENTION_DAYS: String(config.rawRetentionDays),
        MINUTE_RETENTION_DAYS: String(config.minuteRetentionDays),
        HOUR_RETENTION_DAYS: String(config.hourRetentionDays),
        TOPIC_ARN_CRITICAL: topics.critical.topicArn,
        TOPIC_ARN_WARNING: topics.warning.topicArn,
        TOPIC_ARN_INFO: topics.info.topicArn,
        RULES_DIR: './rules',
        DELIVERY_DLQ_URL: undelivered.queueUrl,
        EXTERNAL_URL: props.externalUrl,
        DEPLOYED_SETTINGS: settingsSummary(config),
        ...(config.detailedMetrics ? { DETAILED_METRICS: 'true' } : {}),
        ...(config.alertmanagers.length === 0
          ? {}
          : { ALERTMANAGER_URLS: config.alertmanagers.join(',') }),
      },
      // It holds the newest minutes of the fleet: docs/scaling.md.
      memoryMb: config.evaluatorMemoryMb,
      // A tick ends before the one after the next begins.
      timeout: Duration.seconds(55),
      config,
    });
    this.handler.configureAsyncInvoke({
      retryAttempts: 0, // The next tick is the retry.
      maxEventAge: TICK_MAX_AGE,
      onFailure: new FailureQueue(this.deadLetters),
    });
    // Query reads a minute of the fleet and what silences there are, BatchGetItem what of a minute may
    // still come or grow; GetItem and PutItem are the state's; its segments that are no longer of use
    // are deleted, as hosts are from the inventory's list of those that report, and browsers that have unsubscribed.
    store.grant(this.handler, 'Query', 'BatchGetItem', 'GetItem', 'PutItem');
    const ending = [STATE_PARTITION, HOST_PARTITION, PUSH_PARTITION];
    store.grantWithin(this.handler, ending, 'DeleteItem');
    this.allowDelivery(props);
    this.everyMinute();
  }

  private allowDelivery({ config, topics, undelivered }: EvaluatorProps): void {
    const { critical, warning, info } = topics;
    this.handler.addToRolePolicy(
      new PolicyStatement({
        actions: ['sns:Publish'],
        resources: [critical.topicArn, warning.topicArn, info.topicArn, ...config.publishTo],
      }),
    );
    this.handler.addToRolePolicy(
      new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [undelivered.queueArn] }),
    );
    if (!config.publishToPhones) return;
    // A phone number has no ARN, so all that has one is left out: what remains are phone numbers.
    this.handler.addToRolePolicy(
      new PolicyStatement({ actions: ['sns:Publish'], notResources: ['arn:*:sns:*:*:*'] }),
    );
  }

  private everyMinute(): void {
    new Schedule(this, 'EveryMinute', {
      description: 'A tick of the evaluator',
      schedule: ScheduleExpression.rate(Duration.minutes(1)),
      target: new FunctionTarget(this.handler, {
        // When the tick was due: rules are evaluated for that time, so that ticks lie a minute apart.
        input: ScheduleTargetInput.fromObject({ scheduledTime: ContextAttribute.scheduledTime }),
        maxEventAge: TICK_MAX_AGE,
        retryAttempts: 3,
        deadLetterQueue: this.deadLetters,
      }),
    });
  }
}
