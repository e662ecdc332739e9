import { Duration } from 'aws-cdk-lib';
import type { Code } from 'aws-cdk-lib/aws-lambda';
import { Schedule, ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { SHARDS_MAX } from '../../../core/shard-epochs.ts';
import { lateHourPartition } from '../../../functions/store/item-keys.ts';
import type { Config } from '../config.ts';
import { FailureQueue } from './failure-queue.ts';
import { NodeFunction } from './node-function.ts';
import { FunctionTarget } from './scheduled-function.ts';
import type { Store } from './store.ts';

/** Lambda's longest. An hour of 1,000 hosts with five VMs each takes less than one minute of it. */
const RUN_MAX = Duration.minutes(15);

interface CompactorProps {
  readonly config: Config;
  readonly store: Store;
  /** Takes runs that failed. */
  readonly deadLetters: IQueue;
  readonly code: Code;
}

/** Once an hour leaves, of all samples of the hour before, points of a minute and points of an hour. */
export class Compactor extends Construct {
  readonly handler: NodeFunction;

  constructor(scope: Construct, id: string, props: CompactorProps) {
    super(scope, id);
    const { config, store, deadLetters, code } = props;
    this.handler = new NodeFunction(this, 'Handler', {
      description: 'Rolls up hours that are over',
      code,
      environment: {
        TABLE_NAME: store.table.tableName,
        SHARD_COUNT: String(config.shardCount),
        RAW_RETENTION_DAYS: String(config.rawRetentionDays),
        MINUTE_RETENTION_DAYS: String(config.minuteRetentionDays),
        HOUR_RETENTION_DAYS: String(config.hourRetentionDays),
      },
      // One whole vCPU (1,769 MB): decoding and encoding is one thread of arithmetic.
      memoryMb: 1769,
      timeout: RUN_MAX,
      config,
    });
    this.handler.configureAsyncInvoke({
      retryAttempts: 0, // The next run does what this one left.
      maxEventAge: Duration.minutes(30),
      onFailure: new FailureQueue(deadLetters),
    });
    store.grant(this.handler, 'Query', 'GetItem', 'BatchGetItem', 'PutItem');
    // Also of shards that are no more: something may come late for an hour of theirs.
    const late = Array.from({ length: SHARDS_MAX }, (_, shard) => lateHourPartition(shard));
    store.grantWithin(this.handler, late, 'DeleteItem');
    new Schedule(this, 'EveryHour', {
      description: 'A run of the compactor',
      // An hour has settled 11 minutes after it.
      schedule: ScheduleExpression.cron({ minute: '12' }),
      target: new FunctionTarget(this.handler, {
        maxEventAge: Duration.minutes(30),
        retryAttempts: 3,
        deadLetterQueue: deadLetters,
      }),
    });
  }
}
