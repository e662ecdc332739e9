import { ok, type Result } from '../result.ts';
import { labelValue, METRIC_NAME } from '../series/labels.ts';
import type { Series } from '../series/series.ts';
import { absence } from './absence.ts';
import {
  type CallExpr,
  type MatrixSelector,
  type Position,
  type PromqlError,
  unwrapParens,
} from './ast.ts';
import { dropMetricName, mergeEqualRows } from './block.ts';
import { scalarArg } from './call-args.ts';
import { type EvalContext, executionError, type Value } from './context.ts';
import { evalRange, overWindows } from './eval-range.ts';
import { isIntegralStrategy } from './integral.ts';
import { formatGeneral } from './literals.ts';
import { NAME_KEEPING, RANGE_FUNCTIONS } from './range-functions.ts';
import { quote } from './string-literal.ts';
import { SUMMARY_FUNCTIONS } from './summary-functions.ts';
import type { Window } from './window.ts';

/** A function of a range vector: it slides over each series and gives a value per window. */
export function evalRangeCall(call: CallExpr, context: EvalContext): Result<Value, PromqlError> {
  const of = RANGE_FUNCTIONS.get(call.name);
  if (of === undefined) throw new Error(`${call.name} is no function of a range vector`);
  const ofSummary = SUMMARY_FUNCTIONS.get(call.name);
  const scalars: Float64Array[] = [];
  for (const [index, arg] of call.args.entries()) {
    if (isRange(unwrapParens(arg).kind)) continue;
    const scalar = scalarArg({ exprs: call.args, context }, index);
    if (!scalar.ok) return scalar;
    scalars.push(scalar.value);
  }
  const range = call.args.map(unwrapParens).find((arg) => isRange(arg.kind));
  if (range?.kind !== 'matrixSelector' && range?.kind !== 'subquery')
    throw new Error(`${call.name} without a range vector`);
  const misuse = range.kind === 'matrixSelector' ? extendedMisuse(range, call.name) : undefined;
  if (misuse !== undefined) return executionError(misuse);
  const input = evalRange(range, context);
  if (!input.ok) return input;
  const problem = input.value.series.length === 0 ? undefined : checkFactors(call.name, scalars);
  if (problem !== undefined) return executionError(problem);
  const rowLabels = NAME_KEEPING.has(call.name) ? undefined : dropMetricName;
  const argument = call.args.find((arg) => !isRange(unwrapParens(arg).kind));
  const noteArguments = argument && annotator(call.name, context, unwrapParens(argument).position);
  const args: number[] = [];
  // Of a subquery Prometheus does not say where it stands.
  const position = range.kind === 'subquery' ? { start: 0, end: 0 } : range.position;
  const onRow = COUNTER_FUNCTIONS.has(call.name)
    ? (series: Series) => noteCounter(series, context, position)
    : undefined;
  const block = overWindows(
    input.value,
    context,
    rowLabels,
    (window: Window) => {
      for (const [i, scalar] of scalars.entries()) args[i] = scalar[window.step] ?? Number.NaN;
      noteArguments?.(args[0] ?? Number.NaN);
      return window.summary !== undefined && ofSummary !== undefined
        ? ofSummary(window, window.summary)
        : of(window, args);
    },
    onRow,
  );
  if (!block.ok) return block;
  if (call.name === 'absent_over_time')
    return ok({ kind: 'vector', block: absence(block.value, range) });
  const merged = mergeEqualRows(block.value);
  return merged.ok ? ok({ kind: 'vector', block: merged.value }) : merged;
}

function isRange(kind: string): boolean {
  return kind === 'matrixSelector' || kind === 'subquery';
}

const ANCHORED_FUNCTIONS = ['changes', 'delta', 'increase', 'rate', 'resets'];
const SMOOTHED_FUNCTIONS = ['delta', 'increase', 'rate'];

/** Only some functions make sense of samples beyond a range's ends. */
function extendedMisuse({ selector }: MatrixSelector, name: string): string | undefined {
  const { extended } = selector;
  if (extended === undefined) return undefined;
  const allowed = extended === 'anchored' ? ANCHORED_FUNCTIONS : SMOOTHED_FUNCTIONS;
  if (allowed.includes(name)) return undefined;
  return `${extended} modifier can only be used with: ${allowed.join(', ')} - not with ${name}`;
}

/** What is to be noted of a function's scalar argument at each window. */
function annotator(
  name: string,
  { annotations }: EvalContext,
  position: Position,
): ((argument: number) => void) | undefined {
  if (name === 'quantile_over_time')
    return (q) => {
      if (!(q >= 0 && q <= 1)) annotations.invalidQuantile(q, position);
    };
  if (name === 'integral')
    return (strategy) => {
      if (isIntegralStrategy(strategy)) return;
      const got = formatGeneral(strategy);
      annotations.warn(`strategy should be 0, 1, or 2 (default), using 2, got ${got}`, position);
    };
  return undefined;
}

const COUNTER_FUNCTIONS: ReadonlySet<string> = new Set(['rate', 'increase']);

/** A name that is no counter's is worth a word where a counter is wanted. */
function noteCounter({ labels }: Series, { annotations }: EvalContext, position: Position): void {
  const name = labelValue(labels, METRIC_NAME);
  if (name === '' || /_(?:total|sum|count|bucket)$/.test(name)) return;
  annotations.info(
    `metric might not be a counter, name does not end in _total/_sum/_count/_bucket: ${quote(name)}`,
    position,
  );
}

/** Smoothing factors must lie strictly between 0 and 1. */
function checkFactors(name: string, scalars: readonly Float64Array[]): string | undefined {
  if (name !== 'double_exponential_smoothing') return undefined;
  for (const [i, what] of ['smoothing', 'trend'].entries()) {
    const wrong = scalars[i]?.find((factor) => factor <= 0 || factor >= 1);
    if (wrong !== undefined)
      return `invalid ${what} factor. Expected: 0 < ${what[0]}f < 1, got: ${wrong.toFixed(6)}`;
  }
  return undefined;
}
