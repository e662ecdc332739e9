import { askPage } from '../../api/client.ts';
import { ApiFailure } from '../../api/failure.ts';
import type { Labels } from '../../api/prometheus.ts';
import { alignMatrix, type Line, type MatrixSeries } from '../../chart/lines.ts';
import { type ChartGrid, gridEndMs, gridOf, stepsOf } from '../../chart/range.ts';
import type { PanelState } from './address.ts';
import type { TableRow } from './copy.ts';
import { identity } from './series-names.ts';
import { type Threshold, thresholdOf } from './threshold.ts';

/** What comes beside an answer. */
export interface Notes {
  readonly warnings: readonly string[];
  readonly infos: readonly string[];
  /** From the question to the answer, as it was seen here. */
  readonly tookMs: number;
}

export interface TableAnswer extends Notes {
  readonly type: 'vector' | 'matrix' | 'scalar' | 'string';
  readonly rows: readonly TableRow[];
  readonly atMs: number;
}

export interface GraphAnswer extends Notes {
  readonly grid: ChartGrid;
  readonly lines: readonly Line[];
  /** What is drawn across; absent: the expression compares with no number. */
  readonly threshold?: Threshold;
  /** The expression has a threshold, and reading all that it is compared with would be too much. */
  readonly isOnlyBeyond: boolean;
}

/** A table of more rows nobody reads; whoever wants more narrows the expression, or asks the API. */
const ROWS_MOST = 5000;
/** More series are more than a browser draws at once, or anybody sees; some 10 MB of an hour, 1 MB on the way. */
export const SERIES_MOST = 1000;

type Sample = readonly [seconds: number, value: string];

type InstantJson =
  | {
      readonly resultType: 'vector';
      readonly result: readonly { readonly metric: Labels; readonly value: Sample }[];
    }
  | { readonly resultType: 'matrix'; readonly result: readonly MatrixSeries[] }
  | { readonly resultType: 'scalar' | 'string'; readonly result: Sample };

/** What the expression gives at a moment. Rejects with `ApiFailure`. */
export async function askTable(
  expr: string,
  atMs: number,
  signal: AbortSignal,
): Promise<TableAnswer> {
  const startedMs = performance.now();
  const form = { query: expr, time: String(atMs / 1000), limit: String(ROWS_MOST) };
  const { data, warnings, infos } = await askPage<InstantJson>('api/v1/query', { form, signal });
  const tookMs = performance.now() - startedMs;
  return { type: data.resultType, rows: rowsOf(data), atMs, warnings, infos, tookMs };
}

function rowsOf(data: InstantJson): TableRow[] {
  if (data.resultType === 'vector')
    return data.result.map(({ metric, value: [seconds, value] }) => ({
      ...{ labels: metric, value, atMs: seconds * 1000 },
    }));
  if (data.resultType === 'matrix')
    return data.result.flatMap(({ metric, values = [] }): TableRow[] => {
      const last = values.at(-1);
      if (last === undefined) return [];
      return [{ labels: metric, value: last[1], atMs: last[0] * 1000, samples: values.length }];
    });
  return [{ labels: {}, value: data.result[1], atMs: data.result[0] * 1000 }];
}

/** The instants a panel's chart is drawn at, when it is now `nowMs`. */
export function gridOfPanel({ rangeMs, endMs, stepMs }: PanelState, nowMs: number): ChartGrid {
  const toMs = endMs ?? nowMs;
  const span = { fromMs: toMs - rangeMs, toMs };
  return gridOf(span, Math.max(stepMs ?? stepsOf(span).stepMs, MIN_STEP_MS));
}

/** As fine as samples are stored. */
const MIN_STEP_MS = 1;

/**
 * What the expression gave over a time. The left side of a comparison with a number is what a chart of it is about: the
 * expression itself has nothing to show but what is beyond the threshold. Rejects with `ApiFailure`.
 */
export async function askGraph(
  expr: string,
  grid: ChartGrid,
  signal: AbortSignal,
): Promise<GraphAnswer> {
  const startedMs = performance.now();
  const threshold = thresholdOf(expr);
  const whole =
    threshold === undefined
      ? undefined
      : await askRange(threshold.left, grid, signal).catch(ifRefused);
  const { data, warnings, infos } = whole ?? (await askRange(expr, grid, signal));
  return {
    grid,
    lines: alignMatrix(data.result, grid),
    ...(threshold === undefined ? {} : { threshold }),
    isOnlyBeyond: threshold !== undefined && whole === undefined,
    ...{ warnings, infos, tookMs: performance.now() - startedMs },
  };
}

function askRange(expr: string, grid: ChartGrid, signal: AbortSignal) {
  const form = {
    query: expr,
    start: String(grid.startMs / 1000),
    end: String(gridEndMs(grid) / 1000),
    step: String(grid.stepMs / 1000),
    limit: String(SERIES_MOST),
  };
  return askPage<{ readonly result: readonly MatrixSeries[] }>('api/v1/query_range', {
    ...{ form, signal },
  });
}

/**
 * The whole fleet may be more than a query may read, where what fires is not. And of what is wrong the places are those
 * of the whole expression.
 */
function ifRefused(error: unknown): undefined {
  if (error instanceof ApiFailure && (error.status === 422 || error.status === 400))
    return undefined;
  throw error;
}

/** Lines that are beyond the threshold at the end: what fires, or is about to. */
export function beyondAtEnd({ lines, threshold }: GraphAnswer): ReadonlySet<string> {
  if (threshold === undefined) return new Set();
  const { op, value } = threshold;
  const isBeyond = (last: number): boolean => {
    if (op === '>') return last > value;
    if (op === '>=') return last >= value;
    if (op === '<') return last < value;
    if (op === '<=') return last <= value;
    return op === '==' ? last === value : last !== value;
  };
  const found = lines.filter(({ values }) => {
    const last = values.at(-1);
    return last !== null && last !== undefined && isBeyond(last);
  });
  return new Set(found.map(({ labels }) => identity(labels)));
}
