import { MINUTE_MS } from '../../core/host-minute.ts';
import { type At, type Expr, unwrapParens } from '../../core/promql/ast.ts';
import { type Grid, SUBQUERY_STEP_MS } from '../../core/promql/context.ts';
import { innerExprs } from '../../core/promql/walk.ts';
import type { Selection } from '../store/selection.ts';

/** The instants an expression is evaluated at; a step of 0: at one. */
interface Instants {
  readonly fromMs: number;
  readonly toMs: number;
  readonly stepMs: number;
}

/** Nearer windows are read as one: a chunk is a minute. */
const APART_MS = MINUTE_MS;

/**
 * What each selector of a query reads when the query is evaluated over a grid: the grid's instants,
 * moved by `@` and `offset`, with the range or the lookback before them. Durations must be resolved.
 */
export function selectionsOf(
  expr: Expr,
  grid: Grid,
  lookbackMs: number,
  coarsest?: 'raw' | 'minute',
): Selection[] {
  const selections: Selection[] = [];
  // Of a range selector alone the samples themselves are the answer.
  const common = {
    ...(unwrapParens(expr).kind === 'matrixSelector' ? { asItCame: true } : {}),
    ...(coarsest === undefined ? {} : { coarsest }),
  };
  visit(expr, { fromMs: grid.startMs, toMs: grid.endMs, stepMs: grid.stepMs });
  return selections;

  function visit(part: Expr, instants: Instants): void {
    if (part.kind === 'vectorSelector' || part.kind === 'matrixSelector') {
      const selector = part.kind === 'matrixSelector' ? part.selector : part;
      const rangeMs = part.kind === 'matrixSelector' ? part.rangeMs : 0;
      const { fromMs, toMs, stepMs } = shifted(instants, selector.at, selector.offsetMs, grid);
      // An extended range looks for samples around it too.
      const lookMs = rangeMs === 0 || selector.extended !== undefined ? lookbackMs : 0;
      const beforeMs = rangeMs + lookMs;
      const afterMs = selector.extended === 'smoothed' ? lookbackMs : 0;
      const firstFromMs = fromMs - beforeMs;
      const lengthMs = beforeMs + afterMs;
      const isInstant = stepMs === 0 || fromMs === toMs;
      selections.push({
        ...common,
        matchers: selector.matchers,
        fromMs: firstFromMs,
        toMs: toMs + afterMs,
        ...(rangeMs === 0 ? {} : { rangeMs }),
        ...(isInstant ? {} : { stepMs }),
        ...(isInstant && rangeMs === 0 && selector.extended === undefined
          ? { newestOnly: true }
          : {}),
        ...(stepMs > lengthMs + APART_MS
          ? { windows: { firstFromMs, lengthMs, everyMs: stepMs } }
          : {}),
      });
      return;
    }
    if (part.kind === 'subquery') {
      const { fromMs, toMs } = shifted(instants, part.at, part.offsetMs, grid);
      const everyMs = part.stepMs ?? SUBQUERY_STEP_MS;
      // Multiples of the step within the range, which is open on the left.
      const firstMs = everyMs * (Math.floor((fromMs - part.rangeMs) / everyMs) + 1);
      visit(part.expr, { fromMs: firstMs, toMs, stepMs: everyMs });
      return;
    }
    for (const inner of innerExprs(part)) visit(inner, instants);
  }
}

function shifted(
  { fromMs, toMs, stepMs }: Instants,
  at: At | undefined,
  offsetMs: number,
  grid: Grid,
): Instants {
  const fixedMs = at && instantOf(at, grid);
  if (fixedMs === undefined) return { fromMs: fromMs - offsetMs, toMs: toMs - offsetMs, stepMs };
  return { fromMs: fixedMs - offsetMs, toMs: fixedMs - offsetMs, stepMs: 0 };
}

function instantOf(at: At, grid: Grid): number {
  if (at.kind === 'time') return at.ms;
  return at.kind === 'start' ? grid.startMs : grid.endMs;
}
