import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Expr } from '../../core/promql/ast.ts';
import { evaluate, evaluateInstant } from '../../core/promql/evaluate.ts';
import { requiredWindow } from '../../core/promql/lookback.ts';
import { createMemorySource } from '../../core/promql/memory-source.ts';
import { createMatcher } from '../../core/promql/selector.ts';
import { formatLabels, labelsFrom, labelsKey, labelValue } from '../../core/series/labels.ts';
import { type Series, setStaleAt } from '../../core/series/series.ts';
import { ask, parsed } from './harness.ts';

const STEP_MS = 15_000;

/** Up to 8 series of metrics a and b, irregular samples over half an hour, some NaN, some stale. */
const someSeries: fc.Arbitrary<Series[]> = fc
  .uniqueArray(
    fc.record({
      name: fc.constantFrom('a', 'b'),
      host: fc.constantFrom('h1', 'h2', 'h3'),
      disk: fc.constantFrom('', 'sda'),
      samples: fc.uniqueArray(
        fc.record({
          second: fc.integer({ min: 0, max: 1800 }),
          value: fc.oneof(
            fc.integer({ min: -5, max: 50 }),
            fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, 'stale' as const),
          ),
        }),
        { selector: ({ second }) => second, maxLength: 40 },
      ),
    }),
    { selector: ({ name, host, disk }) => `${name}/${host}/${disk}`, maxLength: 8 },
  )
  .map((all) =>
    all.map(({ name, host, disk, samples }) => {
      samples.sort((x, y) => x.second - y.second);
      const values = Float64Array.from(samples, ({ value }) => Number(value));
      for (const [i, { value }] of samples.entries()) if (value === 'stale') setStaleAt(values, i);
      return {
        labels: labelsFrom({ __name__: name, host, disk }),
        timestamps: Float64Array.from(samples, ({ second }) => second * 1000),
        values,
      };
    }),
  );

const selector = fc.constantFrom('a', 'b', 'a{host="h1"}', 'b{host=~"h[12]", disk=""}');
const range = fc.constantFrom('[1m]', '[5m]', '[2m:30s]', '[90s] offset 1m', '[3m] offset -30s');
const overRange = fc.constantFrom(
  ...['rate', 'increase', 'delta', 'irate', 'idelta', 'deriv', 'changes', 'resets'],
  ...['avg_over_time', 'sum_over_time', 'min_over_time', 'last_over_time', 'stddev_over_time'],
);
const { query } = fc.letrec<{ query: string; vector: string }>((tie) => ({
  query: tie('vector'),
  vector: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    selector,
    fc.tuple(overRange, selector, range).map(([f, s, r]) => `${f}(${s}${r})`),
    tie('vector').map((v) => `sum by (host) (${v})`),
    tie('vector').map((v) => `topk without (disk) (1, ${v})`),
    tie('vector').map((v) => `quantile(0.4, ${v})`),
    tie('vector').map((v) => `abs(${v})`),
    tie('vector').map((v) => `absent(${v})`),
    tie('vector').map((v) => `max_over_time((${v})[1m:20s])`),
    fc
      .tuple(
        tie('vector'),
        fc.constantFrom('+', '>', '== bool', 'and', 'or', 'unless'),
        tie('vector'),
      )
      .map(([l, op, r]) => `(${l}) ${op} (${r})`),
    fc.tuple(tie('vector'), tie('vector')).map(([l, r]) => `(${l}) * on(host) group_left() (${r})`),
    tie('vector').map((v) => `(${v}) - time() % 7`),
  ),
}));

function instantAnswers(expr: Expr, series: readonly Series[], startMs: number, steps: number) {
  const source = createMemorySource(series);
  return Array.from({ length: steps }, (_, step) => {
    const result = evaluateInstant(expr, startMs + step * STEP_MS, source);
    if (!result.ok) return 'error';
    if (result.value.kind !== 'vector') throw new Error(`a ${result.value.kind}`);
    return result.value.samples
      .map(({ labels, value }) => `${formatLabels(labels)} ${value}`)
      .sort();
  });
}

describe('laws of evaluation', () => {
  it('a grid gives what each of its instants gives', () => {
    fc.assert(
      fc.property(someSeries, query, fc.integer({ min: 0, max: 1800 }), (series, text, second) => {
        const expr = parsed(text);
        const startMs = second * 1000;
        const steps = 6;
        const instants = instantAnswers(expr, series, startMs, steps);
        const grid = { startMs, endMs: startMs + (steps - 1) * STEP_MS, stepMs: STEP_MS };
        const result = evaluate(expr, grid, createMemorySource(series));
        if (!result.ok) {
          expect(instants).toContain('error');
          return;
        }
        if (result.value.kind !== 'vector') throw new Error(`a ${result.value.kind}`);
        const { labels, values, present } = result.value.block;
        const columns = Array.from({ length: steps }, (_, step) =>
          labels
            .map((rowLabels, row) => ({ rowLabels, cell: row * steps + step }))
            .filter(({ cell }) => present[cell] === 1)
            .map(({ rowLabels, cell }) => `${formatLabels(rowLabels)} ${values[cell]}`)
            .sort(),
        );
        expect(columns).toEqual(instants);
      }),
      { numRuns: 300 },
    );
  });

  it('samples outside the required window never matter', () => {
    fc.assert(
      fc.property(someSeries, query, fc.integer({ min: 0, max: 1800 }), (series, text, second) => {
        const expr = parsed(text);
        const atMs = second * 1000;
        const { beforeMs, afterMs } = requiredWindow(expr);
        const cut = series.map(({ labels, timestamps, values }) => {
          const kept = [...timestamps.keys()].filter((i) => {
            const timestamp = timestamps[i] ?? 0;
            return timestamp > atMs - beforeMs && timestamp <= atMs + afterMs;
          });
          const from = kept[0] ?? 0;
          const to = from + kept.length;
          return {
            labels,
            timestamps: timestamps.slice(from, to),
            values: values.slice(from, to),
          };
        });
        expect(instantAnswers(expr, cut, atMs, 1)).toEqual(instantAnswers(expr, series, atMs, 1));
      }),
      { numRuns: 300 },
    );
  });

  it('a filter and its opposite part a vector', () => {
    fc.assert(
      fc.property(someSeries, fc.integer({ min: 0, max: 1800 }), (series, second) => {
        const source = createMemorySource(series);
        const count = (text: string) => ask(source, text, second * 1000).length;
        expect(count('a > 3') + count('a <= 3') + count('a != a')).toBe(count('a'));
        expect(count('a and b') + count('a unless b')).toBe(count('a'));
        expect(count('topk(1e9, a)')).toBe(count('a'));
        expect(count('limit_ratio(0.3, a)') + count('limit_ratio(-0.7, a)')).toBe(count('a'));
      }),
    );
  });
});

describe('the source in memory', () => {
  it('finds the series that a walk over all of them finds', () => {
    const condition = fc.record({
      name: fc.constantFrom('__name__', 'host', 'disk', 'none'),
      op: fc.constantFrom('=', '!=', '=~', '!~'),
      value: fc.constantFrom('', 'a', 'h1', 'sda', '.*', 'h.|a', '.+'),
    });
    fc.assert(
      fc.property(someSeries, fc.array(condition, { maxLength: 4 }), (series, conditions) => {
        const matchers = conditions.map(({ name, op, value }) => {
          const matcher = createMatcher(name, op, value);
          if (!matcher.ok) throw new Error(matcher.error.message);
          return matcher.value;
        });
        const found = createMemorySource(series).select(matchers, 0, 0);
        const walked = series.filter(({ labels }) =>
          matchers.every(({ name, matches }) => matches(labelValue(labels, name))),
        );
        const keys = (list: readonly Series[]) => list.map(({ labels }) => labelsKey(labels));
        expect(keys(found)).toEqual(keys(walked));
      }),
    );
  });
});

describe('matchers', () => {
  it('never hang on a pattern made to backtrack', () => {
    const matcher = createMatcher('x', '=~', '(a+)+$b');
    if (!matcher.ok) throw new Error(matcher.error.message);
    expect(matcher.value.matches('a'.repeat(50_000))).toBe(false);
  });

  it('match whole values, across lines, and refuse what is no pattern', () => {
    const matches = (pattern: string, value: string) => {
      const matcher = createMatcher('x', '=~', pattern);
      return matcher.ok ? matcher.value.matches(value) : matcher.error.message;
    };
    expect(matches('b', 'abc')).toBe(false);
    expect(matches('a|b', 'ab')).toBe(false);
    expect(matches('a.c', 'a\nc')).toBe(true);
    expect(matches('(?i)ABC', 'abc')).toBe(true);
    expect(matches('a)(b', 'ab')).toContain('error parsing regexp');
    expect(matches('(?=a)', 'a')).toContain('error parsing regexp');
  });
});

describe('the required window', () => {
  it.each([
    ['1', 0, 0],
    ['up', 300, 0],
    ['rate(up[10m])', 600, 0],
    ['rate(up[10m] offset 1h) > up', 4200, 0],
    ['up offset -2m', 180, 120],
    ['max_over_time(rate(up[5m])[1h:1m])', 3900, 0],
    ['up @ start()', 300, 0],
  ])('of %s is %d s before and %d s after', (text, before, after) => {
    expect(requiredWindow(parsed(text))).toEqual({
      beforeMs: before * 1000,
      afterMs: after * 1000,
    });
  });

  it('reaches to a fixed instant when the evaluation time is known', () => {
    expect(requiredWindow(parsed('up @ 100'), 1_000_000)).toEqual({
      beforeMs: 1_200_000,
      afterMs: 0,
    });
    expect(requiredWindow(parsed('up @ 100'), 0)).toEqual({ beforeMs: 200_000, afterMs: 100_000 });
  });
});
