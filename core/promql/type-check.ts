import { METRIC_NAME } from '../series/labels.ts';
import {
  type AggregateExpr,
  type BinaryExpr,
  type CallExpr,
  documentedType,
  type Expr,
  isComparison,
  isSetOp,
  type Position,
  type ValueType,
  type VectorSelector,
} from './ast.ts';
import { FUNCTIONS } from './function-signatures.ts';
import { quote } from './string-literal.ts';

type Problem = (position: Position, message: string) => void;

/** The type an expression's value has. */
export function valueType(expr: Expr): ValueType {
  switch (expr.kind) {
    case 'number':
      return 'scalar';
    case 'string':
      return 'string';
    case 'vectorSelector':
    case 'aggregate':
      return 'vector';
    case 'matrixSelector':
    case 'subquery':
      return 'matrix';
    case 'paren':
    case 'unary':
      return valueType(expr.expr);
    case 'binary':
      return valueType(expr.left) === 'scalar' && valueType(expr.right) === 'scalar'
        ? 'scalar'
        : 'vector';
    case 'call':
      return FUNCTIONS.get(expr.name)?.returns ?? 'vector';
  }
}

/** Notes every place where types do not fit, as Prometheus' `checkAST` does; gives the type. */
export function checkTypes(expr: Expr, problem: Problem): ValueType {
  switch (expr.kind) {
    case 'paren':
      return checkTypes(expr.expr, problem);
    case 'unary': {
      const type = checkTypes(expr.expr, problem);
      if (type !== 'scalar' && type !== 'vector')
        problem(
          expr.position,
          `unary expression only allowed on expressions of type scalar or instant vector, got "${documentedType(type)}"`,
        );
      return type;
    }
    case 'subquery': {
      const type = checkTypes(expr.expr, problem);
      if (type !== 'vector')
        problem(expr.position, `subquery is only allowed on instant vector, got ${type} instead`);
      return 'matrix';
    }
    case 'aggregate':
      checkAggregate(expr, problem);
      return 'vector';
    case 'binary':
      return checkBinary(expr, problem);
    case 'call':
      return checkCall(expr, problem);
    case 'matrixSelector':
      checkSelector(expr.selector, problem);
      return 'matrix';
    case 'vectorSelector':
      checkSelector(expr, problem);
      return 'vector';
    default:
      return valueType(expr);
  }
}

function checkSelector({ name, matchers, position }: VectorSelector, problem: Problem): void {
  if (name === undefined) {
    if (!matchers.some((matcher) => !matcher.matches('')))
      problem(position, 'vector selector must contain at least one non-empty matcher');
    return;
  }
  const other = matchers.slice(0, -1).find((matcher) => matcher.name === METRIC_NAME);
  if (other !== undefined)
    problem(position, `metric name must not be set twice: ${quote(name)} or ${quote(other.value)}`);
}

function checkAggregate(expr: AggregateExpr, problem: Problem): void {
  expectType(expr.expr, 'vector', 'aggregation expression', problem);
  if (expr.param === undefined) return;
  const wanted = expr.op === 'count_values' ? 'string' : 'scalar';
  expectType(expr.param, wanted, 'aggregation parameter', problem);
}

function expectType(expr: Expr, wanted: ValueType, context: string, problem: Problem): void {
  const type = checkTypes(expr, problem);
  if (type === wanted) return;
  problem(
    expr.position,
    `expected type ${documentedType(wanted)} in ${context}, got ${documentedType(type)}`,
  );
}

function checkBinary(expr: BinaryExpr, problem: Problem): ValueType {
  const { op, matching } = expr;
  const left = checkTypes(expr.left, problem);
  const right = checkTypes(expr.right, problem);
  const at = expr.opPosition;
  if (expr.returnBool && !isComparison(op))
    problem(at, 'bool modifier can only be used on comparison operators');
  if (isComparison(op) && !expr.returnBool && left === 'scalar' && right === 'scalar')
    problem(at, 'comparisons between scalars must use BOOL modifier');
  if (matching.on) {
    for (const label of matching.labels)
      if (matching.include.includes(label))
        problem(at, `label ${quote(label)} must not occur in ON and GROUP clause at once`);
  }
  for (const [side, type] of [
    [expr.left, left],
    [expr.right, right],
  ] as const) {
    if (type !== 'scalar' && type !== 'vector')
      problem(side.position, 'binary expression must contain only scalar and instant vector types');
  }
  if (left !== 'vector' || right !== 'vector') checkWithScalar(expr, problem);
  else if (isSetOp(op)) {
    if (matching.card !== 'many-to-many')
      problem(expr.position, `no grouping allowed for "${op}" operation`);
    if (matching.fillLeft !== undefined || matching.fillRight !== undefined)
      problem(expr.position, 'filling in missing series not allowed for set operators');
  }
  return left === 'scalar' && right === 'scalar' ? 'scalar' : 'vector';
}

function checkWithScalar(expr: BinaryExpr, problem: Problem): void {
  const { matching } = expr;
  if (matching.labels.length > 0)
    problem(expr.position, 'vector matching only allowed between instant vectors');
  if (matching.fillLeft !== undefined || matching.fillRight !== undefined)
    problem(expr.position, 'filling in missing series only allowed between instant vectors');
  if (isSetOp(expr.op))
    problem(expr.position, `set operator "${expr.op}" not allowed in binary scalar expression`);
}

function checkCall(expr: CallExpr, problem: Problem): ValueType {
  const signature = FUNCTIONS.get(expr.name);
  if (signature === undefined) throw new Error(`unknown function ${expr.name}`);
  const { args, variadic } = signature;
  const given = expr.args.length;
  const second = expr.args[1];
  const least = variadic === 0 ? args.length : args.length - 1;
  const most = variadic < 0 ? Number.POSITIVE_INFINITY : least + variadic;
  const count = `argument(s) in call to "${expr.name}", got ${given}`;
  if (variadic === 0 && given !== args.length)
    problem(expr.position, `expected ${args.length} ${count}`);
  else if (given < least) problem(expr.position, `expected at least ${least} ${count}`);
  else if (given > most) problem(expr.position, `expected at most ${most} ${count}`);
  if (expr.name === 'info' && second !== undefined) checkInfoLabels(expr, second, problem);
  for (const [i, arg] of expr.args.entries()) {
    const wanted = args[i] ?? (variadic === 0 ? undefined : args.at(-1));
    if (wanted === undefined) break;
    if (arg === second && expr.name === 'info') continue;
    expectType(arg, wanted, `call to function "${expr.name}"`, problem);
  }
  return signature.returns;
}

/** The second argument of `info` is no selector: its matchers pick labels, and may be none. */
function checkInfoLabels(call: CallExpr, labels: Expr, problem: Problem): void {
  const type = valueType(labels);
  if (type !== 'vector')
    problem(
      call.position,
      `expected type instant vector in call to function "info", got ${documentedType(type)}`,
    );
  if (labels.kind !== 'vectorSelector') problem(labels.position, 'expected label selectors only');
  else if (labels.name !== undefined)
    problem(labels.position, 'expected label selectors only, got vector selector instead');
}
