import { ask } from './client.ts';

export type Labels = Readonly<Record<string, string>>;

/** A series' value at one moment. */
export interface InstantSeries {
  readonly labels: Labels;
  readonly value: number;
  readonly atMs: number;
}

/** A series' values over a range, the oldest first; where there was no sample there is none here. */
export interface RangeSeries {
  readonly labels: Labels;
  readonly points: readonly (readonly [atMs: number, value: number])[];
}

/** What an expression gives at a moment. */
export interface InstantResult {
  readonly type: 'vector' | 'scalar' | 'string' | 'matrix';
  readonly series: readonly InstantSeries[];
  /** Of a range selector. */
  readonly ranges: readonly RangeSeries[];
  /** Of a string. */
  readonly text?: string;
}

type Sample = readonly [seconds: number, value: string];

type Answer =
  | { readonly resultType: 'vector'; readonly result: readonly InstantJson[] }
  | { readonly resultType: 'matrix'; readonly result: readonly RangeJson[] }
  | { readonly resultType: 'scalar' | 'string'; readonly result: Sample };

interface InstantJson {
  readonly metric: Labels;
  readonly value: Sample;
}

interface RangeJson {
  readonly metric: Labels;
  readonly values: readonly Sample[];
}

/** Evaluates an expression at a moment; now, where none is named. Rejects with `ApiFailure`. */
export async function query(
  expr: string,
  atMs?: number,
  signal?: AbortSignal,
): Promise<InstantResult> {
  const form = { query: expr, ...(atMs === undefined ? {} : { time: String(atMs / 1000) }) };
  return resultOf(await ask<Answer>('api/v1/query', { form, ...withSignal(signal) }));
}

function resultOf(answer: Answer): InstantResult {
  const type = answer.resultType;
  const none = { series: [], ranges: [] };
  if (type === 'matrix') return { type, series: [], ranges: answer.result.map(rangeOf) };
  if (type === 'vector')
    return {
      ...{ type, ranges: [] },
      series: answer.result.map(({ metric, value: [seconds, text] }) => ({
        ...{ labels: metric, value: numberOf(text), atMs: seconds * 1000 },
      })),
    };
  const [seconds, text] = answer.result;
  if (type === 'string') return { type, ...none, text };
  return {
    ...{ type, ranges: [] },
    series: [{ labels: {}, value: numberOf(text), atMs: seconds * 1000 }],
  };
}

export interface RangeQuestion {
  readonly expr: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly stepMs: number;
}

/** Evaluates an expression at each step of a range. Rejects with `ApiFailure`. */
export async function queryRange(
  { expr, startMs, endMs, stepMs }: RangeQuestion,
  signal?: AbortSignal,
): Promise<readonly RangeSeries[]> {
  const form = {
    query: expr,
    start: String(startMs / 1000),
    end: String(endMs / 1000),
    step: String(stepMs / 1000),
  };
  const { result } = await ask<{ readonly result: readonly RangeJson[] }>('api/v1/query_range', {
    ...{ form, ...withSignal(signal) },
  });
  return result.map(rangeOf);
}

function rangeOf({ metric, values }: RangeJson): RangeSeries {
  return {
    labels: metric,
    points: values.map(([seconds, text]) => [Math.round(seconds * 1000), numberOf(text)]),
  };
}

/** Prometheus writes numbers as texts, infinities among them. */
function numberOf(text: string): number {
  if (text === '+Inf') return Number.POSITIVE_INFINITY;
  if (text === '-Inf') return Number.NEGATIVE_INFINITY;
  return Number(text);
}

function withSignal(signal: AbortSignal | undefined): { readonly signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}
