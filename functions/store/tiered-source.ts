import { createMemorySource } from '../../core/promql/memory-source.ts';
import type { SampleSource } from '../../core/promql/source.ts';
import { labelsKey } from '../../core/series/labels.ts';
import type { Series } from '../../core/series/series.ts';
import { HOUR_MS } from '../../core/time.ts';
import type { Assembly } from './assembly.ts';
import type { TieredSelection } from './read-plan.ts';
import type { Selection } from './selection.ts';
import type { Borders } from './tiers.ts';

/** Selections with the same borders: series are put together once for all of them. */
export function byBorders(all: readonly TieredSelection[]): Map<Borders, Selection[]> {
  const distinct = new Map<string, Borders>();
  const groups = new Map<Borders, Selection[]>();
  for (const { selection, borders } of all) {
    const key = `${borders.hourEnd} ${borders.minuteEnd}`;
    const same = distinct.get(key) ?? borders;
    distinct.set(key, same);
    groups.set(same, [...(groups.get(same) ?? []), selection]);
  }
  return groups;
}

/** The series of selections with the same borders. */
export interface Answer {
  /** Of the selections it is for. */
  readonly matchers: ReadonlySet<Selection['matchers']>;
  readonly series: readonly Series[];
}

/** Gives each selector the series of its own tiers. */
export function sourceOf(answers: readonly Answer[]): SampleSource {
  const sources = answers.map(({ matchers, series }) => ({
    matchers,
    source: createMemorySource(series),
  }));
  const [first, ...others] = sources;
  // A function may look for what no selection names, among what was read for others.
  const distinct = () =>
    new Map(answers.flatMap(({ series }) => series.map((one) => [labelsKey(one.labels), one])));
  const rest = others.length === 0 ? first?.source : createMemorySource([...distinct().values()]);
  return {
    select: (matchers, fromMs, toMs) => {
      const own = sources.find((answer) => answer.matchers.has(matchers));
      return (own?.source ?? rest)?.select(matchers, fromMs, toMs) ?? [];
    },
  };
}

/** What a person must know to read the answer: points are not samples. */
export function tierInfos(
  assembly: Pick<Assembly, 'has'>,
  all: readonly TieredSelection[],
): string[] {
  const lines: string[] = [];
  for (const [tier, end] of [
    ['hour', 'hourEnd'],
    ['minute', 'minuteEnd'],
  ] as const) {
    const ends = all
      .filter(({ selection, borders }) => selection.fromMs < borders[end] * HOUR_MS)
      .map(({ borders }) => borders[end]);
    if (ends.length === 0 || !assembly.has(tier)) continue;
    const before = new Date(Math.max(...ends) * HOUR_MS).toISOString().replace('.000Z', 'Z');
    lines.push(
      `answered from points of ${tier === 'hour' ? 'an hour' : 'a minute'} before ${before}`,
    );
  }
  return lines;
}
