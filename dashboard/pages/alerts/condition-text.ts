import type { ExplainedCondition } from '../../../core/answers/explain.ts';
import { formatValue, unitOf } from '../../format/unit.ts';

/** `avg_over_time(host_cpu_usage_percent[5m]) > 90 %`; without a threshold the expression alone. */
export function conditionText({ expr, op, threshold, metric }: ExplainedCondition): string {
  if (op === undefined || threshold === undefined) return expr;
  return `${expr} ${op} ${formatValue(threshold, unitOf(metric ?? ''))}`;
}
