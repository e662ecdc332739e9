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

/** A source that shows these samples in addition; at their time they win over what it has. */
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
        return sample === undefined ? series : withPoint(series, written.atMs, sample.value);
      });
      for (const { labels, value } of added.values()) {
        const empty = { labels, timestamps: new Float64Array(0), values: new Float64Array(0) };
        merged.push(withPoint(empty, written.atMs, value));
      }
      return merged;
    },
  };
}

/** The series with a point more, in its place; a point at the same time is replaced. */
export function withPoint(series: Series, atMs: number, value: number | 'stale'): Series {
  const { labels, timestamps, values } = series;
  let at = timestamps.length;
  while (at > 0 && (timestamps[at - 1] ?? 0) >= atMs) at -= 1;
  const isReplaced = timestamps[at] === atMs;
  const after = at + (isReplaced ? 1 : 0);
  const length = timestamps.length + (isReplaced ? 0 : 1);
  const newTimestamps = new Float64Array(length);
  const newValues = new Float64Array(length);
  newTimestamps.set(timestamps.subarray(0, at));
  newTimestamps.set(timestamps.subarray(after), at + 1);
  newValues.set(values.subarray(0, at));
  newValues.set(values.subarray(after), at + 1);
  newTimestamps[at] = atMs;
  if (value === 'stale') setStaleAt(newValues, at);
  else newValues[at] = value;
  return { labels, timestamps: newTimestamps, values: newValues };
}

/** Does a label set satisfy all matchers? */
export function matchesAll(matchers: readonly Matcher[], labels: Labels): boolean {
  return matchers.every((matcher) => matcher.matches(labelValue(labels, matcher.name)));
}
