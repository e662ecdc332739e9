import { useMemo } from 'preact/hooks';
import { type AlertBand, alertBands } from '../chart/bands.ts';
import { metricsExpr } from '../chart/expressions.ts';
import { eventSteps } from '../chart/range.ts';
import { useLines } from '../chart/use-lines.ts';
import type { TimeRange } from '../chart/use-time-range.ts';

const MINUTE_MS = 60_000;

/**
 * When alerts of something were pending and firing: the series `ALERTS` that the evaluator writes, which are kept as
 * long as any other. Hosts are not read for it: an hour is some 30 read units, a month some 15.
 */
export function useAlertBands(
  label: 'host' | 'uuid',
  value: string,
  range: TimeRange,
): readonly AlertBand[] {
  const steps = eventSteps(range.steps, MINUTE_MS);
  const expr = value === '' ? '' : metricsExpr(['ALERTS'], { [label]: value }, steps);
  const { data } = useLines(expr, range, steps);
  return useMemo(() => (data === undefined ? NONE : alertBands(data)), [data]);
}

const NONE: readonly AlertBand[] = [];
