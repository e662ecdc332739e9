import { metricNamed } from '../catalogue/catalogue.ts';
import type { Metric } from '../catalogue/metric.ts';
import { type Labels, LEGACY_LABEL_NAME, labelPairs, METRIC_NAME } from '../series/labels.ts';

/**
 * OpenMetrics text. Source: github.com/prometheus/OpenMetrics, specification/OpenMetrics.md 1.0; names in
 * quotes as prometheus.io/docs/guides/utf8 has them.
 */

export const OPENMETRICS_END = '# EOF\n';

const LEGACY_METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const COUNTER_SUFFIX = '_total';

/** What stands before the samples of all series of one name. */
export interface Family {
  /** That of a counter lacks the `_total` of its samples. */
  readonly name: string;
  /** `# TYPE` and, where the catalogue knows them, `# HELP` and `# UNIT`; each ends with a line feed. */
  readonly head: string;
}

/**
 * The family of a metric. Of names that are not ours the type is `unknown`: any name is valid for it, and
 * nothing is claimed. `isTaken`: is there a family of this name already?
 */
export function familyOf(metricName: string, isTaken: (family: string) => boolean): Family {
  const metric = metricNamed(metricName);
  const stem = metricName.endsWith(COUNTER_SUFFIX)
    ? metricName.slice(0, -COUNTER_SUFFIX.length)
    : undefined;
  const isCounter = metric !== undefined && stem !== undefined && !isTaken(stem);
  const name = isCounter ? stem : metricName;
  const type = isCounter ? 'counter' : metric === undefined ? 'unknown' : 'gauge';
  const written = LEGACY_METRIC_NAME.test(name) ? name : quoted(name);
  const lines = [`# TYPE ${written} ${type}\n`];
  const unit = metric && unitOf(metric);
  if (unit !== undefined && name.endsWith(`_${unit}`)) lines.push(`# UNIT ${written} ${unit}\n`);
  if (metric !== undefined) lines.push(`# HELP ${written} ${escaped(metric.help)}\n`);
  return { name, head: lines.join('') };
}

function unitOf({ unit }: Metric): string | undefined {
  return unit === 'state' || unit === 'info' || unit === 'count' ? undefined : unit;
}

/** A series as its samples' lines begin: `name{a="b"}`, or `{"any name",a="b"}`. */
export function seriesText(labels: Labels): string {
  const parts: string[] = [];
  let metric = '';
  for (const [name, value] of labelPairs(labels)) {
    if (name === METRIC_NAME) metric = value;
    else parts.push(`${LEGACY_LABEL_NAME.test(name) ? name : quoted(name)}=${quoted(value)}`);
  }
  if (!LEGACY_METRIC_NAME.test(metric)) return `{${[quoted(metric), ...parts].join()}}`;
  return parts.length === 0 ? metric : `${metric}{${parts.join()}}`;
}

function quoted(text: string): string {
  return `"${escaped(text)}"`;
}

function escaped(text: string): string {
  return text.replace(/[\\"\n]/g, (char) => (char === '\n' ? '\\n' : `\\${char}`));
}

/** A value to the bit, but that all NaN are one. */
export function valueText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  return Object.is(value, -0) ? '-0' : String(value);
}

/**
 * Seconds, of whole ms. Prometheus multiplies by 1,000 and cuts off, which would make 1.001 of some 1.002: such
 * have a fourth digit, which is cut off there and rounded off elsewhere.
 */
export function timeText(timestampMs: number): string {
  const text = String(timestampMs / 1000);
  if (Math.trunc(Number(text) * 1000) === timestampMs) return text;
  const away = timestampMs < 0 ? -0.4 : 0.4;
  return ((timestampMs + away) / 1000).toFixed(4);
}
