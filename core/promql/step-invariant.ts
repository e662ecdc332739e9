import { type Expr, unwrapParens } from './ast.ts';

/** Functions that give something else at every step even when what they read does not change. */
const STEP_DEPENDENT = new Set([
  ...['days_in_month', 'day_of_month', 'day_of_week', 'day_of_year', 'hour', 'minute', 'month'],
  ...['year', 'predict_linear', 'time', 'timestamp'],
]);

/** What tells of the query's grid is one number: it may as well be a literal. */
const OF_QUERY = new Set(['start', 'end', 'range', 'step']);

/**
 * The largest parts of a query that have one value for all steps, because `@` fixes what they read:
 * each is evaluated once, as an instant at the start. The parameter of an aggregation is not looked
 * at, so that it too counts at the start only: that is how Prometheus has it.
 * Source: prometheus/promql/engine.go, `preprocessExprHelper`.
 */
export function stepInvariantParts(expr: Expr): ReadonlySet<Expr> {
  const parts = new Set<Expr>();
  if (visit(expr, parts).wrap) parts.add(expr);
  return parts;
}

interface Invariance {
  readonly invariant: boolean;
  /** Worth evaluating once; a range or a literal on its own is not. */
  readonly wrap: boolean;
}

const VARIANT: Invariance = { invariant: false, wrap: false };
const LITERAL: Invariance = { invariant: true, wrap: false };
const INVARIANT: Invariance = { invariant: true, wrap: true };

function visit(expr: Expr, parts: Set<Expr>): Invariance {
  switch (expr.kind) {
    case 'number':
    case 'string':
      return LITERAL;
    case 'vectorSelector':
      return expr.at === undefined ? VARIANT : INVARIANT;
    case 'matrixSelector':
      return { invariant: expr.selector.at !== undefined, wrap: false };
    case 'paren':
    case 'unary':
      return visit(expr.expr, parts);
    case 'aggregate':
      return visit(unwrapParens(expr.expr), parts);
    case 'subquery':
      if (visit(expr.expr, parts).invariant) parts.add(expr.expr);
      return { invariant: expr.at !== undefined, wrap: false };
    case 'binary':
      return visitOperands(
        [expr.left, expr.right],
        (operands) => operands.every(({ invariant }) => invariant),
        parts,
      );
    case 'call': {
      const args = expr.args.map(unwrapParens);
      const [first] = args;
      const ofSelector = expr.name === 'timestamp' && first?.kind === 'vectorSelector';
      if (OF_QUERY.has(expr.name)) return LITERAL;
      const canBe = ofSelector || !STEP_DEPENDENT.has(expr.name);
      return visitOperands(
        args,
        (operands) => canBe && operands.every(({ invariant }) => invariant),
        parts,
      );
    }
  }
}

function visitOperands(
  operands: readonly Expr[],
  together: (visited: readonly Invariance[]) => boolean,
  parts: Set<Expr>,
): Invariance {
  const visited = operands.map((operand) => visit(operand, parts));
  if (together(visited)) return INVARIANT;
  for (const [i, operand] of operands.entries()) if (visited[i]?.wrap === true) parts.add(operand);
  return VARIANT;
}
