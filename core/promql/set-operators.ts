import type { SetOp, VectorMatching } from './ast.ts';
import { type Block, BlockBuilder } from './block.ts';
import { matchGroups } from './vector-matching.ts';

/** `and`, `or`, `unless`: which samples stay depends on the match groups of the other side. */
export function setOperation(
  op: SetOp,
  left: Block,
  right: Block,
  matching: VectorMatching,
): Block {
  const { steps } = left;
  const groups = matchGroups(left, right, matching);
  const onLeft = presence(left, groups.many, groups.count);
  const onRight = presence(right, groups.one, groups.count);
  const rows = left.labels.length + (op === 'or' ? right.labels.length : 0);
  const out = new BlockBuilder(rows, steps);
  copyRows(out, left, groups.many, (cell) => {
    if (op === 'or') return true;
    return (onRight[cell] === 1) === (op === 'and');
  });
  if (op === 'or') copyRows(out, right, groups.one, (cell) => onLeft[cell] !== 1);
  return out.finish(op !== 'or' && left.distinct);
}

/** For every group and step: has any row a value? */
function presence({ present, steps }: Block, groups: Int32Array, count: number): Uint8Array {
  const found = new Uint8Array(count * steps);
  for (let row = 0; row < groups.length; row++) {
    const group = groups[row] ?? 0;
    for (let step = 0; step < steps; step++) {
      if (present[row * steps + step] === 1) found[group * steps + step] = 1;
    }
  }
  return found;
}

function copyRows(
  out: BlockBuilder,
  block: Block,
  groups: Int32Array,
  keep: (groupCell: number) => boolean,
): void {
  const { steps } = block;
  for (const [row, labels] of block.labels.entries()) {
    const group = groups[row] ?? 0;
    for (let step = 0; step < steps; step++) {
      const cell = row * steps + step;
      if (block.present[cell] !== 1 || !keep(group * steps + step)) continue;
      out.values[out.base + step] = block.values[cell] ?? Number.NaN;
      out.present[out.base + step] = 1;
    }
    out.commit(labels);
  }
}
