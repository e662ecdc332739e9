import { compareStrings, type Labels, labelPairs, labelValue } from '../series/labels.ts';
import type { Block } from './block.ts';

/** `sort` and `sort_desc` of an instant vector: by value, NaN last either way. */
export function sortByValue(block: Block, descending: boolean): Block {
  const sign = descending ? -1 : 1;
  return reorder(block, (a, b) => {
    const x = block.values[a] ?? Number.NaN;
    const y = block.values[b] ?? Number.NaN;
    if (Number.isNaN(x) || Number.isNaN(y))
      return Number(Number.isNaN(x)) - Number(Number.isNaN(y));
    return x < y ? -sign : x > y ? sign : 0;
  });
}

/** `sort_by_label` and `sort_by_label_desc`: by label values in natural order, then by all labels. */
export function sortByLabels(block: Block, names: readonly string[], descending: boolean): Block {
  const sign = descending ? -1 : 1;
  return reorder(block, (a, b) => {
    const x = block.labels[a] ?? [];
    const y = block.labels[b] ?? [];
    for (const name of names) {
      const order = compareNatural(labelValue(x, name), labelValue(y, name));
      if (order !== 0) return sign * order;
    }
    return sign * compareLabels(x, y);
  });
}

function reorder(block: Block, compare: (a: number, b: number) => number): Block {
  // Over several steps the order of series means nothing.
  if (block.steps !== 1) return block;
  const order = block.labels.map((_, row) => row).sort(compare);
  return {
    ...block,
    labels: order.map((row) => block.labels[row] ?? []),
    values: Float64Array.from(order, (row) => block.values[row] ?? Number.NaN),
  };
}

/** Orders label sets pair by pair, as Prometheus' `labels.Compare` does. */
function compareLabels(a: Labels, b: Labels): number {
  const others = labelPairs(b);
  for (const [name, value] of labelPairs(a)) {
    const other = others.next();
    if (other.done === true) return 1;
    const order = compareStrings(name, other.value[0]) || compareStrings(value, other.value[1]);
    if (order !== 0) return order;
  }
  return others.next().done === true ? 0 : -1;
}

const CHUNK = /\d+|\D+/g;

/** Runs of digits by their number, the rest as text: `4m5` before `4m600`. */
function compareNatural(a: string, b: string): number {
  if (a === b) return 0;
  const right = b.match(CHUNK) ?? [];
  for (const [i, x] of (a.match(CHUNK) ?? []).entries()) {
    const y = right[i];
    if (y === undefined) return 1;
    if (x === y) continue;
    const byNumber = /^\d/.test(x) && /^\d/.test(y) ? Number(x) - Number(y) : 0;
    if (byNumber !== 0) return byNumber;
    if (!/^\d/.test(x) || !/^\d/.test(y)) return compareStrings(x, y);
  }
  return -1;
}
