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
  return select(k, block, groups, (cells) => cells.sort(compare));
}

/** `limitk`: the first k rows of each group at each step. */
export function limit(k: Float64Array, block: Block, groups: Groups): Block {
  return select(k, block, groups, (cells) => cells);
}

function select(
  k: Float64Array,
  block: Block,
  { groupOf, labels }: Groups,
  order: (cells: number[]) => number[],
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
      for (const cell of order(groupCells).slice(0, count)) {
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
