import { ok, type Result } from '../result.ts';
import { type Expr, type PromqlError, unwrapParens } from './ast.ts';
import { type Block, withoutMetricNames } from './block.ts';
import type { EvalContext, Value } from './context.ts';

/** A function's arguments, evaluated when asked for. */
export interface Args {
  readonly exprs: readonly Expr[];
  readonly context: EvalContext;
}

/** The instant vector that an argument is. */
export function vectorArg({ exprs, context }: Args, index: number): Result<Block, PromqlError> {
  const expr = exprs[index];
  if (expr === undefined) throw new Error(`argument ${index} is missing`);
  const value = context.evaluate(expr, context);
  if (!value.ok) return value;
  if (value.value.kind !== 'vector') throw new Error(`argument ${index} is a ${value.value.kind}`);
  return ok(value.value.block);
}

/** A scalar argument at every step; `missing` when it was left out. */
export function scalarArg(
  { exprs, context }: Args,
  index: number,
  missing = Number.NaN,
): Result<Float64Array, PromqlError> {
  const expr = exprs[index];
  if (expr === undefined) return ok(new Float64Array(context.steps).fill(missing));
  const value = context.evaluate(expr, context);
  if (!value.ok) return value;
  if (value.value.kind !== 'scalar') throw new Error(`argument ${index} is a ${value.value.kind}`);
  return ok(value.value.values);
}

/** The text of a string argument: always a literal. */
export function stringArg({ exprs }: Args, index: number): string {
  const expr = exprs[index];
  const literal = expr === undefined ? undefined : unwrapParens(expr);
  if (literal?.kind !== 'string') throw new Error(`argument ${index} is no string literal`);
  return literal.value;
}

/** The text of every argument after the first. */
export function stringArgs(args: Args): string[] {
  return args.exprs.slice(1).map((_, i) => stringArg(args, i + 1));
}

/** A block as a value. */
export function vector(block: Result<Block, PromqlError>): Result<Value, PromqlError> {
  return block.ok ? ok({ kind: 'vector', block: block.value }) : block;
}

/** Every sample through a function; the metric name goes, since the values mean something else. */
export function mapVector(
  args: Args,
  index: number,
  of: (value: number, step: number) => number,
): Result<Block, PromqlError> {
  const block = vectorArg(args, index);
  if (!block.ok) return block;
  const { values, steps } = block.value;
  const mapped = new Float64Array(values.length);
  for (let i = 0; i < values.length; i++) mapped[i] = of(values[i] ?? Number.NaN, i % steps);
  return withoutMetricNames({ ...block.value, values: mapped });
}
