import { err, type Result } from '../result.ts';
import type { Series } from '../series/series.ts';
import type { Annotations } from './annotations.ts';
import type { At, Expr, PromqlError } from './ast.ts';
import type { Block } from './block.ts';
import type { SampleSource } from './source.ts';

/** The instants a query is evaluated at: start, start + step, ... up to and including end. */
export interface Grid {
  readonly startMs: number;
  readonly endMs: number;
  readonly stepMs: number;
}

/** The value of an expression over a grid. */
export type Value =
  | { readonly kind: 'scalar'; readonly values: Float64Array }
  | { readonly kind: 'vector'; readonly block: Block }
  | { readonly kind: 'string'; readonly value: string }
  /** Of a range selector at the top of an instant query. */
  | { readonly kind: 'matrix'; readonly series: readonly Series[] };

/** What every evaluation step needs to know. */
export interface EvalContext {
  readonly startMs: number;
  readonly stepMs: number;
  /** How many instants. At least 1. */
  readonly steps: number;
  /** The whole query's grid: what `start()` and `end()` mean, in subqueries too. */
  readonly query: Grid;
  readonly source: SampleSource;
  readonly evaluate: (expr: Expr, context: EvalContext) => Result<Value, PromqlError>;
  readonly annotations: Annotations;
  /** Asked now and then; true ends the evaluation with a `timeout`. */
  readonly shouldStop: () => boolean;
  /** How far back an instant vector selector looks for a sample. */
  readonly lookbackMs: number;
  /** The most values a vector over all steps may have. */
  readonly cellsMax: number;
  /** Metric names go at the end of the query, not where an operation changes what is meant. */
  readonly delayedNames: boolean;
  /** Parts that are evaluated once for all steps. */
  readonly invariant: ReadonlySet<Expr>;
}

/** Source: prometheus/promql, the default of `--query.lookback-delta`. */
export const LOOKBACK_MS = 5 * 60_000;

/** The resolution of a subquery that names none: Prometheus' default evaluation interval. */
export const SUBQUERY_STEP_MS = 60_000;

export function stepCount(grid: Grid): number {
  return grid.stepMs > 0 ? Math.floor((grid.endMs - grid.startMs) / grid.stepMs) + 1 : 1;
}

/** The instant of a step. */
export function stepMs(context: EvalContext, step: number): number {
  return context.startMs + step * context.stepMs;
}

/** The instant that `@` names, or undefined where there is none. */
export function atMs(at: At | undefined, context: EvalContext): number | undefined {
  if (at === undefined) return undefined;
  if (at.kind === 'time') return at.ms;
  return at.kind === 'start' ? context.query.startMs : context.query.endMs;
}

const SERIES_BETWEEN_CHECKS = 256; // some milliseconds of work

/** To be asked once per series: the error that ends the evaluation, if it is to end. */
export function stopped(
  context: EvalContext,
  count: number,
): Result<never, PromqlError> | undefined {
  return count % SERIES_BETWEEN_CHECKS === 0 ? stoppedNow(context) : undefined;
}

/** The same, at once: where one series may take long. */
export function stoppedNow(context: EvalContext): Result<never, PromqlError> | undefined {
  if (!context.shouldStop()) return undefined;
  return err({ code: 'timeout', message: 'query timed out in expression evaluation' });
}

export function executionError(message: string): Result<never, PromqlError> {
  return err({ code: 'execution', message });
}
