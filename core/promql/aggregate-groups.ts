import { type Labels, labelPairs, labelsKey, labelValue } from '../series/labels.ts';
import type { AggregateExpr } from './ast.ts';
import { isMetadataLabel } from './block.ts';
import { isMarked, marked, nameGoes } from './delayed-names.ts';

/** Rows sorted into groups: `groupOf[row]` is an index into `labels`. */
export interface Groups {
  readonly groupOf: Int32Array;
  readonly labels: readonly Labels[];
}

/** Sorts rows into groups by their labels, groups in order of appearance. */
export function groupRows(expr: AggregateExpr, rows: readonly Labels[]): Groups {
  const groupOf = new Int32Array(rows.length);
  const labels: Labels[] = [];
  const groupByKey = new Map<string, number>();
  const pick = grouper(expr);
  const [only] = expr.grouping;
  const single = expr.grouping.length === 1 && !expr.without ? only : undefined;
  for (const [row, rowLabels] of rows.entries()) {
    const picked = single === undefined ? pick(rowLabels) : undefined;
    const key = picked === undefined ? labelValue(rowLabels, single ?? '') : labelsKey(picked);
    let group = groupByKey.get(key);
    if (group === undefined) {
      group = labels.length;
      groupByKey.set(key, group);
      labels.push(picked ?? pick(rowLabels));
    }
    groupOf[row] = group;
  }
  return { groupOf, labels: labels.map(groupMarks(rows, groupOf)) };
}

/** A group's name goes when that of any of its rows does. */
function groupMarks(
  rows: readonly Labels[],
  groupOf: Int32Array,
): (labels: Labels, group: number) => Labels {
  if (!rows.some(isMarked)) return (labels) => labels;
  const going = new Set<number>();
  for (const [row, labels] of rows.entries()) if (nameGoes(labels)) going.add(groupOf[row] ?? 0);
  return (labels, group) => marked(labels, going.has(group));
}

/** What a group's labels are: those named by `by`, or all but those named by `without`. */
export function grouper({ grouping, without }: AggregateExpr): (labels: Labels) => Labels {
  const names = new Set(grouping);
  return (labels) => {
    const picked: string[] = [];
    for (const [name, value] of labelPairs(labels)) {
      const keep = without ? !names.has(name) && !isMetadataLabel(name) : names.has(name);
      if (keep) picked.push(name, value);
    }
    return picked;
  };
}
