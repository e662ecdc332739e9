import type { ChartSeries } from '../chart/chart-types.ts';
import { type Line, type Lines, linesOf, sumOf } from '../chart/lines.ts';
import type { Unit } from '../format/unit.ts';
import { t } from '../i18n/language.ts';

interface Text {
  readonly en: string;
  readonly zh: string;
}

/** A chart of a machine: which metrics it shows, and what their lines are called. */
export interface ChartSpec {
  readonly id: string;
  readonly title: Text;
  readonly unit: Unit;
  readonly parts: readonly Part[];
  /** Metrics that are not shown in it, and whose alerts are: that the machine was down, say. */
  readonly alertsOf?: readonly string[];
  /** Not every machine has it: without any series it is not shown. */
  readonly isOptional?: true;
}

interface Part {
  readonly metric: string;
  /** Absent: the label alone says it. */
  readonly text?: Text;
  /** The label that tells its series apart; absent: there is one. */
  readonly by?: string;
}

/** More lines nobody tells apart. */
const LINES_MOST = 6;

/** Filesystems that no disk is behind, as the rules leave them out. */
const NO_DISK = /^(tmpfs|ramfs|devtmpfs|squashfs|iso9660|erofs|overlay)$/;

/** The series of a chart: of each metric the ones with the greatest values, and the sum of the others. */
export function seriesOf(
  spec: ChartSpec,
  lines: Lines,
  othersText: (count: number) => string,
): ChartSeries[] {
  return spec.parts.flatMap((part): ChartSeries[] => {
    const found = linesOf(lines, part.metric).filter(
      ({ labels }) => !NO_DISK.test(labels['fstype'] ?? ''),
    );
    const text = part.text === undefined ? undefined : t(part.text);
    if (part.by === undefined) {
      const [first] = found;
      return first === undefined ? [] : [{ label: text ?? part.metric, values: first.values }];
    }
    const by = part.by;
    const sorted = found.toSorted((a, b) => meanOf(b) - meanOf(a));
    // A sum of percentages is none.
    const most = spec.unit === 'percent' || spec.unit === 'seconds' ? LINES_MOST * 2 : LINES_MOST;
    const named = sorted.slice(0, most).map(({ labels, values }) => ({
      label: [labels[by] ?? '', text].filter(Boolean).join(' · '),
      values,
    }));
    const rest = sorted.slice(most);
    if (rest.length === 0 || spec.unit === 'percent' || spec.unit === 'seconds') return named;
    const values = rest.map((line) => line.values);
    const others = { label: [othersText(rest.length), text].filter(Boolean).join(' · ') };
    return [...named, { ...others, values: sumOf(values, lines.grid.count) }];
  });
}

/** Every metric of some charts, once each. */
export function metricsOf(specs: readonly ChartSpec[]): string[] {
  return [...new Set(specs.flatMap(({ parts }) => parts.map(({ metric }) => metric)))];
}

function meanOf({ values }: Line): number {
  let [sum, count] = [0, 0];
  for (const value of values) {
    if (value === null) continue;
    sum += value;
    count += 1;
  }
  return count === 0 ? 0 : sum / count;
}

/** The same a week earlier, broken: of charts with many lines only what is first of each part. */
export function comparedSeries(
  now: readonly ChartSeries[],
  then: readonly ChartSeries[],
  label: (label: string) => string,
): ChartSeries[] {
  return then.flatMap((series) => {
    const at = now.findIndex((one) => one.label === series.label);
    return at < 0 || at >= LINES_MOST
      ? []
      : [{ ...series, label: label(series.label), color: at, dashed: true, stacked: false }];
  });
}
