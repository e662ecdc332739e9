import { ok, type Result } from '../result.ts';
import { NO_LABELS } from '../series/labels.ts';
import { absence } from './absence.ts';
import { type CallExpr, type PromqlError, unwrapParens } from './ast.ts';
import { type Block, BlockBuilder, singleRow, withoutMetricNames } from './block.ts';
import {
  type Args,
  mapVector,
  scalarArg,
  stringArg,
  stringArgs,
  vector,
  vectorArg,
} from './call-args.ts';
import { type EvalContext, stepMs, type Value } from './context.ts';
import {
  evalHistogramFraction,
  evalHistogramQuantile,
  evalHistogramQuantiles,
  ofNativeHistograms,
} from './eval-histogram-call.ts';
import { evalInfo } from './eval-info.ts';
import { evalRangeCall } from './eval-range-call.ts';
import { evalSelector } from './eval-selector.ts';
import { labelJoin, labelReplace } from './label-functions.ts';
import { DATE_FUNCTIONS, MATH_FUNCTIONS } from './math-functions.ts';
import { max, min } from './numerics.ts';
import { RANGE_FUNCTIONS } from './range-functions.ts';
import { sortByLabels, sortByValue } from './sort-functions.ts';

type CallResult = Result<Value, PromqlError>;

/** The value of a function call. */
export function evalCall(call: CallExpr, context: EvalContext): CallResult {
  const args: Args = { exprs: call.args, context };
  if (RANGE_FUNCTIONS.has(call.name)) return evalRangeCall(call, context);
  const math = MATH_FUNCTIONS.get(call.name);
  if (math !== undefined) return vector(mapVector(args, 0, math));
  const date = DATE_FUNCTIONS.get(call.name);
  if (date !== undefined) return vector(evalDate(args, date));
  const special = SPECIAL.get(call.name);
  if (special === undefined) throw new Error(`no implementation of ${call.name}`);
  return special(args, call);
}

const SPECIAL: ReadonlyMap<string, (args: Args, call: CallExpr) => CallResult> = new Map([
  ['time', ({ context }: Args) => scalarOf(context, (step) => stepMs(context, step) / 1000)],
  ['pi', ({ context }: Args) => scalarOf(context, () => Math.PI)],
  ['start', ({ context }: Args) => scalarOf(context, () => context.query.startMs / 1000)],
  ['end', ({ context }: Args) => scalarOf(context, () => context.query.endMs / 1000)],
  ['step', ({ context }: Args) => scalarOf(context, () => queryStepMs(context) / 1000)],
  [
    'range',
    ({ context }: Args) =>
      scalarOf(context, () => (context.query.endMs - context.query.startMs) / 1000),
  ],
  ['min_of', (args: Args) => ofTwoScalars(args, min)],
  ['max_of', (args: Args) => ofTwoScalars(args, max)],
  ['vector', evalVector],
  ['scalar', evalScalar],
  ['timestamp', evalTimestamp],
  ['round', evalRound],
  ['clamp', (args: Args) => evalClamp(args, 1, 2)],
  ['clamp_min', (args: Args) => evalClamp(args, 1, undefined)],
  ['clamp_max', (args: Args) => evalClamp(args, undefined, 1)],
  ['absent', evalAbsent],
  ['label_replace', evalLabelReplace],
  ['label_join', evalLabelJoin],
  ['sort', (args: Args, c: CallExpr) => sorted(args, c, (block) => sortByValue(block, false))],
  ['sort_desc', (args: Args, c: CallExpr) => sorted(args, c, (block) => sortByValue(block, true))],
  ['sort_by_label', (args: Args, call: CallExpr) => sortedByLabels(args, call, false)],
  ['sort_by_label_desc', (args: Args, call: CallExpr) => sortedByLabels(args, call, true)],
  ['info', evalInfo],
  ['histogram_quantile', evalHistogramQuantile],
  ['histogram_quantiles', evalHistogramQuantiles],
  ['histogram_fraction', evalHistogramFraction],
  ['histogram_avg', ofNativeHistograms],
  ['histogram_count', ofNativeHistograms],
  ['histogram_stddev', ofNativeHistograms],
  ['histogram_stdvar', ofNativeHistograms],
  ['histogram_sum', ofNativeHistograms],
  // Samples here have no start timestamps, as in Prometheus unless it is told to keep them.
  ['start_timestamp', ofNativeHistograms],
]);

function scalarOf(context: EvalContext, of: (step: number) => number): CallResult {
  const values = Float64Array.from({ length: context.steps }, (_, step) => of(step));
  return ok({ kind: 'scalar', values });
}

function queryStepMs({ query }: EvalContext): number {
  return query.startMs === query.endMs ? 0 : query.stepMs;
}

function ofTwoScalars(args: Args, of: (a: number, b: number) => number): CallResult {
  const a = scalarArg(args, 0);
  if (!a.ok) return a;
  const b = scalarArg(args, 1);
  if (!b.ok) return b;
  return scalarOf(args.context, (step) => of(a.value[step] ?? 0, b.value[step] ?? 0));
}

function evalDate(args: Args, of: (seconds: number) => number): Result<Block, PromqlError> {
  if (args.exprs.length > 0) return mapVector(args, 0, of);
  const { context } = args;
  return ok(singleRow(NO_LABELS, context.steps, (step) => of(stepMs(context, step) / 1000)));
}

function evalVector(args: Args): CallResult {
  const scalar = scalarArg(args, 0);
  if (!scalar.ok) return scalar;
  return vector(ok(singleRow(NO_LABELS, args.context.steps, (step) => scalar.value[step])));
}

function evalScalar(args: Args): CallResult {
  const block = vectorArg(args, 0);
  if (!block.ok) return block;
  const { labels, values, present, steps } = block.value;
  return scalarOf(args.context, (step) => {
    let found: number | undefined;
    for (let row = 0; row < labels.length; row++) {
      if (present[row * steps + step] !== 1) continue;
      if (found !== undefined) return Number.NaN;
      found = values[row * steps + step];
    }
    return found ?? Number.NaN;
  });
}

function evalTimestamp(args: Args): CallResult {
  const [expr] = args.exprs;
  const selector = expr === undefined ? undefined : unwrapParens(expr);
  if (selector?.kind === 'vectorSelector') {
    const block = evalSelector(selector, args.context, 'timestamps');
    return block.ok ? vector(withoutMetricNames(block.value)) : block;
  }
  return vector(mapVector(args, 0, (_, step) => stepMs(args.context, step) / 1000));
}

function evalRound(args: Args): CallResult {
  const nearest = scalarArg(args, 1, 1);
  if (!nearest.ok) return nearest;
  return vector(
    mapVector(args, 0, (value, step) => {
      // The inverse loses less to rounding than a division by the step.
      const inverse = 1 / (nearest.value[step] ?? 1);
      return Math.floor(value * inverse + 0.5) / inverse;
    }),
  );
}

function evalClamp(args: Args, minAt: number | undefined, maxAt: number | undefined): CallResult {
  const lower = minAt === undefined ? undefined : scalarArg(args, minAt);
  if (lower?.ok === false) return lower;
  const upper = maxAt === undefined ? undefined : scalarArg(args, maxAt);
  if (upper?.ok === false) return upper;
  const lowest = (step: number) => lower?.value[step] ?? Number.NEGATIVE_INFINITY;
  const highest = (step: number) => upper?.value[step] ?? Number.POSITIVE_INFINITY;
  const block = vectorArg(args, 0);
  if (!block.ok) return block;
  const { labels, values, present, steps, distinct } = block.value;
  const out = new BlockBuilder(labels.length, steps);
  for (const [row, rowLabels] of labels.entries()) {
    for (let step = 0; step < steps; step++) {
      const from = row * steps + step;
      // Where the bounds cross there is no result.
      if (present[from] !== 1 || highest(step) < lowest(step)) continue;
      const value = values[from] ?? Number.NaN;
      out.values[out.base + step] = max(lowest(step), min(highest(step), value));
      out.present[out.base + step] = 1;
    }
    out.commit(rowLabels);
  }
  return vector(withoutMetricNames(out.finish(distinct)));
}

function evalAbsent(args: Args): CallResult {
  const block = vectorArg(args, 0);
  if (!block.ok) return block;
  return vector(ok(absence(block.value, args.exprs[0])));
}

function evalLabelReplace(args: Args): CallResult {
  const block = vectorArg(args, 0);
  if (!block.ok) return block;
  const [destination, replacement, source, pattern] = [1, 2, 3, 4].map((i) => stringArg(args, i));
  return vector(
    labelReplace(block.value, destination ?? '', replacement ?? '', source ?? '', pattern ?? ''),
  );
}

function evalLabelJoin(args: Args): CallResult {
  const block = vectorArg(args, 0);
  if (!block.ok) return block;
  const [destination = '', separator = '', ...sources] = stringArgs(args);
  return vector(labelJoin(block.value, destination, separator, sources));
}

function sorted(args: Args, call: CallExpr, sort: (block: Block) => Block): CallResult {
  const { context } = args;
  if (context.steps > 1)
    context.annotations.warn(
      'sort is ineffective for range queries since results are always ordered by labels',
      call.position,
    );
  const block = vectorArg(args, 0);
  return block.ok ? vector(ok(sort(block.value))) : block;
}

function sortedByLabels(args: Args, call: CallExpr, descending: boolean): CallResult {
  return sorted(args, call, (block) => sortByLabels(block, stringArgs(args), descending));
}
