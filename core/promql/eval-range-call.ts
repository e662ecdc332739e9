import { ok, type Result } from '../result.ts';
import { absence } from './absence.ts';
import { type CallExpr, type PromqlError, unwrapParens } from './ast.ts';
import { dropMetricName, mergeEqualRows } from './block.ts';
import { scalarArg } from './call-args.ts';
import { type EvalContext, executionError, type Value } from './context.ts';
import { evalRange, overWindows, type Window } from './eval-range.ts';
import { NAME_KEEPING, RANGE_FUNCTIONS } from './range-functions.ts';

/** A function of a range vector: it slides over each series and gives a value per window. */
export function evalRangeCall(call: CallExpr, context: EvalContext): Result<Value, PromqlError> {
  const of = RANGE_FUNCTIONS.get(call.name);
  if (of === undefined) throw new Error(`${call.name} is no function of a range vector`);
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
  const input = evalRange(range, context);
  if (!input.ok) return input;
  const problem = input.value.series.length === 0 ? undefined : checkFactors(call.name, scalars);
  if (problem !== undefined) return executionError(problem);
  const rowLabels = NAME_KEEPING.has(call.name) ? undefined : dropMetricName;
  const args: number[] = [];
  const block = overWindows(input.value, context, rowLabels, (window: Window) => {
    for (const [i, scalar] of scalars.entries()) args[i] = scalar[window.step] ?? Number.NaN;
    return of(window, args);
  });
  if (!block.ok) return block;
  if (call.name === 'absent_over_time')
    return ok({ kind: 'vector', block: absence(block.value, range) });
  const merged = mergeEqualRows(block.value);
  return merged.ok ? ok({ kind: 'vector', block: merged.value }) : merged;
}

function isRange(kind: string): boolean {
  return kind === 'matrixSelector' || kind === 'subquery';
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
