import { CATALOGUE } from '../../core/catalogue/catalogue.ts';
import type { Metric } from '../../core/catalogue/metric.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { compareStrings } from '../../core/series/labels.ts';
import { wholeNumber } from './params.ts';
import { type ApiData, type ApiError, badData } from './reply.ts';

/** `/api/v1/metadata`: what the catalogue says. Metrics of senders come without metadata. */
export function metricMetadata(params: URLSearchParams): Result<ApiData, ApiError> {
  const limit = numberParam(params, 'limit');
  if (!limit.ok) return limit;
  // Every metric has one entry, so that this limit never bites.
  const perMetric = numberParam(params, 'limit_per_metric');
  if (!perMetric.ok) return perMetric;
  const metric = params.get('metric') ?? '';
  const all: readonly Metric[] = CATALOGUE;
  const found = all
    .filter(({ name }) => metric === '' || name === metric)
    .toSorted((a, b) => compareStrings(a.name, b.name));
  const kept = limit.value >= 0 ? found.slice(0, limit.value) : found;
  return ok({
    json: JSON.stringify(Object.fromEntries(kept.map((one) => [one.name, [entry(one)]]))),
  });
}

/** All our metrics are ready-to-read gauges. */
function entry({ unit, help }: Metric): { type: string; help: string; unit: string } {
  const isUnit = unit !== 'state' && unit !== 'info' && unit !== 'count';
  return { type: 'gauge', help, unit: isUnit ? unit : '' };
}

function numberParam(params: URLSearchParams, name: string): Result<number, ApiError> {
  const text = params.get(name) ?? '';
  if (text === '') return ok(-1);
  const number = wholeNumber(text);
  return number === undefined ? err(badData(`${name} must be a number`)) : ok(number);
}
