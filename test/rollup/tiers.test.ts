import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluateInstant } from '../../core/promql/evaluate.ts';
import { createMemorySource } from '../../core/promql/memory-source.ts';
import { parsePromql } from '../../core/promql/parse.ts';
import { type HourPoints, toHourPoints } from '../../core/rollup/hour-points.ts';
import { asSeries } from '../../core/rollup/hour-series.ts';
import { between, joinTiers } from '../../core/rollup/join-tiers.ts';
import { toMinutePoints } from '../../core/rollup/minute-points.ts';
import { replaceHours } from '../../core/rollup/replace-hours.ts';
import { labelsFrom } from '../../core/series/labels.ts';
import { type Series, setStaleAt } from '../../core/series/series.ts';
import { HOUR_MS } from '../../core/time.ts';

const HOURS = 6;
const EVERY_MS = 60_000;

/** A value a minute, none missing, for six hours. */
const steady = (name: string, value: fc.Arbitrary<number>): fc.Arbitrary<Series> =>
  fc.array(value, { minLength: HOURS * 60, maxLength: HOURS * 60 }).map((values) => ({
    labels: labelsFrom({ __name__: name, host: 'a' }),
    timestamps: Float64Array.from(values, (_, i) => i * EVERY_MS + 7000),
    values: Float64Array.from(values),
  }));

/** Rises, and begins again now and then. */
const counter = steady('requests_total', fc.nat(9)).map((series) => {
  let total = 0;
  const values = series.values.map((step) => {
    total = step === 9 ? 0 : total + step;
    return total;
  });
  return { ...series, values };
});
const gauge = steady('host_cpu_usage_percent', fc.nat(100));
const state = steady('vm_up', fc.nat(1));

/** One value, or none. */
function ask(text: string, series: Series, atMs: number): number | undefined {
  const expr = parsePromql(text);
  if (!expr.ok) throw new Error(expr.error.message);
  const result = evaluateInstant(expr.value, atMs, createMemorySource([series]));
  if (!result.ok || result.value.kind !== 'vector') throw new Error(`${text}: no vector`);
  return result.value.samples[0]?.value;
}

/** When all of an hour's rows are in a window of whole hours, or none. */
function endOf(hour: number): number {
  return (hour + 1) * HOUR_MS - 1;
}

const hour = fc.integer({ min: 2, max: HOURS - 1 });

/** As the compactor makes it: each hour alone. */
function rolled(series: Series): Series {
  let points: HourPoints[] = [];
  for (let fromMs = 0; fromMs < HOURS * HOUR_MS; fromMs += HOUR_MS) {
    const ofHour = toHourPoints(between(series, fromMs, fromMs + HOUR_MS), 0);
    points = replaceHours(points, [ofHour], fromMs, fromMs + HOUR_MS);
  }
  const [whole] = points;
  if (whole === undefined) throw new Error('no points');
  return asSeries(whole);
}

describe('an answer from points of an hour, over whole hours', () => {
  it.each([
    ...['count_over_time', 'min_over_time', 'max_over_time'],
    ...['last_over_time', 'present_over_time'],
  ])('is that of the samples: %s', (name) => {
    fc.assert(
      fc.property(fc.oneof(gauge, state, counter), hour, (series, at) => {
        const text = `${name}({host="a"}[2h])`;
        expect(ask(text, rolled(series), endOf(at))).toBe(ask(text, series, endOf(at)));
      }),
      { numRuns: 40 },
    );
  });

  it.each(['avg_over_time', 'sum_over_time'])(
    'is that of the samples, but for rounding: %s',
    (name) => {
      fc.assert(
        fc.property(fc.oneof(gauge, state, counter), hour, (series, at) => {
          const text = `${name}({host="a"}[2h])`;
          const exact = ask(text, series, endOf(at)) ?? 0;
          const count = name === 'sum_over_time' ? 120 : 1;
          // Averages are kept to the catalogue's step: a hundredth of a percent; states' to 1 would be none.
          const off = Math.abs((ask(text, rolled(series), endOf(at)) ?? Number.NaN) - exact);
          expect(off).toBeLessThanOrEqual(0.005 * count + 1e-6);
        }),
        { numRuns: 40 },
      );
    },
  );

  it.each(['rate', 'increase', 'resets', 'last_over_time'])(
    'is that of the samples of a counter: %s',
    (name) => {
      fc.assert(
        fc.property(counter, hour, (series, at) => {
          const text = `${name}({host="a"}[2h])`;
          const exact = ask(text, series, endOf(at)) ?? 0;
          expect(ask(text, rolled(series), endOf(at))).toBeCloseTo(exact, 9);
        }),
        { numRuns: 40 },
      );
    },
  );

  it('is there until the next hour, and ends where the series does', () => {
    const labels = labelsFrom({ __name__: 'vm_up', host: 'a' });
    const timestamps = Float64Array.from({ length: 90 }, (_, i) => i * EVERY_MS);
    const series = { labels, timestamps, values: new Float64Array(90).fill(1) };
    expect(ask('vm_up', rolled(series), 1.9 * HOUR_MS)).toBe(1);
    expect(ask('vm_up', rolled(series), 2.7 * HOUR_MS)).toBeUndefined();
    setStaleAt(series.values, 89);
    expect(ask('vm_up', rolled(series), 1.6 * HOUR_MS)).toBeUndefined();
    expect(ask('vm_up', rolled(series), 1.4 * HOUR_MS)).toBe(1);
  });
});

describe('an answer from several tiers', () => {
  it('rises over their borders as the samples do', () => {
    fc.assert(
      fc.property(counter, fc.integer({ min: 1, max: HOURS - 1 }), (series, border) => {
        const fromMs = border * HOUR_MS;
        const parts = [
          between(rolled(series), 0, fromMs),
          toMinutePoints(between(series, fromMs, fromMs + HOUR_MS), 0),
          between(series, fromMs + HOUR_MS, HOURS * HOUR_MS),
        ];
        const text = `increase({host="a"}[${HOURS}h])`;
        const joined = ask(text, joinTiers(parts), endOf(HOURS - 1)) ?? Number.NaN;
        const exact = ask(text, series, endOf(HOURS - 1)) ?? 0;
        // Samples are further apart in one part than in another, so what is missing at both ends is guessed otherwise.
        expect(Math.abs(joined - exact)).toBeLessThanOrEqual(0.001 * exact);
        const resets = `resets({host="a"}[${HOURS}h])`;
        expect(ask(resets, joinTiers(parts), endOf(HOURS - 1))).toBe(
          ask(resets, series, endOf(HOURS - 1)),
        );
        const count = `count_over_time({host="a"}[${HOURS}h])`;
        const counted = ask(count, joinTiers(parts), endOf(HOURS - 1)) ?? 0;
        expect(counted).toBeGreaterThanOrEqual((HOURS - 1) * 60);
      }),
      { numRuns: 40 },
    );
  });
});
