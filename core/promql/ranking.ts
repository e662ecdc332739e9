import type { Groups } from './aggregate-groups.ts';
import { type Block, BlockBuilder, withoutEmptyRows } from './block.ts';
import { labelHashFraction } from './label-hash.ts';

/**
 * `topk` and `bottomk`: the rows with the k largest or smallest values of each group at each step,
 * NaN only when nothing else is left. In an instant vector they come best first.
 */
export function ranked(k: Float64Array, block: Block, groups: Groups, largest: boolean): Block {
  const sign = largest ? -1 : 1;
  const compare = (a: number, b: number) => {
    const x = block.values[a] ?? Number.NaN;
    const y = block.values[b] ?? Number.NaN;
    if (Number.isNaN(x) || Number.isNaN(y))
      return Number(Number.isNaN(x)) - Number(Number.isNaN(y));
    return x < y ? -sign : x > y ? sign : 0;
  };
  return select(k, block, groups, (cells, count) => first(cells, count, compare));
}

const FEW = 32; // above, sorting everything is as fast

/** The first so many in order; of equal ones those that stand first. */
function first(
  cells: number[],
  count: number,
  compare: (a: number, b: number) => number,
): readonly number[] {
  if (count > FEW) return cells.sort(compare).slice(0, count);
  const best: number[] = [];
  for (const cell of cells) {
    const last = best[best.length - 1];
    if (best.length === count && last !== undefined && compare(last, cell) <= 0) continue;
    let place = best.length === count ? count - 1 : best.length;
    while (place > 0 && compare(best[place - 1] ?? cell, cell) > 0) {
      best[place] = best[place - 1] ?? cell;
      place--;
    }
    best[place] = cell;
  }
  return best;
}

/** `limitk`: the first k rows of each group at each step. */
export function limit(k: Float64Array, block: Block, groups: Groups): Block {
  return select(k, block, groups, (cells, count) => cells.slice(0, count));
}

function select(
  k: Float64Array,
  block: Block,
  { groupOf, labels }: Groups,
  pick: (cells: number[], count: number) => readonly number[],
): Block {
  const { steps } = block;
  const chosen = new Uint8Array(block.present.length);
  const rowOrder = new Set<number>();
  for (let step = 0; step < steps; step++) {
    const count = Math.trunc(k[step] ?? 0);
    if (count < 1) continue;
    const cells: number[][] = labels.map(() => []);
    for (let row = 0; row < groupOf.length; row++) {
      const cell = row * steps + step;
      if (block.present[cell] === 1) cells[groupOf[row] ?? 0]?.push(cell);
    }
    for (const groupCells of cells) {
      for (const cell of pick(groupCells, count)) {
        chosen[cell] = 1;
        rowOrder.add(Math.floor(cell / steps));
      }
    }
  }
  const out = new BlockBuilder(rowOrder.size, steps);
  for (const row of rowOrder) {
    out.values.set(block.values.subarray(row * steps, (row + 1) * steps), out.base);
    out.present.set(chosen.subarray(row * steps, (row + 1) * steps), out.base);
    out.commit(block.labels[row] ?? []);
  }
  return out.finish(block.distinct);
}

/**
 * `limit_ratio`: a fixed sample of the rows, picked by a hash of their labels. A ratio of 0.1 keeps a
 * tenth; -0.9 keeps exactly the others. Beyond -1 and 1 it keeps all.
 */
export function limitRatio(ratio: Float64Array, block: Block): Block {
  const { steps } = block;
  const present = block.present.slice();
  for (const [row, labels] of block.labels.entries()) {
    const fraction = labelHashFraction(labels);
    for (let step = 0; step < steps; step++) {
      const limit = Math.min(1, Math.max(-1, ratio[step] ?? 0));
      const keep = limit >= 0 ? fraction < limit : fraction >= 1 + limit;
      if (!keep) present[row * steps + step] = 0;
    }
  }
  return withoutEmptyRows({ ...block, present });
}
