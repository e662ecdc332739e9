import { Annotations } from '../../core/promql/annotations.ts';
import { documentedType, type Expr, type PromqlError } from '../../core/promql/ast.ts';
import { type Grid, LOOKBACK_MS } from '../../core/promql/context.ts';
import { type EvaluateOptions, evaluate, evaluateInstant } from '../../core/promql/evaluate.ts';
import { parsePromql } from '../../core/promql/parse.ts';
import { resolveDurations } from '../../core/promql/resolve-durations.ts';
import type { SampleSource } from '../../core/promql/source.ts';
import { valueType } from '../../core/promql/type-check.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { type ReadSeries, readSeries } from '../store/reader.ts';
import { instantJson, type ResultJson, rangeJson } from './json.ts';
import {
  limitParam,
  lookbackParam,
  parseSpanMs,
  requiredTime,
  resolutionParam,
  timeoutParam,
  timeParam,
} from './params.ts';
import type { ApiPorts } from './ports.ts';
import { type ApiData, type ApiError, badData, badParameter, readError } from './reply.ts';
import { selectionsOf } from './selections.ts';

/** Prometheus' own limit: a week of minutes, a year of hours. */
const MAX_POINTS = 11_000;

/** Values of one vector over a range: 9 bytes each, and an expression holds a few of them at once. */
const MAX_CELLS = 20_000_000;

/** What both kinds of queries are told. */
interface Query {
  readonly text: string;
  readonly expr: Expr;
  readonly limit: number;
  readonly lookbackMs: number | undefined;
  /** The coarsest tier that may answer, if that was said. */
  readonly coarsest: 'raw' | 'minute' | undefined;
  readonly timeoutMs: number;
  readonly stats: string;
}

/** `/api/v1/query` */
export async function instantQuery(
  params: URLSearchParams,
  ports: ApiPorts,
): Promise<Result<ApiData, ApiError>> {
  const nowMs = ports.nowMs();
  const limit = limitParam(params);
  if (!limit.ok) return limit;
  const at = timeParam(params, 'time', nowMs);
  if (!at.ok) return at;
  const query = readQuery(params, limit.value, ports);
  if (!query.ok) return query;
  const atMs = at.value;
  const grid: Grid = { startMs: atMs, endMs: atMs, stepMs: 0 };
  return run(query.value, grid, ports, (source, options) => {
    const result = evaluateInstant(query.value.expr, atMs, source, options);
    return result.ok ? ok(instantJson(result.value, atMs, limit.value)) : result;
  });
}

/** `/api/v1/query_range` */
export async function rangeQuery(
  params: URLSearchParams,
  ports: ApiPorts,
): Promise<Result<ApiData, ApiError>> {
  const limit = limitParam(params);
  if (!limit.ok) return limit;
  const grid = readGrid(params);
  if (!grid.ok) return grid;
  const query = readQuery(params, limit.value, ports);
  if (!query.ok) return query;
  const { expr } = query.value;
  const type = valueType(expr);
  if (type !== 'scalar' && type !== 'vector') {
    return err(
      badParameter(
        'query',
        `invalid expression type "${documentedType(type)}" for range query, must be Scalar or instant Vector`,
      ),
    );
  }
  const { startMs, stepMs } = grid.value;
  return run(query.value, grid.value, ports, (source, options) => {
    const value = evaluate(expr, grid.value, source, options);
    if (!value.ok) return value;
    const json = rangeJson(value.value, startMs, stepMs, limit.value);
    if (json === undefined) throw new Error(`a ${value.value.kind} from a ${type} expression`);
    return ok(json);
  });
}

function readGrid(params: URLSearchParams): Result<Grid, ApiError> {
  const start = requiredTime(params, 'start');
  if (!start.ok) return start;
  const end = requiredTime(params, 'end');
  if (!end.ok) return end;
  if (end.value < start.value)
    return err(badParameter('end', 'end timestamp must not be before start time'));
  const step = parseSpanMs(params.get('step') ?? '');
  if (!step.ok) return err(badParameter('step', step.error));
  // Samples have whole milliseconds; a finer step could not be told from none.
  const stepMs = Math.trunc(step.value);
  if (stepMs <= 0) {
    return err(
      badParameter(
        'step',
        'zero or negative query resolution step widths are not accepted. Try a positive integer',
      ),
    );
  }
  if (Math.trunc((end.value - start.value) / step.value) > MAX_POINTS) {
    return err(
      badData(
        'exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)',
      ),
    );
  }
  return ok({ startMs: start.value, endMs: end.value, stepMs });
}

function readQuery(
  params: URLSearchParams,
  limit: number,
  ports: ApiPorts,
): Result<Query, ApiError> {
  const timeout = timeoutParam(params, ports.timeoutMs);
  if (!timeout.ok) return timeout;
  const lookback = lookbackParam(params);
  if (!lookback.ok) return lookback;
  const resolution = resolutionParam(params);
  if (!resolution.ok) return resolution;
  const text = params.get('query') ?? '';
  const expr = parsePromql(text);
  if (!expr.ok) return err(badParameter('query', expr.error.message));
  return ok({
    text,
    expr: expr.value,
    limit,
    lookbackMs: lookback.value,
    coarsest: resolution.value,
    timeoutMs: timeout.value,
    stats: params.get('stats') ?? '',
  });
}

/** Reads what the query needs, then evaluates it. */
async function run(
  query: Query,
  grid: Grid,
  ports: ApiPorts,
  evaluateOver: (source: SampleSource, options: EvaluateOptions) => Result<ResultJson, PromqlError>,
): Promise<Result<ApiData, ApiError>> {
  const { clockMs } = ports.reader;
  const startedMs = clockMs();
  const deadlineMs = startedMs + query.timeoutMs;
  const resolved = resolveDurations(query.expr, grid);
  if (!resolved.ok) return err(badParameter('query', resolved.error.message));
  const selections = selectionsOf(
    resolved.value,
    grid,
    query.lookbackMs ?? LOOKBACK_MS,
    query.coarsest,
  );
  const read = await readSeries(ports.reader, selections, ports.nowMs(), deadlineMs);
  if (!read.ok) return err(readError(read.error));
  const readMs = clockMs();
  const annotations = new Annotations();
  const result = evaluateOver(read.value.source, {
    annotations,
    shouldStop: () => clockMs() > deadlineMs,
    cellsMax: MAX_CELLS,
    ...(query.lookbackMs === undefined ? {} : { lookbackMs: query.lookbackMs }),
  });
  if (!result.ok) return err(evaluationError(result.error));
  const texts = annotations.texts(query.text);
  const { json, isTruncated } = result.value;
  const stats = statsJson(query.stats, read.value, readMs - startedMs, clockMs() - readMs);
  return ok({
    json: stats === undefined ? json : `${json.slice(0, -1)},"stats":${stats}}`,
    // An answer carries but some: that it is not whole is said first.
    warnings: [
      ...read.value.warnings,
      ...(isTruncated ? ['results truncated due to limit'] : []),
      ...texts.warnings,
      ...statsWarning(query.stats),
    ],
    infos: [...read.value.infos, ...texts.infos],
  });
}

function evaluationError({ code, message }: PromqlError): ApiError {
  return code === 'bad_data' ? badParameter('query', message) : { kind: code, message };
}

/** Prometheus' member `stats`, with what the query read of the table beside it. */
function statsJson(
  wanted: string,
  { series, cost }: ReadSeries,
  readMs: number,
  evalMs: number,
): string | undefined {
  if (wanted === '') return undefined;
  const samples = series.reduce((sum, { timestamps }) => sum + timestamps.length, 0);
  return JSON.stringify({
    timings: {
      evalTotalTime: (readMs + evalMs) / 1000,
      resultSortTime: 0,
      queryPreparationTime: readMs / 1000,
      innerEvalTime: evalMs / 1000,
      execQueueTime: 0,
      execTotalTime: (readMs + evalMs) / 1000,
    },
    samples: {
      totalQueryableSamples: samples,
      samplesRead: samples,
      seriesTouched: series.length,
      peakSamples: samples,
    },
    table: cost,
  });
}

function statsWarning(stats: string): string[] {
  if (stats === '' || stats === 'true' || stats === 'all') return [];
  return [
    `value ${JSON.stringify(stats)} for parameter "stats" is deprecated and will be rejected in the next major release, use "true" or "all"`,
  ];
}
