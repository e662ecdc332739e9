import { MAX_LABELS_PER_SERIES } from '../chunk/format.ts';
import {
  type Labels,
  labelsKey,
  labelValue,
  METRIC_NAME,
  withLabels,
  withoutLabels,
} from '../series/labels.ts';
import { bitsOf, type Series } from '../series/series.ts';
import { HOUR_MS } from '../time.ts';
import type { HourPoints } from './hour-points.ts';
import { rollupKindOf } from './rollup-kind.ts';

/** Says which column of hour points a stored series is; the last samples have no such label. */
const COLUMN_LABEL = '__rollup__';

const COLUMNS = ['min', 'max', 'avg', 'count'] as const;
type Column = (typeof COLUMNS)[number];

/** May a series have columns beside it? Not one that uses their label itself, or that has no room for it. */
export function canHaveColumns(labels: Labels): boolean {
  return labels.length / 2 < MAX_LABELS_PER_SERIES && labelValue(labels, COLUMN_LABEL) === '';
}

/**
 * Hour points as the series of a chunk. A column that is the same as that of the last samples is left
 * out: most of what a machine tells of itself stands still for hours.
 */
export function toColumnSeries(points: HourPoints): Series[] {
  const { labels, timestamps, last } = points;
  const columns = COLUMNS.filter((column) => column === 'count' || !isSame(points[column], last));
  return [
    { labels, timestamps, values: last },
    ...columns.map((column) => ({
      labels: withLabels(labels, { [COLUMN_LABEL]: column }),
      timestamps,
      values: points[column],
    })),
  ];
}

/**
 * Hour points from the series of a chunk. Throws where a column stands alone or has other instants than the
 * last samples: nobody writes such a chunk.
 */
export function fromColumnSeries(series: readonly Series[]): HourPoints[] {
  const columnsOf = new Map<string, Partial<Record<Column, Series>>>();
  const ofLast: Series[] = [];
  for (const one of series) {
    const column = labelValue(one.labels, COLUMN_LABEL);
    if (column === '') {
      ofLast.push(one);
      continue;
    }
    if (!isColumn(column)) throw new Error(`hour points: no column is called "${column}"`);
    const key = labelsKey(withoutColumn(one.labels));
    const known = columnsOf.get(key) ?? {};
    columnsOf.set(key, known);
    known[column] = one;
  }
  const points = ofLast.map((one) => {
    const key = labelsKey(one.labels);
    const columns = columnsOf.get(key) ?? {};
    columnsOf.delete(key);
    return join(one, columns);
  });
  const [orphan] = columnsOf.keys();
  if (orphan !== undefined) throw new Error(`hour points: columns without last samples: ${orphan}`);
  return points;
}

/**
 * Hour points as PromQL sees them: a gauge's value is the hour's average, any other's its last sample; what
 * else is known of the hour stands beside it.
 */
export function asSeries({ labels, timestamps, last, min, max, avg, count }: HourPoints): Series {
  const kind = rollupKindOf(labelValue(labels, METRIC_NAME));
  const values = kind === 'gauge' ? avg : last;
  const summary = { min, max, avg, last, count, spacingMs: HOUR_MS };
  return { labels, timestamps, values, summary };
}

function join(
  { labels, timestamps, values }: Series,
  columns: Partial<Record<Column, Series>>,
): HourPoints {
  const column = (name: Column): Float64Array => {
    const found = columns[name];
    if (found === undefined && name !== 'count') return values;
    if (found === undefined || !isSame(found.timestamps, timestamps))
      throw new Error(`hour points: column ${name} does not fit: ${labelsKey(labels)}`);
    return found.values;
  };
  return {
    labels,
    timestamps,
    last: values,
    min: column('min'),
    max: column('max'),
    avg: column('avg'),
    count: column('count'),
  };
}

function isColumn(name: string): name is Column {
  return COLUMNS.some((column) => column === name);
}

function withoutColumn(labels: Labels): Labels {
  return withoutLabels(labels, (name) => name === COLUMN_LABEL);
}

/** Bit for bit: staleness markers are NaN. */
function isSame(left: Float64Array, right: Float64Array): boolean {
  if (left === right) return true;
  if (left.length !== right.length) return false;
  const bits = bitsOf(right);
  return bitsOf(left).every((bit, i) => bit === bits[i]);
}
