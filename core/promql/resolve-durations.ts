import { err, ok, type Result } from '../result.ts';
import type { DurationExpr, DurationOperand, Expr, PromqlError, TimeModifiers } from './ast.ts';
import type { Grid } from './context.ts';
import { max, min, pow } from './numerics.ts';
import { mapInner } from './walk.ts';

export const DURATION_MAX_S = 2 ** 63 / 1e9; // int64 nanoseconds, as Go keeps a duration

/**
 * Milliseconds of a computed duration for the query's grid. Errors (`bad_data`) name the place in the
 * query by its offsets. Source: prometheus/promql/durations.go.
 */
export function durationMs(
  expr: DurationExpr,
  grid: Grid,
  bound: 'positive' | 'any',
): Result<number, PromqlError> {
  const seconds = secondsOf(expr, grid);
  if (!seconds.ok) return seconds;
  const { value } = seconds;
  if (!Number.isFinite(value)) return failure(expr, 'duration is NaN or infinite');
  if (value <= 0 && bound === 'positive') return failure(expr, 'duration must be greater than 0');
  if (Math.abs(value) > DURATION_MAX_S) return failure(expr, 'duration is out of range');
  return ok(Math.trunc(value * 1000));
}

function failure(expr: DurationExpr, problem: string): Result<never, PromqlError> {
  const { start, end } = expr.position;
  return err({ code: 'bad_data', message: `${start}:${end}: ${problem}`, position: expr.position });
}

function secondsOf(expr: DurationOperand, grid: Grid): Result<number, PromqlError> {
  switch (expr.kind) {
    case 'number':
      return ok(expr.value);
    case 'durationCall': {
      const isInstant = grid.startMs === grid.endMs;
      if (expr.name === 'range') return ok((grid.endMs - grid.startMs) / 1000);
      return ok(isInstant ? 0 : grid.stepMs / 1000);
    }
    case 'durationUnary': {
      const inner = secondsOf(expr.expr, grid);
      return inner.ok && expr.op === '-' ? ok(-inner.value) : inner;
    }
    case 'durationBinary': {
      const left = secondsOf(expr.left, grid);
      if (!left.ok) return left;
      const right = secondsOf(expr.right, grid);
      if (!right.ok) return right;
      if (right.value === 0 && expr.op === '/') return failure(expr, 'division by zero');
      if (right.value === 0 && expr.op === '%') return failure(expr, 'modulo by zero');
      return ok(OPERATORS[expr.op](left.value, right.value));
    }
  }
}

const OPERATORS = {
  '+': (a: number, b: number) => a + b,
  '-': (a: number, b: number) => a - b,
  '*': (a: number, b: number) => a * b,
  '/': (a: number, b: number) => a / b,
  '%': (a: number, b: number) => a % b,
  '^': pow,
  min_of: min,
  max_of: max,
};

/** The query with every computed duration replaced by its value for the grid. */
export function resolveDurations(expr: Expr, grid: Grid): Result<Expr, PromqlError> {
  let problem: PromqlError | undefined;
  const ms = (duration: DurationExpr, bound: 'positive' | 'any'): number => {
    const value = durationMs(duration, grid, bound);
    if (!value.ok) problem ??= value.error;
    return value.ok ? value.value : 1;
  };
  const withOffset = <T extends TimeModifiers>(target: T): T =>
    target.offsetExpr === undefined
      ? target
      : { ...target, offsetMs: ms(target.offsetExpr, 'any') };
  const resolve = (node: Expr): Expr => {
    switch (node.kind) {
      case 'vectorSelector':
        return withOffset(node);
      case 'matrixSelector': {
        const { rangeExpr } = node;
        const selector = withOffset(node.selector);
        if (rangeExpr === undefined && selector === node.selector) return node;
        const rangeMs = rangeExpr === undefined ? node.rangeMs : ms(rangeExpr, 'positive');
        return { ...node, selector, rangeMs };
      }
      case 'subquery': {
        const { rangeExpr, stepExpr } = node;
        const own = withOffset(node);
        return {
          ...own,
          ...(stepExpr === undefined ? {} : { stepMs: ms(stepExpr, 'positive') }),
          ...(rangeExpr === undefined ? {} : { rangeMs: ms(rangeExpr, 'positive') }),
          expr: resolve(node.expr),
        };
      }
      default:
        return mapInner(node, resolve);
    }
  };
  const resolved = resolve(expr);
  return problem === undefined ? ok(resolved) : err(problem);
}
