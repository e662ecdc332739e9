import type { Matcher, SampleSource } from '../promql/source.ts';
import { type Labels, labelsKey, labelValue } from '../series/labels.ts';
import { type Series, setStaleAt } from '../series/series.ts';

/** A sample that a rule made: recorded series, `ALERTS`, `ALERTS_FOR_STATE`. */
export interface WrittenSample {
  readonly labels: Labels;
  /** `stale`: the rule gave this series last time and no longer does. */
  readonly value: number | 'stale';
}

/** Samples that rules made at one time and that later rules of the tick must see. */
export interface WrittenAt {
  readonly atMs: number;
  /** By label key. */
  readonly samples: ReadonlyMap<string, WrittenSample>;
}

/** A source that shows these samples in addition, where it has none as late itself. */
export function withWritten(source: SampleSource, written: WrittenAt): SampleSource {
  return {
    select: (matchers, fromMs, toMs) => {
      const stored = source.select(matchers, fromMs, toMs);
      if (written.atMs < fromMs || written.atMs > toMs) return stored;
      const added = new Map(
        [...written.samples].filter(([, sample]) => matchesAll(matchers, sample.labels)),
      );
      if (added.size === 0) return stored;
      const merged = stored.map((series) => {
        const key = labelsKey(series.labels);
        const sample = added.get(key);
        added.delete(key);
        return sample === undefined ? series : appended(series, written.atMs, sample.value);
      });
      for (const { labels, value } of added.values()) {
        const empty = { labels, timestamps: new Float64Array(0), values: new Float64Array(0) };
        merged.push(appended(empty, written.atMs, value));
      }
      return merged;
    },
  };
}

/**
 * The series with a point more at its end. A point not later than its last is refused, as
 * Prometheus refuses a sample that is out of order or a duplicate: the series comes back as it was.
 */
export function appended(series: Series, atMs: number, value: number | 'stale'): Series {
  const { labels } = series;
  const length = series.timestamps.length;
  const lastMs = series.timestamps[length - 1];
  if (lastMs !== undefined && lastMs >= atMs) return series;
  const timestamps = new Float64Array(length + 1);
  const values = new Float64Array(length + 1);
  timestamps.set(series.timestamps);
  values.set(series.values);
  timestamps[length] = atMs;
  if (value === 'stale') setStaleAt(values, length);
  else values[length] = value;
  return { labels, timestamps, values };
}

/** Does a label set satisfy all matchers? */
export function matchesAll(matchers: readonly Matcher[], labels: Labels): boolean {
  return matchers.every((matcher) => matcher.matches(labelValue(labels, matcher.name)));
}
