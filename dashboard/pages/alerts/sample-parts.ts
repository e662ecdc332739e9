import type { AlertExplanation } from '../../../core/answers/explain.ts';
import type { ChartBand } from '../../chart/chart-types.ts';

/** How bad an alert is, as its colour. */
export function toneOf(labels: Readonly<Record<string, string>>): ChartBand['tone'] {
  const severity = labels['severity'];
  return severity === 'critical' || severity === 'info' ? severity : 'warning';
}

/** When an alert was pending, and when it fired. */
export function bandsOf({ life, labels, samples, atMs }: AlertExplanation): ChartBand[] {
  const { activeAtMs, firedAtMs, endedAtMs } = life;
  const toMs = endedAtMs ?? Math.max(atMs, samples.toMs);
  const common = { label: labels['alertname'] ?? '', tone: toneOf(labels) };
  const pendingTo = firedAtMs ?? toMs;
  return [
    ...(pendingTo > activeAtMs
      ? [{ ...common, fromMs: activeAtMs, toMs: pendingTo, isPending: true }]
      : []),
    ...(firedAtMs === undefined ? [] : [{ ...common, fromMs: firedAtMs, toMs, isPending: false }]),
  ];
}

/** What tells a series from others of the alert: labels that are not the alert's own. */
export function seriesName(
  labels: Readonly<Record<string, string>>,
  alert: Readonly<Record<string, string>>,
): string {
  const { host, vm } = labels;
  const other = Object.entries(labels).filter(
    ([name, value]) => name !== '__name__' && alert[name] !== value,
  );
  if (other.length > 0) return other.map(([name, value]) => `${name}=${value}`).join(', ');
  return vm ?? host ?? labels['__name__'] ?? '';
}
