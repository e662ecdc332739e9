import { ok, type Result } from '../result.ts';
import { type Labels, labelValue, METRIC_NAME } from '../series/labels.ts';
import type { MonotonicityFix } from './annotations.ts';
import { type Position, type PromqlError, unwrapParens } from './ast.ts';
import { type Block, BlockBuilder, emptyBlock, withoutMetricNames } from './block.ts';
import { type Args, scalarArg, stringArg, vector, vectorArg } from './call-args.ts';
import { stepMs, type Value } from './context.ts';
import { isMarked } from './delayed-names.ts';
import {
  bucketFraction,
  bucketQuantile,
  formatOpenMetrics,
  ofHistograms,
} from './histogram-functions.ts';
import { quote } from './string-literal.ts';

/** `histogram_quantile(q, buckets)`. */
export function evalHistogramQuantile(args: Args): Result<Value, PromqlError> {
  const q = scalarArg(args, 0);
  if (!q.ok) return q;
  const block = vectorArg(args, 1);
  if (!block.ok) return block;
  noteQuantiles(args, 0, q.value);
  return vector(
    ofHistograms(
      block.value,
      (buckets, step, labels) =>
        bucketQuantile(q.value[step] ?? Number.NaN, buckets, noteFix(args, 1, step, labels)),
      noteBadBounds(args, 1),
    ),
  );
}

/** `histogram_quantiles(buckets, label, q...)`: a series per quantile, told apart by the label. */
export function evalHistogramQuantiles(args: Args): Result<Value, PromqlError> {
  const block = vectorArg(args, 0);
  if (!block.ok) return block;
  const label = stringArg(args, 1);
  const parts: Block[] = [];
  // Buckets are mended once for all quantiles: only the first that looks at them says so.
  const notedBy = new Map<number, number>();
  const isFirst = (step: number, index: number) => {
    if (!notedBy.has(step)) notedBy.set(step, index);
    return notedBy.get(step) === index;
  };
  for (let i = 2; i < args.exprs.length; i++) {
    const q = scalarArg(args, i);
    if (!q.ok) return q;
    noteQuantiles(args, i, q.value);
    // -0 is 0 here, as a key in Go is: a Set holds it so.
    for (const value of new Set(q.value)) {
      const extra = { [label]: formatOpenMetrics(value) };
      const wanted = (step: number) =>
        q.value[step] === value || (Number.isNaN(value) && Number.isNaN(q.value[step]));
      const part = ofHistograms(
        block.value,
        (buckets, step, labels) =>
          bucketQuantile(value, buckets, (fix) => {
            if (wanted(step) && isFirst(step, i)) noteFix(args, 0, step, labels)(fix);
          }),
        noteBadBounds(args, 0),
        extra,
      );
      if (!part.ok) return part;
      parts.push(onlySteps(part.value, wanted));
    }
  }
  return vector(joinRows(parts, args.context.steps));
}

function positionOf({ exprs }: Args, index: number): Position {
  const expr = exprs[index];
  if (expr === undefined) throw new Error(`argument ${index} is missing`);
  return unwrapParens(expr).position;
}

function noteQuantiles(args: Args, index: number, quantiles: Float64Array): void {
  for (const q of quantiles)
    if (!(q >= 0 && q <= 1)) args.context.annotations.invalidQuantile(q, positionOf(args, index));
}

/** The metric's name, which Prometheus says only where names go at the end. */
function ofMetric(labels: Labels): string {
  const name = isMarked(labels) ? labelValue(labels, METRIC_NAME) : '';
  return name === '' ? '' : ` for metric name ${quote(name)}`;
}

function noteFix(
  args: Args,
  index: number,
  step: number,
  labels: Labels,
): (fix: MonotonicityFix) => void {
  return (fix) =>
    args.context.annotations.forcedMonotonicity(
      fix,
      stepMs(args.context, step),
      positionOf(args, index),
      ofMetric(labels),
    );
}

function noteBadBounds(args: Args, index: number): (bound: string, labels: Labels) => void {
  return (bound, labels) =>
    args.context.annotations.warn(
      `bucket label "le" is missing or has a malformed value of ${quote(bound)}${ofMetric(labels)}`,
      positionOf(args, index),
    );
}

function onlySteps(block: Block, keep: (step: number) => boolean): Block {
  const present = block.present.map((cell, i) => (keep(i % block.steps) ? cell : 0));
  return { ...block, present };
}

function joinRows(parts: readonly Block[], steps: number): Result<Block, PromqlError> {
  const out = new BlockBuilder(
    parts.reduce((sum, part) => sum + part.labels.length, 0),
    steps,
  );
  for (const part of parts) {
    for (const [row, labels] of part.labels.entries()) {
      out.values.set(part.values.subarray(row * steps, (row + 1) * steps), out.base);
      out.present.set(part.present.subarray(row * steps, (row + 1) * steps), out.base);
      out.commit(labels);
    }
  }
  return withoutMetricNames(out.finish(false));
}

/** `histogram_fraction(lower, upper, buckets)`. */
export function evalHistogramFraction(args: Args): Result<Value, PromqlError> {
  const lower = scalarArg(args, 0);
  if (!lower.ok) return lower;
  const upper = scalarArg(args, 1);
  if (!upper.ok) return upper;
  const block = vectorArg(args, 2);
  if (!block.ok) return block;
  return vector(
    ofHistograms(
      block.value,
      (buckets, step) =>
        bucketFraction(lower.value[step] ?? Number.NaN, upper.value[step] ?? Number.NaN, buckets),
      noteBadBounds(args, 2),
    ),
  );
}

/** A function of native histograms: it ignores floats, which are all there is here. */
export function ofNativeHistograms(args: Args): Result<Value, PromqlError> {
  const block = vectorArg(args, 0);
  return block.ok ? vector(ok(emptyBlock(args.context.steps))) : block;
}
