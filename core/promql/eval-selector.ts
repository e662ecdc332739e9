import { ok, type Result } from '../result.ts';
import { METRIC_NAME } from '../series/labels.ts';
import { isStaleAt, type Series } from '../series/series.ts';
import type { PromqlError, VectorSelector } from './ast.ts';
import { type Block, BlockBuilder, CELLS_MAX, tooManySamples } from './block.ts';
import { atMs, type EvalContext, LOOKBACK_MS, stepMs } from './context.ts';

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
  const series = context.source.select(selector.matchers, firstMs - LOOKBACK_MS + 1, lastMs);
  const { steps } = context;
  if (series.length * steps > CELLS_MAX) return tooManySamples();
  const out = new BlockBuilder(series.length, steps);
  const advanceMs = fixedMs === undefined ? context.stepMs : 0;
  for (const one of series) {
    fillRow(one, firstMs, advanceMs, out, what);
    out.commit(one.labels);
  }
  const named = selector.matchers.some(({ name, op }) => name === METRIC_NAME && op === '=');
  return ok(out.finish(named));
}

function fillRow(
  { timestamps, values }: Series,
  firstMs: number,
  advanceMs: number,
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
    if (sampleMs <= instantMs - LOOKBACK_MS) continue;
    if (Number.isNaN(value) && isStaleAt(values, index - 1)) continue;
    out.values[base + step] = what === 'values' ? value : sampleMs / 1000;
    out.present[base + step] = 1;
  }
}

/** How many of the rising timestamps are at or before the instant; those before `from` are. */
export function countUpTo(timestamps: Float64Array, instantMs: number, from: number): number {
  let low = from;
  let high = timestamps.length;
  // The newest sample is the usual answer.
  if (high > low && (timestamps[high - 1] ?? 0) <= instantMs) return high;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((timestamps[middle] ?? 0) <= instantMs) low = middle + 1;
    else high = middle;
  }
  return low;
}
