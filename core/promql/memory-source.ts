import { labelPairs } from '../series/labels.ts';
import type { Series } from '../series/series.ts';
import type { Matcher, SampleSource } from './source.ts';

/**
 * Series in memory behind an index of every label's values, so that a selector looks only at series
 * its `=` conditions allow, the metric name first of all. It holds the series, not copies.
 */
export function createMemorySource(series: readonly Series[]): SampleSource {
  const index = indexByLabel(series);
  return {
    select: (matchers) => {
      const equal = matchers.filter(({ op, value }) => op === '=' && value !== '');
      const rest = matchers.filter((matcher) => !equal.includes(matcher));
      const found: Series[] = [];
      for (const position of candidates(index, equal, series.length)) {
        const one = series[position];
        if (one !== undefined && rest.every((matcher) => satisfies(one, matcher))) found.push(one);
      }
      return found;
    },
  };
}

/** Positions of series, rising, by label name and value. */
type LabelIndex = ReadonlyMap<string, ReadonlyMap<string, readonly number[]>>;

function indexByLabel(series: readonly Series[]): LabelIndex {
  const index = new Map<string, Map<string, number[]>>();
  for (const [position, { labels }] of series.entries()) {
    for (const [name, value] of labelPairs(labels)) {
      let byValue = index.get(name);
      if (byValue === undefined) {
        byValue = new Map();
        index.set(name, byValue);
      }
      const positions = byValue.get(value);
      if (positions === undefined) byValue.set(value, [position]);
      else positions.push(position);
    }
  }
  return index;
}

function candidates(index: LabelIndex, equal: readonly Matcher[], count: number): Iterable<number> {
  const lists = equal.map(({ name, value }) => index.get(name)?.get(value) ?? []);
  lists.sort((a, b) => a.length - b.length);
  const [shortest, ...others] = lists;
  if (shortest === undefined) return Array.from({ length: count }, (_, position) => position);
  return others.reduce<readonly number[]>(intersect, shortest);
}

/** Of a short and a longer rising list: searched or walked, whichever is less work. */
function intersect(short: readonly number[], long: readonly number[]): readonly number[] {
  if (short.length * Math.log2(long.length + 1) < long.length) {
    return short.filter((position) => includesSorted(long, position));
  }
  let at = 0;
  return short.filter((position) => {
    while (at < long.length && (long[at] ?? 0) < position) at++;
    return long[at] === position;
  });
}

function includesSorted(list: readonly number[], wanted: number): boolean {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((list[middle] ?? 0) < wanted) low = middle + 1;
    else high = middle;
  }
  return list[low] === wanted;
}

function satisfies({ labels }: Series, { name, matches }: Matcher): boolean {
  for (let i = 0; i < labels.length; i += 2) {
    if (labels[i] === name) return matches(labels[i + 1] ?? '');
  }
  return matches('');
}
