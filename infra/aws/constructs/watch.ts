import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  type AlarmProps,
  ComparisonOperator,
  type IMetric,
  Metric,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { NOT_ROLLED_UP } from '../../../functions/compact/run-metrics.ts';
import {
  DELIVERIES_FAILED,
  TICK_COMPLETED,
  TICK_LAG,
} from '../../../functions/evaluate/heartbeat.ts';
import { DEPLOYMENT_DIMENSION, METRIC_NAMESPACE } from '../../../functions/log/metric-line.ts';
import type { AlarmName } from '../config/alarms.ts';
import type { Config } from '../config.ts';
import { throttleMetrics } from './self-dashboard.ts';

const MINUTE = Duration.minutes(1);

/** One bad minute mends itself by being tried again; five of fifteen are a fault. */
const AGAIN_AND_AGAIN = { datapointsToAlarm: 5, evaluationPeriods: 15 };

/** A fleet's newest sample is some seconds old, that of one host a minute and a half at most. */
const LAG_MAX = Duration.minutes(3);

interface WatchProps {
  /** Its name: the evaluator's metrics carry it. */
  readonly deployment: string;
  readonly ingest: IFunction;
  readonly evaluator: IFunction;
  readonly compactor: IFunction;
  readonly api: IFunction;
  readonly remoteWrite: IFunction;
  readonly deadLetters: IQueue;
  readonly undelivered: IQueue;
  readonly topic: ITopic;
  readonly tableName: string;
  /** Which alarms there are not, and what others wait for. */
  readonly alarms: Config['alarms'];
  /** Are there metrics of ticks that cost something by themselves? */
  readonly detailedMetrics: boolean;
}

/** Watches the watcher, with CloudWatch alone: none of our code runs between a fault and its alarm. */
export class Watch extends Construct {
  private readonly action: SnsAction;
  private readonly off: ReadonlySet<AlarmName>;

  constructor(scope: Construct, id: string, props: WatchProps) {
    super(scope, id);
    this.action = new SnsAction(props.topic);
    this.off = new Set(props.alarms.off);
    this.heartbeatMissing(props.deployment, props.alarms.heartbeatMinutes);
    this.above0(
      'TicksFailing',
      'Every tick fails, or nearly: no rule is evaluated, nobody would hear of an outage.',
      props.evaluator.metricErrors({ period: MINUTE }),
      { evaluationPeriods: 3 },
    );
    this.above0(
      'DeadLetters',
      'Ticks failed or never started; the queue says why. Ends a day after the last one.',
      messagesIn(props.deadLetters),
    );
    this.above0(
      'CompactorFailing',
      'Hours are not rolled up. Nothing is lost while raw samples are kept; after that, history has a gap.',
      props.compactor.metricErrors({ period: Duration.hours(1) }),
      { evaluationPeriods: 3 },
    );
    this.above0(
      'NotRolledUp',
      'Something could not be rolled up, and is tried again each hour; the log of the compactor says what.',
      ownMetric(NOT_ROLLED_UP, props.deployment, Duration.hours(1)),
    );
    this.above0(
      'NotDelivered',
      'Notifications reached nobody; the queue holds them. Ends when it is empty.',
      messagesIn(props.undelivered),
    );
    this.above0(
      'DeliveriesFailing',
      'Attempts to deliver notifications keep failing; they are tried again.',
      ownMetric(DELIVERIES_FAILED, props.deployment),
      AGAIN_AND_AGAIN,
    );
    this.above0(
      'IngestErrors',
      'Ingest keeps failing: agents hold their samples and send them again.',
      props.ingest.metricErrors({ period: MINUTE }),
      AGAIN_AND_AGAIN,
    );
    this.above0(
      'IngestRefuses',
      'Ingest keeps answering 5xx, so that agents hold their samples: the table is busy, or cannot be used. Its log says which.',
      answeredWith5xx(props.ingest),
      AGAIN_AND_AGAIN,
    );
    this.above0(
      'IngestThrottles',
      'Ingest keeps running into the limit of concurrent Lambdas.',
      props.ingest.metricThrottles({ period: MINUTE }),
      AGAIN_AND_AGAIN,
    );
    const [reads, writes] = throttleMetrics(props.tableName);
    for (const [what, metric] of [
      ['Reads', reads],
      ['Writes', writes],
    ] as const)
      this.above0(
        `Table${what}Throttled`,
        `The table keeps refusing ${what.toLowerCase()}: one partition has too much to do. See docs/scaling.md.`,
        metric,
        AGAIN_AND_AGAIN,
      );
    this.tooManyBatches(props.ingest, props.alarms.batchesPerHourMax);
    this.above0(
      'ApiFailing',
      'Queries and pages keep being answered with 5xx: people see nothing, and cannot silence. The log of the API says why.',
      answeredWith5xx(props.api),
      AGAIN_AND_AGAIN,
    );
    this.above0(
      'RemoteWriteFailing',
      'Remote write keeps answering 5xx: senders hold their samples, Prometheus for some two hours. Its log says why.',
      answeredWith5xx(props.remoteWrite),
      AGAIN_AND_AGAIN,
    );
    if (props.detailedMetrics) this.samplesLate(props.deployment);
  }

  /**
   * The dead-man's switch: minutes (three, unless the settings say otherwise) without a tick that did
   * all its work, be it that none ran, none ended or none could write. A heartbeat that stays away is
   * no data at all, so missing data counts as breaching.
   */
  private heartbeatMissing(deployment: string, minutes: number): void {
    this.alarm('HeartbeatMissing', {
      alarmDescription: `No tick completed for ${minutes} ${minutes === 1 ? 'minute' : 'minutes'}: no rule is evaluated, nobody would hear of an outage.`,
      metric: ownMetric(TICK_COMPLETED, deployment),
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      threshold: 1,
      evaluationPeriods: minutes,
      treatMissingData: TreatMissingData.BREACHING,
    });
  }

  /** What a month costs goes with the batches that come: more than somebody reckoned with is a bill to come, or an attack. */
  private tooManyBatches(ingest: IFunction, most: number): void {
    this.alarm('TooManyBatches', {
      alarmDescription: `More than ${most} batches in an hour: the bill grows with them. New hosts, or a flood?`,
      metric: ingest.metricInvocations({ period: Duration.hours(1) }),
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      threshold: most,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
  }

  /** Ticks go on, and no host's samples come through: all hosts seem to be down, or nobody has a rule that says so. */
  private samplesLate(deployment: string): void {
    this.alarm('SamplesLate', {
      alarmDescription: `The newest sample of the whole fleet is older than ${LAG_MAX.toMinutes()} minutes when ticks look at it.`,
      metric: ownMetric(TICK_LAG, deployment, MINUTE, Stats.MINIMUM),
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      threshold: LAG_MAX.toMilliseconds(),
      evaluationPeriods: 3,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
  }

  private above0(
    name: AlarmName,
    alarmDescription: string,
    metric: IMetric,
    periods: { datapointsToAlarm?: number; evaluationPeriods: number } = { evaluationPeriods: 1 },
  ): void {
    this.alarm(name, {
      alarmDescription,
      metric,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      threshold: 0,
      ...periods,
      // These count faults: none counted is none.
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
  }

  /** Tells when it begins and when it ends; none is made that the settings do without. */
  private alarm(name: AlarmName, props: AlarmProps): void {
    if (this.off.has(name)) return;
    const alarm = new Alarm(this, name, props);
    alarm.addAlarmAction(this.action);
    alarm.addOkAction(this.action);
  }
}

function messagesIn(queue: IQueue): IMetric {
  return queue.metricApproximateNumberOfMessagesVisible({
    period: MINUTE,
    statistic: Stats.MAXIMUM,
  });
}

/** What a function's URL answered so: a function that says it cannot just now has not failed. */
function answeredWith5xx(handler: IFunction): IMetric {
  return handler.metric('Url5xxCount', { statistic: Stats.SUM, period: MINUTE });
}

/** A metric that our own functions write. */
function ownMetric(
  metricName: string,
  deployment: string,
  period = MINUTE,
  statistic: string = Stats.SUM,
): IMetric {
  return new Metric({
    namespace: METRIC_NAMESPACE,
    metricName,
    dimensionsMap: { [DEPLOYMENT_DIMENSION]: deployment },
    statistic,
    period,
  });
}
