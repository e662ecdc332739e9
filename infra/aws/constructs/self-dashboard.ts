import { Duration } from 'aws-cdk-lib';
import {
  Dashboard,
  GraphWidget,
  type IMetric,
  LogQueryVisualizationType,
  LogQueryWidget,
  Metric,
  PeriodOverride,
  Stats,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
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
  readonly ingest: IFunction & { readonly logGroup: ILogGroup };
  /** Its log group has a line for each tick. */
  readonly evaluator: IFunction & { readonly logGroup: ILogGroup };
  readonly compactor: IFunction;
  readonly api: IFunction;
  readonly remoteWrite: IFunction;
  readonly deadLetters: IQueue;
  readonly undelivered: IQueue;
}

/**
 * How Hypervigil itself does, in CloudWatch: for whoever an alarm has called. All of it but the tick's own
 * two metrics is what AWS counts anyway, or made of log lines, so it costs next to nothing beside the dashboard's fee.
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
      chart('Tick: age of the newest sample, and how late it began (ms)', evaluator.logGroup, [
        "filter message = 'tick'",
        'stats max(lagMs) as newest_sample, max(lateMs) as late by bin(5m)',
      ]),
      chart('Hosts seen and silent, alerts that fire', evaluator.logGroup, [
        "filter message = 'tick'",
        'stats max(hosts) as seen, max(hostsDown) as silent, max(firing) as alerts by bin(5m)',
      ]),
      graph('Batches and what became of them', [
        ingest.metricInvocations({ period: MINUTE, label: 'batches' }),
        answered(ingest, '4xx', 'refused'),
        answered(ingest, '5xx', 'to be sent again'),
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
        answered(api, '4xx', 'queries refused'),
        answered(remoteWrite, '4xx', 'remote writes refused'),
      ]),
      graph('Query: how long it takes', durations(api)),
      table('Batches refused: of whom, and why', ingest.logGroup, [
        "filter message = 'refused'",
        'stats sum(count) as batches, latest(reason) as said by who, code',
        'sort batches desc',
        'limit 20',
      ]),
      table('Told to people', evaluator.logGroup, [
        "filter message = 'told'",
        'fields @timestamp, receiver, integration, status, names.0, alerts, group',
        'sort @timestamp desc',
        'limit 20',
      ]),
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

/** Made of log lines when somebody looks: a query costs $0.005 for each GB that it reads. */
function chart(title: string, logGroup: ILogGroup, queryLines: string[]): LogQueryWidget {
  return ofLogs(title, logGroup, queryLines, LogQueryVisualizationType.LINE);
}

function table(title: string, logGroup: ILogGroup, queryLines: string[]): LogQueryWidget {
  return ofLogs(title, logGroup, queryLines, LogQueryVisualizationType.TABLE);
}

function ofLogs(
  title: string,
  { logGroupName }: ILogGroup,
  queryLines: string[],
  view: LogQueryVisualizationType,
): LogQueryWidget {
  return new LogQueryWidget({
    title,
    logGroupNames: [logGroupName],
    queryLines,
    view,
    width: WIDTH,
  });
}

/** Answers of a function's URL of one class. */
function answered(handler: IFunction, status: '4xx' | '5xx', label: string): IMetric {
  return handler.metric(`Url${status}Count`, { statistic: Stats.SUM, period: MINUTE, label });
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
