import { metricNamed } from '../catalogue/catalogue.ts';
import { MINUTE_MS } from '../host-minute.ts';
import { labelValue, METRIC_NAME } from '../series/labels.ts';
import { isStaleAt, type Series } from '../series/series.ts';
import { PointBuilder } from './point-builder.ts';
import { type RollupKind, rollupKindOf } from './rollup-kind.ts';
import { roundAverage } from './round-average.ts';

/**
 * A series at one point a minute, at the instant of the minute's last sample, so that no point is
 * older than what it tells of. Minutes begin at `phaseMs` past the clock's.
 *
 * - gauge: the average of the minute's samples, rounded where they differ (`roundAverage`);
 * - state: the last sample;
 * - counter: the last sample, those on both sides of each reset, and the very first: what is left is a
 *   part of what was and rises by as much, also from hour to hour, each of which is made alone;
 * - a staleness marker stays where the minute ends with it; the samples before it give a point too.
 */
export function toMinutePoints(series: Series, phaseMs: number): Series {
  const name = labelValue(series.labels, METRIC_NAME);
  const kind = rollupKindOf(name);
  const resolution = metricNamed(name)?.resolution;
  const { timestamps } = series;
  const out = new PointBuilder();
  let from = 0;
  while (from < timestamps.length) {
    const minute = Math.floor(((timestamps[from] ?? 0) - phaseMs) / MINUTE_MS);
    const endMs = (minute + 1) * MINUTE_MS + phaseMs;
    let to = from + 1;
    while (to < timestamps.length && (timestamps[to] ?? 0) < endMs) to++;
    addMinute(out, series, from, to, kind, resolution);
    from = to;
  }
  return out.finish(series.labels);
}

function addMinute(
  out: PointBuilder,
  series: Series,
  from: number,
  to: number,
  kind: RollupKind,
  resolution: number | undefined,
): void {
  const { timestamps, values } = series;
  const last = lastValue(series, from, to);
  if (last !== undefined && kind === 'gauge') {
    out.add(timestamps[last] ?? 0, averageOf(series, from, last + 1, resolution));
  } else if (last !== undefined) {
    if (kind === 'counter') addResets(out, series, from, last);
    out.add(timestamps[last] ?? 0, values[last] ?? Number.NaN);
  }
  if (isStaleAt(values, to - 1)) out.addStale(timestamps[to - 1] ?? 0);
}

/**
 * The samples on both sides of each reset in `[from, last]`, and the first of the whole series; but for
 * `last` itself.
 */
export function addResets(out: PointBuilder, series: Series, from: number, last: number): void {
  const { timestamps, values } = series;
  let before = lastValue(series, 0, from);
  for (let at = from; at <= last; at++) {
    if (isStaleAt(values, at)) continue;
    const isFirst = before === undefined;
    if (isFirst || (values[at] ?? 0) < (values[before ?? 0] ?? 0)) {
      // One before `from` stands there already: its minute ended with it.
      if (before !== undefined && before >= from)
        out.add(timestamps[before] ?? 0, values[before] ?? 0);
      if (at < last) out.add(timestamps[at] ?? 0, values[at] ?? 0);
    }
    before = at;
  }
}

/** The index of the last sample in `[from, to)` that is no staleness marker. */
export function lastValue({ values }: Series, from: number, to: number): number | undefined {
  for (let i = to - 1; i >= from; i--) if (!isStaleAt(values, i)) return i;
  return undefined;
}

/** Of samples that are all alike it is that very number: no sum rounds it away. */
function averageOf(
  { values }: Series,
  from: number,
  to: number,
  resolution: number | undefined,
): number {
  const first = values[from] ?? Number.NaN;
  let sum = 0;
  let count = 0;
  let alike = true;
  for (let i = from; i < to; i++) {
    if (isStaleAt(values, i)) continue;
    const value = values[i] ?? Number.NaN;
    alike &&= Object.is(value, first);
    sum += value;
    count++;
  }
  if (alike) return first;
  return roundAverage(sum / count, resolution);
}
