import type { EvaluateReport } from './evaluate.ts';

/** Where CloudWatch keeps Hypervigil's own metrics, each with the dimension `DEPLOYMENT_DIMENSION`. */
export const METRIC_NAMESPACE = 'Hypervigil';
export const DEPLOYMENT_DIMENSION = 'Deployment';

/** 1 for each tick that did all its work. */
export const TICK_COMPLETED = 'TickCompleted';

/** Attempts of a tick to tell somebody that failed. Absent when none did: a metric costs only while it is sent. */
export const DELIVERIES_FAILED = 'DeliveriesFailed';

/**
 * The sign of life of a tick that is through: it read, decided, wrote its state and tried to deliver.
 * A line in CloudWatch's embedded metric format, of which CloudWatch makes metrics without a call of
 * ours. It goes to stdout as it is: Lambda's `console.log` would wrap it, and no metric be found.
 * A rule that failed does not stop it, as all others were evaluated. Absent when another tick did
 * the work, as the sign is that one's to give, and for no deployment, where nobody waits for it. A tick
 * for an urgent batch gives none: a schedule that has stopped must not look alive while VMs crash.
 * Source: "Specification: Embedded metric format", CloudWatch user guide.
 */
export function heartbeatLine(
  { superseded, deliveriesFailed }: Pick<EvaluateReport, 'superseded' | 'deliveriesFailed'>,
  deployment: string | undefined,
  nowMs: number,
  isUrgent = false,
): string | undefined {
  if (superseded || deployment === undefined) return undefined;
  if (isUrgent && deliveriesFailed === 0) return undefined;
  const values = {
    ...(isUrgent ? {} : { [TICK_COMPLETED]: 1 }),
    ...(deliveriesFailed > 0 ? { [DELIVERIES_FAILED]: deliveriesFailed } : {}),
  };
  return metricLine(values, deployment, nowMs);
}

/** A line in CloudWatch's embedded metric format, of counts of a deployment. For stdout as it is. */
export function metricLine(
  counts: Readonly<Record<string, number>>,
  deployment: string,
  nowMs: number,
): string {
  const metrics = {
    Namespace: METRIC_NAMESPACE,
    Dimensions: [[DEPLOYMENT_DIMENSION]],
    Metrics: Object.keys(counts).map((Name) => ({ Name, Unit: 'Count' })),
  };
  return JSON.stringify({
    // As Lambda's own lines have them.
    timestamp: new Date(nowMs).toISOString(),
    level: 'INFO',
    _aws: { Timestamp: nowMs, CloudWatchMetrics: [metrics] },
    [DEPLOYMENT_DIMENSION]: deployment,
    ...counts,
  });
}
