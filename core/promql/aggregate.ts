import { ok, type Result } from '../result.ts';
import { type Labels, labelPairs, labelsKey, labelsOf } from '../series/labels.ts';
import { accumulate } from './accumulate.ts';
import { type Groups, grouper, groupRows } from './aggregate-groups.ts';
import {
  type AggregateExpr,
  type Expr,
  type Position,
  type PromqlError,
  unwrapParens,
} from './ast.ts';
import { type Block, BlockBuilder, mergeEqualRows } from './block.ts';
import { scalarArg, vector, vectorArg } from './call-args.ts';
import { type EvalContext, executionError, type Value } from './context.ts';
import { isMarked, marked } from './delayed-names.ts';
import { isLabelName } from './label-functions.ts';
import { formatFloat, formatGeneral } from './literals.ts';
import { max, min, quantile } from './numerics.ts';
import { limit, limitRatio, ranked } from './ranking.ts';
import { quote } from './string-literal.ts';

/** The value of an aggregation: one row per group, or some rows of each group. */
export function evalAggregate(
  expr: AggregateExpr,
  context: EvalContext,
): Result<Value, PromqlError> {
  const { op, param } = expr;
  const name = op === 'count_values' ? valueLabel(param) : ok('');
  if (!name.ok) return name;
  const scalar =
    param === undefined || op === 'count_values'
      ? undefined
      : scalarArg({ exprs: [param], context }, 0);
  if (scalar?.ok === false) return scalar;
  const block = vectorArg({ exprs: [expr.expr], context }, 0);
  if (!block.ok) return block;
  if (op === 'count_values') return vector(countValues(expr, name.value, block.value));
  if (param === undefined || scalar === undefined)
    return vector(ok(accumulate(op, block.value, groupRows(expr, block.value.labels))));
  const { position } = unwrapParens(param);
  return vector(withParameter(expr, { values: scalar.value, position }, block.value, context));
}

/** The parameter of an aggregation at every step. */
interface Parameter {
  readonly values: Float64Array;
  readonly position: Position;
}

function withParameter(
  expr: AggregateExpr,
  { values, position }: Parameter,
  block: Block,
  context: EvalContext,
): Result<Block, PromqlError> {
  const { op } = expr;
  const groups = groupRows(expr, block.labels);
  const largest = values.reduce(max, -Number.MAX_VALUE);
  const least = values.reduce(min, Number.MAX_VALUE);
  if (op === 'quantile') {
    const { annotations } = context;
    if (values.some(Number.isNaN)) annotations.invalidQuantile(Number.NaN, position);
    if (largest > 1) annotations.invalidQuantile(largest, position);
    if (least < 0) annotations.invalidQuantile(least, position);
    return ok(quantiles(values, block, groups));
  }
  if (op === 'limit_ratio') {
    if (largest === 0 && least === 0) return ok(new BlockBuilder(0, block.steps).finish(true));
    if (values.some(Number.isNaN)) return executionError('Ratio value is NaN');
    if (largest > 1) noteRatio(largest, 1, position, context);
    if (least < -1) noteRatio(least, -1, position, context);
    return ok(limitRatio(values, block));
  }
  if (largest < 1) return ok(new BlockBuilder(0, block.steps).finish(true));
  if (values.some(Number.isNaN)) return executionError('Parameter value is NaN');
  if (least <= -(2 ** 63))
    return executionError(`Scalar value ${formatGeneral(least)} underflows int64`);
  if (largest >= 2 ** 63)
    return executionError(`Scalar value ${formatGeneral(largest)} overflows int64`);
  return ok(
    op === 'limitk' ? limit(values, block, groups) : ranked(values, block, groups, op === 'topk'),
  );
}

function noteRatio(
  ratio: number,
  limit: number,
  position: Position,
  { annotations }: EvalContext,
): void {
  annotations.warn(
    `ratio value should be between -1 and 1, got ${formatGeneral(ratio)}, capping to ${limit}`,
    position,
  );
}

function quantiles(q: Float64Array, block: Block, { groupOf, labels }: Groups): Block {
  const { steps, present, values } = block;
  const out = new BlockBuilder(labels.length, steps);
  const sizes = new Int32Array(labels.length);
  for (const group of groupOf) sizes[group] = (sizes[group] ?? 0) + 1;
  const columns = labels.map((_, group) => new Float64Array(sizes[group] ?? 0));
  const cells = new Float64Array(labels.length * steps);
  const filled = new Uint8Array(labels.length * steps);
  for (let step = 0; step < steps; step++) {
    const used = new Int32Array(labels.length);
    for (let row = 0; row < groupOf.length; row++) {
      if (present[row * steps + step] !== 1) continue;
      const group = groupOf[row] ?? 0;
      const column = columns[group];
      if (column !== undefined) column[used[group] ?? 0] = values[row * steps + step] ?? 0;
      used[group] = (used[group] ?? 0) + 1;
    }
    for (const [group, column] of columns.entries()) {
      const count = used[group] ?? 0;
      if (count === 0) continue;
      cells[group * steps + step] = quantile(q[step] ?? Number.NaN, column.subarray(0, count));
      filled[group * steps + step] = 1;
    }
  }
  for (const [group, groupLabels] of labels.entries()) {
    out.values.set(cells.subarray(group * steps, (group + 1) * steps), out.base);
    out.present.set(filled.subarray(group * steps, (group + 1) * steps), out.base);
    out.commit(groupLabels);
  }
  return out.finish(false);
}

/** The label that `count_values` is to put values in. */
function valueLabel(param: Expr | undefined): Result<string, PromqlError> {
  const literal = param === undefined ? undefined : unwrapParens(param);
  if (literal?.kind !== 'string') throw new Error('count_values without a label name');
  if (isLabelName(literal.value)) return ok(literal.value);
  return executionError(`invalid label name ${quote(literal.value)}`);
}

/** How many series have each value: a row per group and value, the value in a label. */
function countValues(expr: AggregateExpr, name: string, block: Block): Result<Block, PromqlError> {
  const by = expr.without ? expr : { ...expr, grouping: [...expr.grouping, name] };
  const pick = grouper(by);
  const { steps, present, values } = block;
  const rows = new Map<string, { labels: Labels; counts: Float64Array }>();
  for (const [row, rowLabels] of block.labels.entries()) {
    for (let step = 0; step < steps; step++) {
      const cell = row * steps + step;
      if (present[cell] !== 1) continue;
      const value = formatFloat(values[cell] ?? Number.NaN);
      const plain = pick(labelsOf([...labelPairs(rowLabels), [name, value]]));
      const labels = isMarked(rowLabels) ? marked(plain, false) : plain;
      const key = labelsKey(labels);
      const found = rows.get(key) ?? { labels, counts: new Float64Array(steps) };
      found.counts[step] = (found.counts[step] ?? 0) + 1;
      rows.set(key, found);
    }
  }
  const out = new BlockBuilder(rows.size, steps);
  for (const { labels, counts } of rows.values()) {
    out.values.set(counts, out.base);
    for (let step = 0; step < steps; step++) {
      if ((counts[step] ?? 0) > 0) out.present[out.base + step] = 1;
    }
    out.commit(labels);
  }
  return mergeEqualRows(out.finish(false));
}
