import { err, ok, type Result } from '../result.ts';
import type { Labels } from '../series/labels.ts';
import type { Series } from '../series/series.ts';
import { evalAggregate } from './aggregate.ts';
import { type Expr, type PromqlError, unwrapParens } from './ast.ts';
import { CELLS_MAX, tooManySamples, withoutMetricNames } from './block.ts';
import { type EvalContext, executionError, type Grid, stepCount, type Value } from './context.ts';
import { evalBinary } from './eval-binary.ts';
import { evalCall } from './eval-call.ts';
import { evalTopRange } from './eval-range.ts';
import { evalSelector } from './eval-selector.ts';
import type { SampleSource } from './source.ts';
import { unsupported } from './supported.ts';

/** One sample of an instant vector. */
interface VectorSample {
  readonly labels: Labels;
  readonly value: number;
}

/** The value of a query at one instant. */
export type InstantResult =
  | { readonly kind: 'scalar'; readonly value: number }
  | { readonly kind: 'vector'; readonly samples: readonly VectorSample[] }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'matrix'; readonly series: readonly Series[] };

/**
 * The value of a parsed query at every instant of a grid, after Prometheus 3's rules. What PromQL
 * has and this engine has not is refused by name (`bad_data`); data without an answer, such as two
 * series for one match, are an `execution` error.
 */
export function evaluate(expr: Expr, grid: Grid, source: SampleSource): Result<Value, PromqlError> {
  const refusal = unsupported(expr);
  if (refusal !== undefined) return err(refusal);
  const steps = stepCount(grid);
  if (!(steps >= 1)) throw new Error(`a grid that ends before it starts: ${JSON.stringify(grid)}`);
  if (steps > CELLS_MAX) return tooManySamples();
  const context: EvalContext = {
    startMs: grid.startMs,
    stepMs: grid.stepMs,
    steps,
    query: grid,
    source,
    evaluate: evalExpr,
  };
  return evalExpr(expr, context);
}

/** The value of a parsed query at one instant. */
export function evaluateInstant(
  expr: Expr,
  atMs: number,
  source: SampleSource,
): Result<InstantResult, PromqlError> {
  const value = evaluate(expr, { startMs: atMs, endMs: atMs, stepMs: 0 }, source);
  if (!value.ok) return value;
  switch (value.value.kind) {
    case 'scalar':
      return ok({ kind: 'scalar', value: value.value.values[0] ?? Number.NaN });
    case 'vector': {
      const { labels, values } = value.value.block;
      const samples = labels.map((rowLabels, row) => ({
        labels: rowLabels,
        value: values[row] ?? Number.NaN,
      }));
      return ok({ kind: 'vector', samples });
    }
    default:
      return ok(value.value);
  }
}

function evalExpr(expr: Expr, context: EvalContext): Result<Value, PromqlError> {
  switch (expr.kind) {
    case 'number':
      return ok({ kind: 'scalar', values: new Float64Array(context.steps).fill(expr.value) });
    case 'string':
      return ok({ kind: 'string', value: expr.value });
    case 'paren':
      return evalExpr(expr.expr, context);
    case 'vectorSelector': {
      const block = evalSelector(expr, context);
      return block.ok ? ok({ kind: 'vector', block: block.value }) : block;
    }
    case 'matrixSelector':
    case 'subquery': {
      const series = evalTopRange(expr, context);
      return series.ok ? ok({ kind: 'matrix', series: series.value }) : series;
    }
    case 'unary':
      return evalUnary(expr.op, expr.expr, context);
    case 'binary':
      return evalBinary(expr, context);
    case 'call':
      return evalCall(expr, context);
    case 'aggregate':
      return evalAggregate(expr, context);
  }
}

function evalUnary(op: '+' | '-', inner: Expr, context: EvalContext): Result<Value, PromqlError> {
  const value = evalExpr(unwrapParens(inner), context);
  if (!value.ok || op === '+') return value;
  if (value.value.kind === 'scalar')
    return ok({ kind: 'scalar', values: value.value.values.map((v) => -v) });
  if (value.value.kind !== 'vector') return executionError(`-(${value.value.kind})`);
  const { block } = value.value;
  const negated = withoutMetricNames({ ...block, values: block.values.map((v) => -v) });
  return negated.ok ? ok({ kind: 'vector', block: negated.value }) : negated;
}
