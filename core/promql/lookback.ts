import type { At, Expr } from './ast.ts';
import { LOOKBACK_MS, SUBQUERY_STEP_MS } from './context.ts';
import { innerExprs } from './walk.ts';

/** How far around the evaluation time a query reads samples. Both at least 0. */
export interface RequiredWindow {
  readonly beforeMs: number;
  /** Above 0 only with negative offsets. */
  readonly afterMs: number;
}

/**
 * What a query reads, so that the reader knows which data to load: ranges, offsets, subqueries and
 * the lookback added up. `@` with a fixed time needs `evalMs`; without it such a selector counts as
 * if it had no `@`. `@ start()` and `@ end()` are the evaluation time of an instant query.
 */
export function requiredWindow(expr: Expr, evalMs?: number): RequiredWindow {
  const reach = { before: 0, after: 0 };
  visit(expr, 0, 0, evalMs, reach);
  return { beforeMs: reach.before, afterMs: reach.after };
}

/** Visits with the span of instants the expression is evaluated at: from -before to +after. */
function visit(
  expr: Expr,
  before: number,
  after: number,
  evalMs: number | undefined,
  reach: { before: number; after: number },
): void {
  if (expr.kind === 'vectorSelector' || expr.kind === 'matrixSelector') {
    const selector = expr.kind === 'matrixSelector' ? expr.selector : expr;
    const span = shift(before, after, selector.at, selector.offsetMs, evalMs);
    const rangeMs = expr.kind === 'matrixSelector' ? expr.rangeMs : LOOKBACK_MS;
    reach.before = Math.max(reach.before, span.before + rangeMs);
    reach.after = Math.max(reach.after, span.after);
    return;
  }
  if (expr.kind === 'subquery') {
    const span = shift(before, after, expr.at, expr.offsetMs, evalMs);
    const step = expr.stepMs ?? SUBQUERY_STEP_MS;
    visit(expr.expr, span.before + Math.max(expr.rangeMs, step), span.after, evalMs, reach);
    return;
  }
  for (const inner of innerExprs(expr)) visit(inner, before, after, evalMs, reach);
}

function shift(
  before: number,
  after: number,
  at: At | undefined,
  offsetMs: number,
  evalMs: number | undefined,
): { before: number; after: number } {
  if (at === undefined || (at.kind === 'time' && evalMs === undefined))
    return { before: before + offsetMs, after: after - offsetMs };
  const ahead = at.kind === 'time' ? at.ms - (evalMs ?? 0) : 0;
  return { before: offsetMs - ahead, after: ahead - offsetMs };
}
