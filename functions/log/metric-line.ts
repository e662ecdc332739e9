import { callFields } from './log.ts';

/** Where CloudWatch keeps Hypervigil's own metrics, each with the dimension `DEPLOYMENT_DIMENSION`. */
export const METRIC_NAMESPACE = 'Hypervigil';
export const DEPLOYMENT_DIMENSION = 'Deployment';

/** What CloudWatch keeps of a call: each name costs $0.30 a month, by the hour in which it is sent. */
export type Metrics = Readonly<
  Record<string, { readonly value: number; readonly unit: 'Count' | 'Milliseconds' }>
>;

/**
 * A line in CloudWatch's embedded metric format, of which CloudWatch makes metrics without a call of ours; the
 * fields beside them are a log line's, and cost its bytes. For stdout as it is: Lambda's `console.log` would
 * wrap it, and no metric be found.
 * Source: "Specification: Embedded metric format", CloudWatch user guide.
 */
export function metricLine(
  metrics: Metrics,
  deployment: string,
  nowMs: number,
  fields: Readonly<Record<string, unknown>> = {},
): string {
  const described = {
    Namespace: METRIC_NAMESPACE,
    Dimensions: [[DEPLOYMENT_DIMENSION]],
    Metrics: Object.entries(metrics).map(([Name, { unit }]) => ({ Name, Unit: unit })),
  };
  const values = Object.entries(metrics).map(([name, { value }]) => [name, value]);
  return JSON.stringify({
    // As all other lines have them.
    timestamp: new Date(nowMs).toISOString(),
    level: 'INFO',
    ...fields,
    deployment,
    ...callFields(),
    _aws: { Timestamp: nowMs, CloudWatchMetrics: [described] },
    [DEPLOYMENT_DIMENSION]: deployment,
    ...Object.fromEntries(values),
  });
}

/** Writes one, which a Lambda's log takes as it is. */
export function writeMetricLine(line: string | undefined): void {
  if (line !== undefined) process.stdout.write(`${line}\n`);
}
