import { metricNamed } from '../catalogue/catalogue.ts';
import { type Labels, labelValue, METRIC_NAME } from '../series/labels.ts';
import { isStaleAt, type Series } from '../series/series.ts';
import { HOUR_MS } from '../time.ts';
import { addResets, lastValue } from './minute-points.ts';
import { PointBuilder } from './point-builder.ts';
import { rollupKindOf } from './rollup-kind.ts';
import { roundAverage } from './round-average.ts';

/**
 * A series at one point an hour. All columns have the length of `timestamps` (ms, strictly rising):
 * row `i` tells of the samples after row `i - 1` and up to its own instant, which is that of the last
 * of them. Rows with a count of 0 are single samples kept as they are: both sides of a counter's reset,
 * and staleness markers.
 */
export interface HourPoints {
  readonly labels: Labels;
  readonly timestamps: Float64Array;
  readonly last: Float64Array;
  readonly min: Float64Array;
  readonly max: Float64Array;
  /** Of all `count` samples, rounded where they differ (`roundAverage`). */
  readonly avg: Float64Array;
  readonly count: Float64Array;
}

/** Hours begin at `phaseMs` past the clock's. */
export function toHourPoints(series: Series, phaseMs: number): HourPoints {
  const name = labelValue(series.labels, METRIC_NAME);
  const kind = rollupKindOf(name);
  const isCounter = kind === 'counter';
  // The average of a state is how often it was so, which no step of the state rounds.
  const resolution = kind === 'gauge' ? metricNamed(name)?.resolution : undefined;
  const { timestamps } = series;
  const rows = new PointBuilder();
  const summaries = new Map<number, Summary>();
  let from = 0;
  while (from < timestamps.length) {
    const hour = Math.floor(((timestamps[from] ?? 0) - phaseMs) / HOUR_MS);
    const endMs = (hour + 1) * HOUR_MS + phaseMs;
    let to = from + 1;
    while (to < timestamps.length && (timestamps[to] ?? 0) < endMs) to++;
    const last = lastValue(series, from, to);
    if (last !== undefined) {
      if (isCounter) addResets(rows, series, from, last);
      rows.add(timestamps[last] ?? 0, series.values[last] ?? Number.NaN);
      summaries.set(timestamps[last] ?? 0, summaryOf(series, from, last + 1, resolution));
    }
    if (isStaleAt(series.values, to - 1)) rows.addStale(timestamps[to - 1] ?? 0);
    from = to;
  }
  return withSummaries(rows.finish(series.labels), summaries);
}

interface Summary {
  readonly min: number;
  readonly max: number;
  readonly avg: number;
  readonly count: number;
}

/** As `min_over_time`, `max_over_time`: NaN only if there is nothing else. */
function summaryOf(
  { values }: Series,
  from: number,
  to: number,
  resolution: number | undefined,
): Summary {
  const first = values[from] ?? Number.NaN;
  let min = Number.NaN;
  let max = Number.NaN;
  let sum = 0;
  let count = 0;
  let alike = !isStaleAt(values, from);
  for (let i = from; i < to; i++) {
    if (isStaleAt(values, i)) continue;
    const value = values[i] ?? Number.NaN;
    alike &&= Object.is(value, first);
    if (value < min || Number.isNaN(min)) min = value;
    if (value > max || Number.isNaN(max)) max = value;
    sum += value;
    count++;
  }
  if (alike) return { min: first, max: first, avg: first, count };
  return { min, max, avg: roundAverage(sum / count, resolution), count };
}

function withSummaries(
  { labels, timestamps, values }: Series,
  summaries: ReadonlyMap<number, Summary>,
): HourPoints {
  // Typed arrays are copied by their bits: a staleness marker stays one in each column.
  const points = {
    labels,
    timestamps,
    last: values,
    min: values.slice(),
    max: values.slice(),
    avg: values.slice(),
    count: new Float64Array(values.length),
  };
  for (const [row, timestampMs] of timestamps.entries()) {
    const summary = summaries.get(timestampMs);
    if (summary === undefined) continue;
    points.min[row] = summary.min;
    points.max[row] = summary.max;
    points.avg[row] = summary.avg;
    points.count[row] = summary.count;
  }
  return points;
}
