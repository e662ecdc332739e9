import { metricLine } from '../log/metric-line.ts';
import type { CompactReport } from './compact.ts';

/**
 * Chunks that could not be read, and hours of writers that could not be rolled up, of a run. Absent when there
 * were none: a metric costs only while it is sent.
 */
export const NOT_ROLLED_UP = 'NotRolledUp';

/** The line that makes a metric of what a run could not do (`metricLine`); for no deployment nobody waits for it. */
export function runMetricLine(
  reports: readonly CompactReport[],
  deployment: string | undefined,
  nowMs: number,
): string | undefined {
  const count = reports.reduce((sum, { errors }) => sum + errors.length, 0);
  if (count === 0 || deployment === undefined) return undefined;
  return metricLine({ [NOT_ROLLED_UP]: { value: count, unit: 'Count' } }, deployment, nowMs, {
    message: 'not rolled up',
    function: 'compact',
  });
}
