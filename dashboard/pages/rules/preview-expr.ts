import { type Expr, unwrapParens } from '../../../core/promql/ast.ts';
import { formatExpr } from '../../../core/promql/format.ts';
import { parsePromql } from '../../../core/promql/parse.ts';
import { innerExprs } from '../../../core/promql/walk.ts';

/** What of a rule's expression is drawn: its value, also while it is not over the threshold. */
export interface PreviewExpr {
  readonly expr: string;
  /** What it is compared with. */
  readonly threshold?: number;
  /** `>` as the rule has it, the value on its left. */
  readonly op?: string;
  /** The first metric in it, which tells the unit; absent: there is none. */
  readonly metric?: string;
}

const TURNED: Readonly<Record<string, string>> = { '>': '<', '<': '>', '>=': '<=', '<=': '>=' };
const COMPARISONS = new Set(['==', '!=', '>', '<', '>=', '<=']);

/** Of `a > 5 and b` it is `a`, with 5; of what compares with no number all of it. `undefined`: it can't be read. */
export function previewExpr(text: string): PreviewExpr | undefined {
  const parsed = parsePromql(text);
  return parsed.ok ? previewOf(parsed.value) : undefined;
}

function previewOf(expr: Expr): PreviewExpr {
  const inner = unwrapParens(expr);
  if (inner.kind !== 'binary') return drawn(inner);
  const { op, left, right } = inner;
  if (op === 'and' || op === 'unless' || op === 'or') return previewOf(left);
  if (!COMPARISONS.has(op)) return drawn(inner);
  const [leftNumber, rightNumber] = [numberOf(left), numberOf(right)];
  if (rightNumber !== undefined) return { ...drawn(left), threshold: rightNumber, op };
  if (leftNumber !== undefined)
    return { ...drawn(right), threshold: leftNumber, op: TURNED[op] ?? op };
  return drawn(inner);
}

function drawn(expr: Expr): PreviewExpr {
  const metric = firstMetric(expr);
  return { expr: formatExpr(unwrapParens(expr)), ...(metric === undefined ? {} : { metric }) };
}

function firstMetric(expr: Expr): string | undefined {
  if (expr.kind === 'vectorSelector')
    return expr.matchers.find(({ name, op }) => name === '__name__' && op === '=')?.value;
  // A ratio, a count have units of their own.
  if (expr.kind === 'aggregate' && expr.op === 'count') return undefined;
  if (expr.kind === 'binary' && (expr.op === '/' || expr.op === '*')) return undefined;
  for (const inner of innerExprs(expr)) {
    const found = firstMetric(inner);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A number, or an arithmetic of some: `8 * 1024`. */
function numberOf(expr: Expr): number | undefined {
  const inner = unwrapParens(expr);
  if (inner.kind === 'number') return inner.value;
  if (inner.kind === 'unary') {
    const value = numberOf(inner.expr);
    return value === undefined ? undefined : inner.op === '-' ? -value : value;
  }
  if (inner.kind !== 'binary') return undefined;
  const [a, b] = [numberOf(inner.left), numberOf(inner.right)];
  if (a === undefined || b === undefined) return undefined;
  const results: Readonly<Record<string, number>> = {
    '+': a + b,
    '-': a - b,
    '*': a * b,
    '/': a / b,
    '^': a ** b,
  };
  return Object.hasOwn(results, inner.op) ? results[inner.op] : undefined;
}
