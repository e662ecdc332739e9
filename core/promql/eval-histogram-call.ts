import { ok, type Result } from '../result.ts';
import type { PromqlError } from './ast.ts';
import { type Block, BlockBuilder, emptyBlock, withoutMetricNames } from './block.ts';
import { type Args, scalarArg, stringArg, vector, vectorArg } from './call-args.ts';
import type { Value } from './context.ts';
import {
  bucketFraction,
  bucketQuantile,
  formatOpenMetrics,
  ofHistograms,
} from './histogram-functions.ts';

/** `histogram_quantile(q, buckets)`. */
export function evalHistogramQuantile(args: Args): Result<Value, PromqlError> {
  const q = scalarArg(args, 0);
  if (!q.ok) return q;
  const block = vectorArg(args, 1);
  if (!block.ok) return block;
  return vector(
    ofHistograms(block.value, (buckets, step) =>
      bucketQuantile(q.value[step] ?? Number.NaN, buckets),
    ),
  );
}

/** `histogram_quantiles(buckets, label, q...)`: a series per quantile, told apart by the label. */
export function evalHistogramQuantiles(args: Args): Result<Value, PromqlError> {
  const block = vectorArg(args, 0);
  if (!block.ok) return block;
  const label = stringArg(args, 1);
  const parts: Block[] = [];
  for (let i = 2; i < args.exprs.length; i++) {
    const q = scalarArg(args, i);
    if (!q.ok) return q;
    for (const value of new Set(q.value)) {
      const extra = { [label]: formatOpenMetrics(value) };
      const part = ofHistograms(block.value, (buckets) => bucketQuantile(value, buckets), extra);
      if (!part.ok) return part;
      parts.push(onlySteps(part.value, (step) => Object.is(q.value[step], value)));
    }
  }
  return vector(joinRows(parts, args.context.steps));
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
    ofHistograms(block.value, (buckets, step) =>
      bucketFraction(lower.value[step] ?? Number.NaN, upper.value[step] ?? Number.NaN, buckets),
    ),
  );
}

/** A function of native histograms: it ignores floats, which are all there is here. */
export function ofNativeHistograms(args: Args): Result<Value, PromqlError> {
  const block = vectorArg(args, 0);
  return block.ok ? vector(ok(emptyBlock(args.context.steps))) : block;
}
