import { ok, type Result } from '../result.ts';
import { METRIC_NAME } from '../series/labels.ts';
import { isStaleAt, type Series, type Summary } from '../series/series.ts';
import type { PromqlError, VectorSelector } from './ast.ts';
import { type Block, BlockBuilder, tooManySamples } from './block.ts';
import { atMs, type EvalContext, stepMs, stopped } from './context.ts';
import { marked } from './delayed-names.ts';
import { countUpTo, interpolate, withoutStale } from './samples.ts';

/**
 * An instant vector selector at every step: the last sample younger than the lookback, unless it is
 * a staleness marker. With `timestamps` the values are the samples' own times, in seconds.
 */
export function evalSelector(
  selector: VectorSelector,
  context: EvalContext,
  what: 'values' | 'timestamps' = 'values',
): Result<Block, PromqlError> {
  const fixedMs = atMs(selector.at, context);
  const firstMs = (fixedMs ?? context.startMs) - selector.offsetMs;
  const lastMs = (fixedMs ?? stepMs(context, context.steps - 1)) - selector.offsetMs;
  const { steps, lookbackMs } = context;
  const smoothed = selector.extended === 'smoothed' && what === 'values';
  const series = context.source.select(
    selector.matchers,
    firstMs - lookbackMs + 1,
    lastMs + (smoothed ? lookbackMs : 0),
  );
  if (series.length * steps > context.cellsMax) return tooManySamples();
  const out = new BlockBuilder(series.length, steps);
  const advanceMs = fixedMs === undefined ? context.stepMs : 0;
  for (const [row, one] of series.entries()) {
    const stop = stopped(context, row);
    if (stop !== undefined) return stop;
    if (smoothed)
      fillSmoothedRow(
        withoutStale(one, firstMs - lookbackMs + 1, lastMs + lookbackMs),
        firstMs,
        advanceMs,
        lookbackMs,
        out,
      );
    else fillRow(one, firstMs, advanceMs, lookbackMs, out, what);
    out.commit(context.delayedNames ? marked(one.labels, false) : one.labels);
  }
  const named = selector.matchers.some(({ name, op }) => name === METRIC_NAME && op === '=');
  return ok(out.finish(named));
}

function fillRow(
  { timestamps, values, summary }: Series,
  firstMs: number,
  advanceMs: number,
  lookbackMs: number,
  out: BlockBuilder,
  what: 'values' | 'timestamps',
): void {
  const { base, steps } = out;
  let index = countUpTo(timestamps, firstMs, 0);
  for (let step = 0; step < steps; step++) {
    const instantMs = firstMs + step * advanceMs;
    while (index < timestamps.length && (timestamps[index] ?? 0) <= instantMs) index++;
    if (index === 0) continue;
    const sampleMs = timestamps[index - 1] ?? 0;
    const value = values[index - 1] ?? Number.NaN;
    if (sampleMs <= instantMs - reachMs(summary, index - 1, lookbackMs)) continue;
    if (Number.isNaN(value) && isStaleAt(values, index - 1)) continue;
    out.values[base + step] = what === 'values' ? value : sampleMs / 1000;
    out.present[base + step] = 1;
  }
}

/** How long a sample is good for: one that stands for many, until the next such may be there. */
function reachMs(summary: Summary | undefined, index: number, lookbackMs: number): number {
  if (summary === undefined || (summary.count[index] ?? 0) <= 1) return lookbackMs;
  return lookbackMs + summary.spacingMs;
}

/** Each instant's value lies on the line between the samples before and after it. */
function fillSmoothedRow(
  { timestamps, values }: Series,
  firstMs: number,
  advanceMs: number,
  lookbackMs: number,
  out: BlockBuilder,
): void {
  const { base, steps } = out;
  for (let step = 0; step < steps; step++) {
    const instantMs = firstMs + step * advanceMs;
    const after = countUpTo(timestamps, instantMs, 0);
    const previousMs = timestamps[after - 1] ?? Number.NEGATIVE_INFINITY;
    if (previousMs <= instantMs - lookbackMs) continue;
    const nextMs = timestamps[after] ?? Number.POSITIVE_INFINITY;
    const between = previousMs < instantMs && nextMs <= instantMs + lookbackMs;
    out.values[base + step] = between
      ? interpolate({ timestamps, values }, after - 1, instantMs)
      : (values[after - 1] ?? Number.NaN);
    out.present[base + step] = 1;
  }
}
