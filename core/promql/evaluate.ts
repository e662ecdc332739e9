import { err, ok, type Result } from '../result.ts';
import type { Labels } from '../series/labels.ts';
import type { Series } from '../series/series.ts';
import { evalAggregate } from './aggregate.ts';
import { Annotations } from './annotations.ts';
import { documentedType, type Expr, type PromqlError, unwrapParens } from './ast.ts';
import {
  type Block,
  CELLS_MAX,
  mergeEqualRows,
  tooManySamples,
  withoutMetadata,
  withoutMetricNames,
} from './block.ts';
import {
  type EvalContext,
  executionError,
  type Grid,
  LOOKBACK_MS,
  stepCount,
  stopped,
  type Value,
} from './context.ts';
import { isMarked, marked, nameGoes, withoutMark } from './delayed-names.ts';
import { evalBinary } from './eval-binary.ts';
import { evalCall } from './eval-call.ts';
import { evalTopRange } from './eval-range.ts';
import { evalSelector } from './eval-selector.ts';
import { resolveDurations } from './resolve-durations.ts';
import type { SampleSource } from './source.ts';
import { stepInvariantParts } from './step-invariant.ts';
import { valueType } from './type-check.ts';

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

/** What may be asked of an evaluation beside its value. */
export interface EvaluateOptions {
  /** Takes the warnings and infos, also those before an error. */
  readonly annotations?: Annotations;
  /** Asked every few milliseconds of work: true ends it with a `timeout` error. */
  readonly shouldStop?: () => boolean;
  /** How far back an instant vector selector looks: 5 minutes unless said. */
  readonly lookbackMs?: number;
  /** Prometheus' feature `promql-delayed-name-removal`: metric names go at the end of the query. */
  readonly delayedNameRemoval?: boolean;
  /** The most values (series times steps) that one vector may have: each takes 9 bytes. */
  readonly cellsMax?: number;
}

/**
 * The value of a parsed query at every instant of a grid, after Prometheus 3's rules. A computed
 * duration that is none for this grid is `bad_data`; data without an answer, such as two series for
 * one match, are an `execution` error.
 */
export function evaluate(
  parsed: Expr,
  grid: Grid,
  source: SampleSource,
  options: EvaluateOptions = {},
): Result<Value, PromqlError> {
  const steps = stepCount(grid);
  if (!(steps >= 1)) throw new Error(`a grid that ends before it starts: ${JSON.stringify(grid)}`);
  const type = valueType(parsed);
  if (grid.stepMs > 0 && type !== 'scalar' && type !== 'vector') {
    const message = `invalid expression type "${documentedType(type)}" for range query, must be Scalar or instant Vector`;
    return err({ code: 'bad_data', message });
  }
  const cellsMax = options.cellsMax ?? CELLS_MAX;
  if (steps > cellsMax) return tooManySamples();
  const resolved = resolveDurations(parsed, grid);
  if (!resolved.ok) return resolved;
  const context: EvalContext = {
    startMs: grid.startMs,
    stepMs: grid.stepMs,
    steps,
    query: grid,
    source,
    evaluate: evalExpr,
    annotations: options.annotations ?? new Annotations(),
    shouldStop: options.shouldStop ?? (() => false),
    lookbackMs: options.lookbackMs ?? LOOKBACK_MS,
    cellsMax,
    delayedNames: options.delayedNameRemoval ?? false,
    invariant: stepInvariantParts(resolved.value),
  };
  const value = evalExpr(resolved.value, context);
  return context.delayedNames && value.ok ? removeNames(value.value) : value;
}

/** Takes away the names that were to go, and the marks. */
function removeNames(value: Value): Result<Value, PromqlError> {
  const removed = (labels: Labels) =>
    nameGoes(labels) ? withoutMetadata(labels) : withoutMark(labels);
  if (value.kind === 'matrix') {
    const series = value.series.map((one) => ({ ...one, labels: removed(one.labels) }));
    return ok({ kind: 'matrix', series });
  }
  if (value.kind !== 'vector') return ok(value);
  const { block } = value;
  const merged = mergeEqualRows({ ...block, labels: block.labels.map(removed), distinct: false });
  return merged.ok ? ok({ kind: 'vector', block: merged.value }) : merged;
}

/** The value of a parsed query at one instant. */
export function evaluateInstant(
  expr: Expr,
  atMs: number,
  source: SampleSource,
  options: EvaluateOptions = {},
): Result<InstantResult, PromqlError> {
  const value = evaluate(expr, { startMs: atMs, endMs: atMs, stepMs: 0 }, source, options);
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
  const stop = stopped(context, 0);
  if (stop !== undefined) return stop;
  if (context.steps === 1 || !context.invariant.has(expr)) return evalMarked(expr, context);
  const { steps } = context;
  const value = evalMarked(expr, { ...context, steps: 1 });
  if (!value.ok) return value;
  switch (value.value.kind) {
    case 'scalar':
      return ok({
        kind: 'scalar',
        values: new Float64Array(steps).fill(value.value.values[0] ?? Number.NaN),
      });
    case 'vector': {
      const { block } = value.value;
      if (block.labels.length * steps > context.cellsMax) return tooManySamples();
      return ok({ kind: 'vector', block: repeated(block, steps) });
    }
    default:
      return value;
  }
}

/** While names are put off, series that never had one are marked too: equal labels are equal series. */
function evalMarked(expr: Expr, context: EvalContext): Result<Value, PromqlError> {
  const value = evalPart(expr, context);
  if (!context.delayedNames || !value.ok || value.value.kind !== 'vector') return value;
  const { block } = value.value;
  if (block.labels.every(isMarked)) return value;
  const labels = block.labels.map((one) => (isMarked(one) ? one : marked(one, false)));
  return ok({ kind: 'vector', block: { ...block, labels } });
}

/** A block of one step, at every one of many. */
function repeated(block: Block, steps: number): Block {
  const values = new Float64Array(block.values.length * steps);
  for (let row = 0; row < block.values.length; row++)
    values.fill(block.values[row] ?? Number.NaN, row * steps, (row + 1) * steps);
  // A row of one step has a value there, or it would not be.
  return { ...block, values, present: new Uint8Array(values.length).fill(1), steps };
}

function evalPart(expr: Expr, context: EvalContext): Result<Value, PromqlError> {
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
