import { ok, type Result } from '../result.ts';
import {
  type ArithmeticOp,
  type BinaryExpr,
  type ComparisonOp,
  isComparison,
  isSetOp,
  isTrimOp,
  type PromqlError,
} from './ast.ts';
import { type Block, mergeAtOnce, withoutEmptyRows, withoutMetricNames } from './block.ts';
import { type EvalContext, executionError, type Value } from './context.ts';
import { ARITHMETIC, COMPARISON } from './operators.ts';
import { setOperation } from './set-operators.ts';
import { quote } from './string-literal.ts';
import { type CellOperator, vectorBinary } from './vector-binary.ts';

/** The value of a binary expression over scalars and instant vectors. */
export function evalBinary(expr: BinaryExpr, context: EvalContext): Result<Value, PromqlError> {
  const left = context.evaluate(expr.left, context);
  if (!left.ok) return left;
  const right = context.evaluate(expr.right, context);
  if (!right.ok) return right;
  if (left.value.kind === 'scalar' && right.value.kind === 'scalar') {
    if (isTrimOp(expr.op))
      return executionError(`operator "${expr.op}" not allowed for Scalar operations`);
    return ok(ofScalars(expr, left.value.values, right.value.values));
  }
  const block = withVector(expr, left.value, right.value, context);
  return block.ok ? ok({ kind: 'vector', block: block.value }) : block;
}

function ofScalars({ op }: BinaryExpr, left: Float64Array, right: Float64Array): Value {
  if (isSetOp(op) || isTrimOp(op)) throw new Error(`${op} of scalars`);
  const operator = cellOperator(op, true, 'left');
  return { kind: 'scalar', values: left.map((a, step) => operator(a, right[step] ?? 0) ?? 0) };
}

function withVector(
  expr: BinaryExpr,
  left: Value,
  right: Value,
  { annotations }: EvalContext,
): Result<Block, PromqlError> {
  const { op } = expr;
  if (isSetOp(op)) {
    if (left.kind !== 'vector' || right.kind !== 'vector') throw new Error(`${op} of scalars`);
    return mergeAtOnce(setOperation(op, left.block, right.block, expr.matching));
  }
  const changesMeaning = !isComparison(op) && !isTrimOp(op);
  const dropName = changesMeaning || expr.returnBool;
  const names = changesMeaning ? 'removed' : dropName ? 'dropped' : 'kept';
  const noteTrim = () =>
    annotations.info(
      `incompatible sample types encountered for binary operator ${quote(op)}: float ${op} float`,
      expr.position,
    );
  const operatorFor = (kept: 'left' | 'right') =>
    isTrimOp(op) ? nothing(noteTrim) : cellOperator(op, expr.returnBool, kept);
  if (left.kind === 'vector' && right.kind === 'vector') {
    const operator = operatorFor('left');
    const joined = vectorBinary(expr, left.block, right.block, operator, names);
    return joined.ok ? mergeAtOnce(joined.value) : joined;
  }
  if (left.kind === 'vector' && right.kind === 'scalar') {
    const operator = operatorFor('left');
    return withScalar(left.block, right.values, operator, dropName);
  }
  if (left.kind === 'scalar' && right.kind === 'vector') {
    const operator = operatorFor('right');
    return withScalar(right.block, left.values, (a, b) => operator(b, a), dropName);
  }
  throw new Error(`${op} between ${left.kind} and ${right.kind}`);
}

/** Between floats such an operator has no result, which is noted. */
function nothing(note: () => void): CellOperator {
  return () => {
    note();
    return undefined;
  };
}

/** A comparison that holds gives the value of the side that is a vector, or 1 and 0 with `bool`. */
function cellOperator(
  op: ArithmeticOp | ComparisonOp,
  returnBool: boolean,
  kept: 'left' | 'right',
): CellOperator {
  if (!isComparison(op)) return ARITHMETIC[op];
  const holds = COMPARISON[op];
  if (returnBool) return (a, b) => (holds(a, b) ? 1 : 0);
  if (kept === 'left') return (a, b) => (holds(a, b) ? a : undefined);
  return (a, b) => (holds(a, b) ? b : undefined);
}

function withScalar(
  block: Block,
  scalar: Float64Array,
  operator: CellOperator,
  dropName: boolean,
): Result<Block, PromqlError> {
  const { steps } = block;
  const values = new Float64Array(block.values.length);
  const present = block.present.slice();
  for (let i = 0; i < values.length; i++) {
    if (present[i] !== 1) continue;
    const cell = operator(block.values[i] ?? Number.NaN, scalar[i % steps] ?? Number.NaN);
    if (cell === undefined) present[i] = 0;
    else values[i] = cell;
  }
  const result = withoutEmptyRows({ ...block, values, present });
  return dropName ? withoutMetricNames(result) : ok(result);
}
