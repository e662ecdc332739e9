import { Duration } from 'aws-cdk-lib';
import {
  Dashboard,
  GraphWidget,
  type IMetric,
  Metric,
  PeriodOverride,
  Stats,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { DELIVERIES_FAILED, TICK_COMPLETED } from '../../../functions/evaluate/heartbeat.ts';
import { DEPLOYMENT_DIMENSION, METRIC_NAMESPACE } from '../../../functions/log/metric-line.ts';

const MINUTE = Duration.minutes(1);
const WIDTH = 12;

interface SelfDashboardProps {
  /** Its name: the evaluator's metrics carry it. */
  readonly deployment: string;
  readonly tableName: string;
  readonly ingest: IFunction;
  readonly evaluator: IFunction;
  readonly compactor: IFunction;
  readonly api: IFunction;
  readonly remoteWrite: IFunction;
  readonly deadLetters: IQueue;
  readonly undelivered: IQueue;
}

/**
 * How Hypervigil itself does, in CloudWatch: for whoever an alarm has called. All of it but the tick's own
 * two metrics is what AWS counts anyway, so it costs nothing beside the dashboard's own fee.
 */
export class SelfDashboard extends Construct {
  constructor(scope: Construct, id: string, props: SelfDashboardProps) {
    super(scope, id);
    const { evaluator, ingest, compactor, api, remoteWrite } = props;
    const dashboard = new Dashboard(this, 'Dashboard', {
      defaultInterval: Duration.hours(3),
      periodOverride: PeriodOverride.AUTO,
    });
    dashboard.addWidgets(
      graph('Ticks that did all their work, deliveries that failed', [
        own(TICK_COMPLETED, props.deployment),
        own(DELIVERIES_FAILED, props.deployment),
      ]),
      graph('Tick: how long it takes (limit 55 s)', durations(evaluator)),
      graph('Batches and what became of them', [
        ingest.metricInvocations({ period: MINUTE, label: 'batches' }),
        ingest.metricErrors({ period: MINUTE, label: 'failed' }),
        ingest.metricThrottles({ period: MINUTE, label: 'turned away' }),
      ]),
      graph('Batch: how long it takes', durations(ingest)),
      graph('Table: units', [
        ofTable(props.tableName, 'ConsumedWriteCapacityUnits', 'written'),
        ofTable(props.tableName, 'ConsumedReadCapacityUnits', 'read'),
      ]),
      graph('Table: requests it had no time for', throttleMetrics(props.tableName)),
      graph('Queries and remote writes', [
        api.metricInvocations({ period: MINUTE, label: 'queries' }),
        api.metricErrors({ period: MINUTE, label: 'queries that failed' }),
        remoteWrite.metricInvocations({ period: MINUTE, label: 'remote writes' }),
        remoteWrite.metricErrors({ period: MINUTE, label: 'remote writes that failed' }),
      ]),
      graph('Query: how long it takes', durations(api)),
      graph('Waiting in queues', [
        waiting(props.deadLetters, 'ticks and runs that failed'),
        waiting(props.undelivered, 'notifications that reached nobody'),
      ]),
      graph('Compaction: how long a run takes (limit 15 min)', [
        ...durations(compactor),
        compactor.metricErrors({ period: Duration.hours(1), label: 'failed' }),
      ]),
    );
  }
}

/** Reads and writes of a table that DynamoDB refused for want of capacity. */
export function throttleMetrics(tableName: string): [reads: IMetric, writes: IMetric] {
  return [ofTable(tableName, 'ReadThrottleEvents'), ofTable(tableName, 'WriteThrottleEvents')];
}

function graph(title: string, left: IMetric[]): GraphWidget {
  return new GraphWidget({ title, left, width: WIDTH, leftYAxis: { min: 0 } });
}

function durations(handler: IFunction): IMetric[] {
  return [Stats.p(50), Stats.p(99), Stats.MAXIMUM].map((statistic) =>
    handler.metricDuration({ period: MINUTE, statistic, label: statistic }),
  );
}

function own(metricName: string, deployment: string): IMetric {
  return new Metric({
    namespace: METRIC_NAMESPACE,
    metricName,
    dimensionsMap: { [DEPLOYMENT_DIMENSION]: deployment },
    statistic: Stats.SUM,
    period: MINUTE,
  });
}

/** Without a label: an alarm on one with a label counts as metric math. */
function ofTable(tableName: string, metricName: string, label?: string): IMetric {
  return new Metric({
    namespace: 'AWS/DynamoDB',
    metricName,
    dimensionsMap: { TableName: tableName },
    statistic: Stats.SUM,
    period: MINUTE,
    ...(label === undefined ? {} : { label }),
  });
}

function waiting(queue: IQueue, label: string): IMetric {
  return queue.metricApproximateNumberOfMessagesVisible({
    period: MINUTE,
    statistic: Stats.MAXIMUM,
    label,
  });
}
