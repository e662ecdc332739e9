import type { At, Expr } from '../../core/promql/ast.ts';
import type { Grid } from '../../core/promql/context.ts';
import { innerExprs } from '../../core/promql/walk.ts';
import type { Selection } from '../store/read-plan.ts';

/** A span of instants. */
interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * What each selector of a query reads when the query is evaluated over a grid: the grid's instants,
 * moved by `@` and `offset`, with the range or the lookback before them. Durations must be resolved.
 */
export function selectionsOf(expr: Expr, grid: Grid, lookbackMs: number): Selection[] {
  const selections: Selection[] = [];
  visit(expr, { fromMs: grid.startMs, toMs: grid.endMs });
  return selections;

  function visit(part: Expr, span: Span): void {
    if (part.kind === 'vectorSelector' || part.kind === 'matrixSelector') {
      const selector = part.kind === 'matrixSelector' ? part.selector : part;
      const rangeMs = part.kind === 'matrixSelector' ? part.rangeMs : 0;
      const { fromMs, toMs } = shifted(span, selector.at, selector.offsetMs, grid);
      // An extended range looks for samples around it too.
      const beforeMs = rangeMs === 0 || selector.extended !== undefined ? lookbackMs : 0;
      selections.push({
        matchers: selector.matchers,
        fromMs: fromMs - rangeMs - beforeMs,
        toMs: toMs + (selector.extended === 'smoothed' ? lookbackMs : 0),
      });
      return;
    }
    if (part.kind === 'subquery') {
      const { fromMs, toMs } = shifted(span, part.at, part.offsetMs, grid);
      visit(part.expr, { fromMs: fromMs - part.rangeMs, toMs });
      return;
    }
    for (const inner of innerExprs(part)) visit(inner, span);
  }
}

function shifted(span: Span, at: At | undefined, offsetMs: number, grid: Grid): Span {
  const fixedMs = at && instantOf(at, grid);
  const { fromMs, toMs } = fixedMs === undefined ? span : { fromMs: fixedMs, toMs: fixedMs };
  return { fromMs: fromMs - offsetMs, toMs: toMs - offsetMs };
}

function instantOf(at: At, grid: Grid): number {
  if (at.kind === 'time') return at.ms;
  return at.kind === 'start' ? grid.startMs : grid.endMs;
}
