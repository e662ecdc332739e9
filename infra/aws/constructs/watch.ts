import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

const MINUTE = Duration.minutes(1);

interface WatchProps {
  readonly ingest: IFunction;
  readonly evaluator: IFunction;
  readonly deadLetters: IQueue;
  readonly topic: ITopic;
}

/** Watches the watcher, with CloudWatch alone: none of our code runs between a fault and its alarm. */
export class Watch extends Construct {
  private readonly action: SnsAction;

  constructor(scope: Construct, id: string, props: WatchProps) {
    super(scope, id);
    this.action = new SnsAction(props.topic);
    this.ticksStopped(props.evaluator);
    this.above0(
      'TicksFailing',
      'Every tick fails, or nearly: no rule is evaluated, nobody would hear of an outage.',
      props.evaluator.metricErrors({ period: MINUTE }),
      { evaluationPeriods: 3 },
    );
    this.above0(
      'DeadLetters',
      'Ticks failed or never started; the queue says why. Ends a day after the last one.',
      props.deadLetters.metricApproximateNumberOfMessagesVisible({
        period: MINUTE,
        statistic: Stats.MAXIMUM,
      }),
    );
    // One failed batch is sent again by its agent; five bad minutes of fifteen are a fault.
    const errors = { datapointsToAlarm: 5, evaluationPeriods: 15 };
    this.above0(
      'IngestErrors',
      'Ingest keeps failing: agents hold their samples and send them again.',
      props.ingest.metricErrors({ period: MINUTE }),
      errors,
    );
    this.above0(
      'IngestThrottles',
      'Ingest keeps running into the limit of concurrent Lambdas.',
      props.ingest.metricThrottles({ period: MINUTE }),
      errors,
    );
  }

  /**
   * The dead-man's switch: three minutes without a tick. One that never ran makes no data at all, so
   * missing data counts as breaching.
   */
  private ticksStopped(evaluator: IFunction): void {
    const alarm = new Alarm(this, 'TicksStopped', {
      alarmDescription:
        'No tick for 3 minutes: no rule is evaluated, nobody would hear of an outage.',
      metric: evaluator.metricInvocations({ period: MINUTE }),
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      threshold: 1,
      evaluationPeriods: 3,
      treatMissingData: TreatMissingData.BREACHING,
    });
    this.notify(alarm);
  }

  private above0(
    id: string,
    alarmDescription: string,
    metric: IMetric,
    periods: { datapointsToAlarm?: number; evaluationPeriods: number } = { evaluationPeriods: 1 },
  ): void {
    const alarm = new Alarm(this, id, {
      alarmDescription,
      metric,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      threshold: 0,
      ...periods,
      // These count faults: none counted is none.
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    this.notify(alarm);
  }

  private notify(alarm: Alarm): void {
    alarm.addAlarmAction(this.action);
    alarm.addOkAction(this.action);
  }
}
