import { describe, expect, it } from 'vitest';
import { Annotations } from '../../core/promql/annotations.ts';
import { evaluate } from '../../core/promql/evaluate.ts';
import { parsed, source } from './harness.ts';

const MINUTE_MS = 60_000;
const MONOTONICITY =
  'PromQL info: input to histogram_quantile needed to be fixed for monotonicity (see https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile)';

const data = source(
  MINUTE_MS,
  'temp{host="a"} 1 2 3 4',
  'requests_total{host="a"} 1 2 3 4',
  'odd{le="x"} 1 1 1 1',
  'h_bucket{le="1"} 36.5 36.5 1 1',
  'h_bucket{le="2"} 0 0 1 1',
  'h_bucket{le="+Inf"} 40 40 1 1',
);

/** Warnings and infos of a query at minute 1, or from there on every minute. */
function notes(query: string, steps = 1): string[] {
  const annotations = new Annotations();
  const endMs = steps * MINUTE_MS;
  const grid = { startMs: MINUTE_MS, endMs, stepMs: steps === 1 ? 0 : MINUTE_MS };
  const result = evaluate(parsed(query), grid, data, { annotations });
  if (!result.ok) throw new Error(result.error.message);
  const { warnings, infos } = annotations.texts(query);
  return [...warnings, ...infos];
}

describe('warnings and infos, as Prometheus words and places them', () => {
  it.each([
    [
      'rate(temp[5m])',
      'PromQL info: metric might not be a counter, name does not end in _total/_sum/_count/_bucket: "temp" (1:6)',
    ],
    [
      '1 +\n  quantile(1.5, temp)',
      'PromQL warning: quantile value should be between 0 and 1, got 1.5 (2:12)',
    ],
    [
      'quantile_over_time(-1e7, temp[5m])',
      'PromQL warning: quantile value should be between 0 and 1, got -1e+07 (1:20)',
    ],
    [
      'limit_ratio(2, temp)',
      'PromQL warning: ratio value should be between -1 and 1, got 2, capping to 1 (1:13)',
    ],
    [
      'histogram_quantile(0.9, odd)',
      'PromQL warning: bucket label "le" is missing or has a malformed value of "x" (1:25)',
    ],
    [
      'temp </ temp',
      'PromQL info: incompatible sample types encountered for binary operator "</": float </ float (1:1)',
    ],
    [
      'histogram_quantile(0.5, h_bucket)',
      `${MONOTONICITY}, from buckets 2 to 2, with a max diff of 36, over 1 samples from 1970-01-01T00:01:00Z to 1970-01-01T00:01:00Z (1:25)`,
    ],
    [
      'integral(temp[5m], 7)',
      'PromQL warning: strategy should be 0, 1, or 2 (default), using 2, got 7 (1:20)',
    ],
  ])('%s', (query, text) => {
    expect(notes(query)).toEqual([text]);
  });

  it('are not there where nothing is odd', () => {
    expect(notes('rate(requests_total[5m])')).toEqual([]);
    expect(notes('rate(temp[10s])')).toEqual([]);
    expect(notes('sort(temp)')).toEqual([]);
    expect(notes('sum(temp) > 100')).toEqual([]);
  });

  it('come once for all steps, and of a grid alone where it is the oddity', () => {
    expect(notes('sort(temp)', 3)).toEqual([
      'PromQL warning: sort is ineffective for range queries since results are always ordered by labels (1:1)',
    ]);
    expect(notes('rate(temp[5m]) + rate(temp[3m])', 3)).toHaveLength(1);
  });
});
