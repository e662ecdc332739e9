import {
  type ComparisonOp,
  type Expr,
  isComparison,
  unwrapParens,
  type VectorSelector,
} from '../promql/ast.ts';
import { evaluateInstant } from '../promql/evaluate.ts';
import { createMatcher } from '../promql/selector.ts';
import { innerExprs, mapInner } from '../promql/walk.ts';

/** One thing that an alerting rule's expression asks for, so that it can be drawn. */
export interface Condition {
  /** What is compared; of an expression that compares nothing, all of it. */
  readonly expr: Expr;
  readonly op?: ComparisonOp;
  /** What it is compared with; absent: nothing, or what is itself measured. */
  readonly threshold?: number;
}

/** A chart for each; no rule that people read has more. */
const MAX_CONDITIONS = 4;

/**
 * The conditions of a rule's expression: `a > 1 and on (host) b < 2` has two. What stands behind `unless` is
 * none. Of a comparison of two vectors the left one is shown.
 */
export function conditionsOf(expr: Expr): Condition[] {
  const bare = unwrapParens(expr);
  if (bare.kind !== 'binary') return [{ expr: bare }];
  const { op, left, right } = bare;
  if (op === 'and' || op === 'or')
    return [...conditionsOf(left), ...conditionsOf(right)].slice(0, MAX_CONDITIONS);
  if (op === 'unless') return conditionsOf(left);
  if (!isComparison(op)) return [{ expr: bare }];
  const limit = constantOf(right);
  if (limit !== undefined) return [{ expr: unwrapParens(left), op, threshold: limit }];
  const flipped = constantOf(left);
  if (flipped !== undefined)
    return [{ expr: unwrapParens(right), op: FLIPPED[op], threshold: flipped }];
  return [{ expr: unwrapParens(left) }];
}

const FLIPPED: Readonly<Record<ComparisonOp, ComparisonOp>> = {
  '==': '==',
  '!=': '!=',
  '>': '<',
  '<': '>',
  '>=': '<=',
  '<=': '>=',
};

/** Of an expression of numbers alone; `undefined` for any other. */
function constantOf(expr: Expr): number | undefined {
  if (!isConstant(expr)) return undefined;
  const value = evaluateInstant(expr, 0, { select: () => [] });
  return value.ok && value.value.kind === 'scalar' ? value.value.value : undefined;
}

function isConstant(expr: Expr): boolean {
  if (expr.kind === 'number') return true;
  const isMade = expr.kind === 'unary' || expr.kind === 'binary' || expr.kind === 'paren';
  return isMade && innerExprs(expr).every(isConstant);
}

/** What these give has the unit of what they are given. */
const KEEP_UNIT: ReadonlySet<string> = new Set([
  ...['avg', 'min', 'max', 'last', 'sum', 'quantile'].map((name) => `${name}_over_time`),
  ...['abs', 'clamp', 'clamp_max', 'clamp_min', 'predict_linear', 'delta', 'idelta', 'round'],
  ...['ceil', 'floor', 'sort', 'sort_desc', 'label_replace', 'label_join'],
]);
const KEEP_UNIT_TOGETHER: ReadonlySet<string> = new Set([
  ...['sum', 'avg', 'min', 'max', 'topk', 'bottomk', 'quantile', 'limitk'],
]);

/** The one metric whose unit an expression's values have; `undefined`: they have another, or none. */
export function unitMetricOf(expr: Expr): string | undefined {
  switch (expr.kind) {
    case 'vectorSelector':
      return expr.name;
    case 'matrixSelector':
      return expr.selector.name;
    case 'paren':
    case 'unary':
    case 'subquery':
      return unitMetricOf(expr.expr);
    case 'aggregate':
      return KEEP_UNIT_TOGETHER.has(expr.op) ? unitMetricOf(expr.expr) : undefined;
    case 'call':
      if (!KEEP_UNIT.has(expr.name)) return undefined;
      return expr.args.map(unitMetricOf).find((name) => name !== undefined);
    default:
      return undefined;
  }
}

/**
 * The expression about one alert's subject alone, so that little is read: selectors ask for its host too, or, of
 * VMs' metrics, for its UUID, as a VM may have come from another host. Not where a sum over others would change
 * by it.
 */
export function aboutSubject(expr: Expr, labels: Readonly<Record<string, string>>): Expr {
  const { host, uuid } = labels;
  return narrowed(expr, {
    ...(host === undefined ? {} : { host }),
    ...(uuid === undefined ? {} : { uuid }),
  });
}

interface Subject {
  readonly host?: string;
  readonly uuid?: string;
}

function narrowed(expr: Expr, subject: Subject): Expr {
  switch (expr.kind) {
    case 'vectorSelector':
      return narrowedSelector(expr, subject);
    case 'matrixSelector':
      return { ...expr, selector: narrowedSelector(expr.selector, subject) };
    case 'aggregate': {
      const inner = keptBy(expr, subject);
      return mapInner(expr, (part) => narrowed(part, inner));
    }
    case 'call':
      return expr.name === 'scalar' ? expr : mapInner(expr, (part) => narrowed(part, subject));
    default:
      return mapInner(expr, (part) => narrowed(part, subject));
  }
}

/** What an aggregation does not mix. */
function keptBy(
  { grouping, without }: { readonly grouping: readonly string[]; readonly without: boolean },
  { host, uuid }: Subject,
): Subject {
  const keeps = (name: string) => grouping.includes(name) !== without;
  return {
    ...(host !== undefined && keeps('host') ? { host } : {}),
    ...(uuid !== undefined && keeps('uuid') ? { uuid } : {}),
  };
}

function narrowedSelector(selector: VectorSelector, { host, uuid }: Subject): VectorSelector {
  const isOfVm = selector.name?.startsWith('vm_') === true && uuid !== undefined;
  const [name, value] = isOfVm ? ['uuid', uuid] : ['host', host];
  const isNamed = selector.matchers.some((one) => one.name === name && one.op === '=');
  if (name === undefined || value === undefined || isNamed) return selector;
  const matcher = createMatcher(name, '=', value);
  if (!matcher.ok) throw new Error(`${name}=${value}: ${matcher.error.message}`);
  return { ...selector, matchers: [matcher.value, ...selector.matchers] };
}
