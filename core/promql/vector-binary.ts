import { ok, type Result } from '../result.ts';
import { type BinaryExpr, isTrimOp, type PromqlError } from './ast.ts';
import { type Block, duplicateLabels } from './block.ts';
import { executionError } from './context.ts';
import { duplicateOnOneSide, Join } from './join.ts';
import { matchGroups, type ResultNames } from './vector-matching.ts';

/** Two operands' result; undefined when a comparison does not hold. */
export type CellOperator = (left: number, right: number) => number | undefined;

const ABSENT = -1;

/**
 * Arithmetic or comparison between two instant vectors, step by step: which series take part differs
 * from step to step. Source: prometheus/promql/engine.go, `VectorBinop`.
 */
export function vectorBinary(
  { op, matching }: BinaryExpr,
  left: Block,
  right: Block,
  operator: CellOperator,
  names: ResultNames,
): Result<Block, PromqlError> {
  // The "many" side leads; where that is the right one, operands are swapped back for the operator.
  const swapped = matching.card === 'one-to-many';
  const [many, one] = swapped ? [right, left] : [left, right];
  const groups = matchGroups(many, one, matching);
  const fillOne = swapped ? matching.fillLeft : matching.fillRight;
  const fillMany = swapped ? matching.fillRight : matching.fillLeft;
  const filled = fillOne !== undefined || fillMany !== undefined;
  const apply = (manyCell: number, oneCell: number) =>
    swapped ? operator(oneCell, manyCell) : operator(manyCell, oneCell);
  const join = new Join(many, one, matching, names);
  const { steps } = many;
  const oneRowOf = new Int32Array(groups.count);
  const matched = new Uint8Array(groups.count);
  for (let step = 0; step < steps; step++) {
    oneRowOf.fill(ABSENT);
    matched.fill(0);
    for (let oneRow = 0; oneRow < groups.one.length; oneRow++) {
      if (one.present[oneRow * steps + step] !== 1) continue;
      const group = groups.one[oneRow] ?? 0;
      const other = oneRowOf[group] ?? ABSENT;
      if (other !== ABSENT && (filled || hasValueAt(many, step)))
        return duplicateOnOneSide(one.labels[oneRow] ?? [], one.labels[other] ?? [], matching);
      oneRowOf[group] = oneRow;
    }
    for (let manyRow = 0; manyRow < groups.many.length; manyRow++) {
      if (many.present[manyRow * steps + step] !== 1) continue;
      const group = groups.many[manyRow] ?? 0;
      const oneRow = oneRowOf[group] ?? ABSENT;
      if (oneRow === ABSENT && fillOne === undefined) continue;
      if (isTrimOp(op)) {
        // No result, and so no match either; but the operator notes what it was given.
        apply(many.values[manyRow * steps + step] ?? Number.NaN, 0);
        continue;
      }
      if (matched[group] === 1 && matching.card === 'one-to-one')
        return executionError(
          'multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)',
        );
      matched[group] = 1;
      const oneCell = oneRow === ABSENT ? fillOne : one.values[oneRow * steps + step];
      const cell = apply(many.values[manyRow * steps + step] ?? Number.NaN, oneCell ?? Number.NaN);
      const problem = join.put({ manyRow, oneRow, step, group }, cell);
      if (problem !== undefined) return problem;
    }
    for (let oneRow = 0; fillMany !== undefined && oneRow < groups.one.length; oneRow++) {
      const group = groups.one[oneRow] ?? 0;
      if (one.present[oneRow * steps + step] !== 1 || matched[group] === 1) continue;
      const cell = apply(fillMany, one.values[oneRow * steps + step] ?? Number.NaN);
      const problem = join.put({ manyRow: ABSENT, oneRow, step, group }, cell);
      if (problem !== undefined) return problem;
    }
    if (join.duplicated) return duplicateLabels();
  }
  return ok(join.finish());
}

function hasValueAt({ labels, present, steps }: Block, step: number): boolean {
  return labels.some((_, row) => present[row * steps + step] === 1);
}
