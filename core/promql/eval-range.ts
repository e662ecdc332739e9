import { ok, type Result } from '../result.ts';
import { type Labels, METRIC_NAME } from '../series/labels.ts';
import type { Series } from '../series/series.ts';
import type { MatrixSelector, PromqlError, Subquery } from './ast.ts';
import { type Block, BlockBuilder, tooManySamples } from './block.ts';
import {
  atMs,
  type EvalContext,
  SUBQUERY_STEP_MS,
  stepMs,
  stopped,
  stoppedNow,
} from './context.ts';
import { marked } from './delayed-names.ts';
import { extendedSamples } from './extended-range.ts';
import { countUpTo, withoutStale } from './samples.ts';
import type { Window } from './window.ts';

/** Range vectors before the windows are cut: whole series, without staleness markers. */
export interface RangeInput {
  readonly series: readonly Series[];
  readonly rangeMs: number;
  /** End of the first step's window; windows are left-open: (end - range, end]. */
  readonly firstEndMs: number;
  /** How much more than the window is read before and after it: `anchored`, `smoothed`. */
  readonly beforeMs: number;
  readonly afterMs: number;
  readonly extended?: 'anchored' | 'smoothed';
  /** How far windows are apart; 0 when `@` fixes them. */
  readonly advanceMs: number;
  readonly distinct: boolean;
}

/** Loads what a range selector or subquery reads over all steps. */
export function evalRange(
  expr: MatrixSelector | Subquery,
  context: EvalContext,
): Result<RangeInput, PromqlError> {
  const selector = expr.kind === 'subquery' ? expr : expr.selector;
  const fixedMs = atMs(selector.at, context);
  const firstEndMs = (fixedMs ?? context.startMs) - selector.offsetMs;
  const lastEndMs = (fixedMs ?? stepMs(context, context.steps - 1)) - selector.offsetMs;
  const advanceMs = fixedMs === undefined ? context.stepMs : 0;
  const { rangeMs } = expr;
  if (expr.kind === 'subquery') {
    const inner = evalSubquery(expr, firstEndMs, lastEndMs, context);
    if (!inner.ok) return inner;
    return ok({ ...inner.value, rangeMs, beforeMs: 0, afterMs: 0, firstEndMs, advanceMs });
  }
  const { matchers, extended } = expr.selector;
  const beforeMs = extended === undefined ? 0 : context.lookbackMs;
  const afterMs = extended === 'smoothed' ? context.lookbackMs : 0;
  const fromMs = firstEndMs - rangeMs - beforeMs + 1;
  const toMs = lastEndMs + afterMs;
  const series = context.source
    .select(matchers, fromMs, toMs)
    .map((one) => withoutStale(one, fromMs, toMs))
    .map((one) => (context.delayedNames ? { ...one, labels: marked(one.labels, false) } : one));
  const distinct = matchers.some(({ name, op }) => name === METRIC_NAME && op === '=');
  return ok({
    series,
    rangeMs,
    beforeMs,
    afterMs,
    ...(extended === undefined ? {} : { extended }),
    firstEndMs,
    advanceMs,
    distinct,
  });
}

/** The inner expression on the subquery's own grid, whose instants are multiples of its step. */
function evalSubquery(
  expr: Subquery,
  firstEndMs: number,
  lastEndMs: number,
  context: EvalContext,
): Result<{ series: Series[]; distinct: boolean }, PromqlError> {
  const every = expr.stepMs ?? SUBQUERY_STEP_MS;
  const startMs = every * (Math.floor((firstEndMs - expr.rangeMs) / every) + 1);
  const steps = Math.floor((lastEndMs - startMs) / every) + 1;
  if (steps < 1) return ok({ series: [], distinct: true });
  if (steps > context.cellsMax) return tooManySamples();
  const value = context.evaluate(expr.expr, { ...context, startMs, stepMs: every, steps });
  if (!value.ok) return value;
  if (value.value.kind !== 'vector') throw new Error(`subquery over a ${value.value.kind}`);
  const { block } = value.value;
  return ok({ series: blockToSeries(block, startMs, every), distinct: block.distinct });
}

/** The rows of a block as series: only the steps that have a value. */
export function blockToSeries(block: Block, startMs: number, everyMs: number): Series[] {
  const { steps, present, values } = block;
  return block.labels.map((labels, row) => {
    const timestamps = new Float64Array(steps);
    const kept = new Float64Array(steps);
    let count = 0;
    for (let step = 0; step < steps; step++) {
      if (present[row * steps + step] !== 1) continue;
      timestamps[count] = startMs + step * everyMs;
      kept[count] = values[row * steps + step] ?? Number.NaN;
      count++;
    }
    return { labels, timestamps: timestamps.subarray(0, count), values: kept.subarray(0, count) };
  });
}

/** Some 10 ms of work: windows overlap, so one series may be read a hundred thousand times. */
const SAMPLES_BETWEEN_CHECKS = 1_000_000;

/**
 * Calls `of` for every window that has samples; what it gives is the cell, undefined is none.
 * `onRow` hears of every series that has a cell.
 */
export function overWindows(
  input: RangeInput,
  context: EvalContext,
  rowLabels: ((labels: Labels) => Labels) | undefined,
  of: (window: Window) => number | undefined,
  onRow?: (series: Series) => void,
): Result<Block, PromqlError> {
  const { steps } = context;
  if (input.series.length * steps > context.cellsMax) return tooManySamples();
  const out = new BlockBuilder(input.series.length, steps);
  const none = new Float64Array(0);
  const window: Window = {
    timestamps: none,
    values: none,
    summary: undefined,
    from: 0,
    to: 0,
    startMs: 0,
    endMs: 0,
    evalMs: 0,
    step: 0,
    extended: input.extended,
  };
  let read = 0;
  for (const [row, series] of input.series.entries()) {
    const stop = stopped(context, row);
    if (stop !== undefined) return stop;
    window.timestamps = series.timestamps;
    window.values = series.values;
    window.summary = series.summary;
    window.from = 0;
    window.to = 0;
    for (let step = 0; step < steps; step++) {
      moveTo(window, input, step);
      if (window.from === window.to) continue;
      read += window.to - window.from;
      if (read > SAMPLES_BETWEEN_CHECKS) {
        read = 0;
        const late = stoppedNow(context);
        if (late !== undefined) return late;
      }
      window.evalMs = stepMs(context, step);
      const cell = of(window);
      if (cell === undefined) continue;
      out.values[out.base + step] = cell;
      out.present[out.base + step] = 1;
    }
    const kept = out.commit(rowLabels === undefined ? series.labels : rowLabels(series.labels));
    if (kept) onRow?.(series);
  }
  return ok(out.finish(input.distinct));
}

function moveTo(window: Window, input: RangeInput, step: number): void {
  const { timestamps } = window;
  const { beforeMs, afterMs } = input;
  window.step = step;
  window.endMs = input.firstEndMs + step * input.advanceMs;
  window.startMs = window.endMs - input.rangeMs;
  window.from = countUpTo(timestamps, window.startMs - beforeMs, window.from);
  window.to = countUpTo(timestamps, window.endMs + afterMs, Math.max(window.to, window.from));
}

/** The samples of a range selector or subquery at the top of an instant query. */
export function evalTopRange(
  expr: MatrixSelector | Subquery,
  context: EvalContext,
): Result<readonly Series[], PromqlError> {
  if (context.steps !== 1) throw new Error('a range vector at several instants');
  const input = evalRange(expr, context);
  if (!input.ok) return input;
  const endMs = input.value.firstEndMs;
  const startMs = endMs - input.value.rangeMs;
  const series = input.value.series.map(({ labels, timestamps, values }) => {
    if (expr.kind === 'matrixSelector' && expr.selector.extended !== undefined) {
      const from = countUpTo(timestamps, startMs - input.value.beforeMs, 0);
      const to = countUpTo(timestamps, endMs + input.value.afterMs, from);
      const window = { timestamps, values, from, to, startMs, endMs };
      return { labels, ...extendedSamples(window, expr.selector.extended === 'smoothed') };
    }
    const from = countUpTo(timestamps, startMs, 0);
    const to = countUpTo(timestamps, endMs, from);
    return {
      labels,
      timestamps: timestamps.subarray(from, to),
      values: values.subarray(from, to),
    };
  });
  return ok(series.filter(({ timestamps }) => timestamps.length > 0));
}
