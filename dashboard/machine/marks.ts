import type { AlertBand } from '../chart/bands.ts';
import type { ChartBand, ChartSeries, ChartThreshold } from '../chart/chart-types.ts';
import type { Lines } from '../chart/lines.ts';
import { linesOf } from '../chart/lines.ts';
import { type AlertRule, looksAt, thresholdsOf } from '../chart/thresholds.ts';
import { formatValue, type Unit } from '../format/unit.ts';

/** What rules say about the metrics of a chart. */
export interface Marks {
  readonly thresholds: readonly ChartThreshold[];
  readonly bands: readonly ChartBand[];
}

/** More lines across hide the chart. */
const THRESHOLDS_MOST = 6;

/** Rules that compare a metric of the chart, for series that are in it; and when their alerts were there. */
export function marksOf(
  metrics: readonly string[],
  unit: Unit,
  rules: readonly AlertRule[],
  bands: readonly AlertBand[],
  lines: Lines | undefined,
): Marks {
  const wanted = new Set(metrics);
  const about = rules.filter(({ query }) => mentions(query, wanted));
  const thresholds = new Map<string, ChartThreshold>();
  for (const rule of about) {
    for (const threshold of thresholdsOf(rule)) {
      const { metric, op, value, severity } = threshold;
      if (!wanted.has(metric) || op === '==' || op === '!=') continue;
      const series = lines === undefined ? [] : linesOf(lines, metric);
      if (!series.some(({ labels }) => looksAt(threshold, labels))) continue;
      const label = `${rule.name} ${op} ${formatValue(value, unit)}`;
      thresholds.set(label, { value, label, tone: toneOf(severity) });
    }
  }
  const names = new Set(about.map(({ name }) => name));
  return {
    thresholds: [...thresholds.values()].slice(0, THRESHOLDS_MOST),
    bands: bands.filter(({ alertname }) => names.has(alertname)).map(chartBand),
  };
}

function chartBand({ fromMs, toMs, alertname, severity, state }: AlertBand): ChartBand {
  const tone = toneOf(severity);
  return { fromMs, toMs, label: alertname, tone, isPending: state === 'pending' };
}

function toneOf(severity: string): ChartThreshold['tone'] {
  return severity === 'critical' || severity === 'info' ? severity : 'warning';
}

function mentions(query: string, metrics: ReadonlySet<string>): boolean {
  return (query.match(/[A-Za-z_:][\w:]*/g) ?? []).some((word) => metrics.has(word));
}

/** Is there anything to show? */
export function hasValues(series: readonly ChartSeries[]): boolean {
  return series.some(({ values }) => values.some((value) => value != null));
}
