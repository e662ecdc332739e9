import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parsePromql } from '../../../core/promql/parse.ts';
import { DAY_MS, HOUR_MS } from '../../../core/time.ts';
import { alertBands } from '../../../dashboard/chart/bands.ts';
import { metricsExpr } from '../../../dashboard/chart/expressions.ts';
import { forecastFull, forecastLine } from '../../../dashboard/chart/forecast.ts';
import type { Lines } from '../../../dashboard/chart/lines.ts';
import { alignMatrix, newestValue } from '../../../dashboard/chart/lines.ts';
import {
  extremesOf,
  lonePoints,
  nearestIndex,
  scaleOf,
  stacked,
  ticksOf,
} from '../../../dashboard/chart/scale.ts';
import { gapsOf, segmentsOf, timeTicks, within } from '../../../dashboard/chart/timeline.ts';
import { pinchedView } from '../../../dashboard/chart/touch.ts';

const MINUTE_MS = 60_000;
const values = (text: string) => text.split(' ').map((one) => (one === '_' ? null : Number(one)));

describe('bands of alerts', () => {
  const lines = (series: readonly (readonly [state: string, text: string])[]): Lines => ({
    grid: { startMs: 0, count: 6, stepMs: MINUTE_MS },
    lines: series.map(([alertstate, text]) => ({
      labels: { __name__: 'ALERTS', alertname: 'A', severity: 'critical', host: 'h', alertstate },
      values: values(text),
    })),
  });
  const shown = (from: Lines) =>
    alertBands(from).map(
      ({ state, fromMs, toMs }) => `${state} ${fromMs / MINUTE_MS} ${toMs / MINUTE_MS}`,
    );

  test('pending becomes firing, and ends', () => {
    expect(
      shown(
        lines([
          ['pending', '_ 1 1 _ _ _'],
          ['firing', '_ _ _ 1 1 _'],
        ]),
      ),
    ).toEqual(['pending 0 2', 'firing 2 4']);
  });

  test('where a step saw both it fired', () => {
    expect(
      shown(
        lines([
          ['pending', '_ 1 1 1 _ _'],
          ['firing', '_ _ 1 1 1 1'],
        ]),
      ),
    ).toEqual(['pending 0 1', 'firing 1 5']);
  });

  test('what fired twice is two bands', () => {
    expect(shown(lines([['firing', '1 _ _ 1 1 _']]))).toEqual(['firing -1 0', 'firing 2 4']);
  });
});

describe('stacking', () => {
  test('puts values on one another; one that is missing is nothing, all that are missing a gap', () => {
    expect(stacked([values('1 _ _ 4'), values('10 20 _ 40')], 4)).toEqual([
      [1, 0, null, 4],
      [11, 20, null, 44],
    ]);
  });

  test('the top is the sum of all', () => {
    const series = fc.array(
      fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 5, maxLength: 5 }),
      {
        minLength: 1,
        maxLength: 6,
      },
    );
    fc.assert(
      fc.property(series, (all) => {
        const tops = stacked(all, 5);
        const sums = [0, 1, 2, 3, 4].map((i) => all.reduce((sum, one) => sum + (one[i] ?? 0), 0));
        expect(tops.at(-1)).toEqual(sums);
      }),
    );
  });
});

describe('the axis', () => {
  test.each([
    [[0, 18], [90], 'percent', [0, 100]],
    [[0, 0.3], [10], 'percent', [0, 12.5]],
    [[0, 99.7], [], 'percent', [0, 100]],
    [[0, 130], [], 'percent', [0, 150]],
    [[0, 3 * 1024 ** 3], [], 'bytes', [0, 4 * 1024 ** 3]],
    [[0, 100], [10_000], 'bytes_per_second', [0, 128]],
    [[0, 2], [], 'count', [0, 3]],
    [[-5, 5], [], '', [-7.5, 7.5]],
  ] as const)('of %j with limits %j in %s is %j', ([low, high], limits, unit, [min, max]) => {
    const scale = scaleOf(low, high, limits, unit);
    if (unit === '') {
      expect(scale.min).toBeLessThanOrEqual(low);
      expect(scale.max).toBeGreaterThanOrEqual(high);
    } else expect(scale).toEqual({ min, max });
  });

  test('holds all values, on ticks that are few', () => {
    const unit = fc.constantFrom('percent', 'bytes', 'bytes_per_second', 'count', 'seconds', '');
    const high = fc.double({ min: 1e-6, max: 1e15, noNaN: true });
    fc.assert(
      fc.property(high, unit, (most, of) => {
        const scale = scaleOf(0, most, [], of);
        expect(scale.max).toBeGreaterThanOrEqual(most);
        const ticks = ticksOf(scale, of);
        expect(ticks.length).toBeGreaterThan(1);
        expect(ticks.length).toBeLessThan(9);
        expect(ticks[0]).toBe(0);
      }),
    );
  });

  test('of nothing is something', () => {
    expect(extremesOf([{ values: [null, undefined] }])).toEqual({
      low: undefined,
      high: undefined,
    });
    expect(scaleOf(undefined, undefined, [], 'bytes')).toEqual({ min: 0, max: 1 });
  });
});

test('the nearest time is found', () => {
  const times = fc.uniqueArray(fc.integer({ min: 0, max: 10_000 }), { minLength: 1 });
  fc.assert(
    fc.property(times, fc.integer({ min: -100, max: 11_000 }), (unsorted, at) => {
      const timesMs = unsorted.sort((a, b) => a - b);
      const found = Math.abs((timesMs[nearestIndex(timesMs, at)] ?? 0) - at);
      expect(found).toBe(Math.min(...timesMs.map((ms) => Math.abs(ms - at))));
    }),
  );
  expect(nearestIndex([], 5)).toBe(-1);
});

test('points without a neighbour are dots', () => {
  expect(lonePoints(values('1 _ 2 3 _ 4'))).toEqual([0, 5]);
});

test('the newest value is none where a line ended long ago', () => {
  const timesMs = [0, 1, 2, 3, 4, 5].map((i) => i * MINUTE_MS);
  expect(newestValue(timesMs, values('1 2 3 4 _ _'))).toBe(4);
  expect(newestValue(timesMs, values('1 2 _ _ _ _'))).toBeUndefined();
  expect(newestValue([], [])).toBeUndefined();
});

test('points of an hour fill their hour; other gaps stay', () => {
  const grid = { startMs: 0, count: 12, stepMs: 20 * MINUTE_MS };
  const at = (i: number, value: number): [number, string] => [i * 1200, String(value)];
  const [line] = alignMatrix(
    [{ metric: {}, values: [at(0, 1), at(3, 2), at(6, 3), at(7, 4), at(11, 5)] }],
    grid,
  );
  // Hours begin with the host's phase, so they may be a step further apart.
  expect(line?.values).toEqual([1, 2, 2, 2, 3, 3, 3, 4, 5, 5, 5, 5]);
});

describe('the forecast', () => {
  const hours = (count: number) => Array.from({ length: count }, (_, i) => i * HOUR_MS);
  const rising = (count: number, perHour: number, from = 50) =>
    hours(count).map((_, i) => from + perHour * i);

  test('says when a filesystem that fills steadily is full', () => {
    const forecast = forecastFull(hours(72), rising(72, 0.5));
    // 50 + 35.5 at the end, 14.5 to go.
    expect(forecast).toMatchObject({ kind: 'full', fromValue: 85.5 });
    if (forecast.kind !== 'full') return;
    expect(forecast.atMs).toBeCloseTo((71 + 29) * HOUR_MS, -3);
    const line = forecastLine(forecast, [
      70 * HOUR_MS,
      71 * HOUR_MS,
      forecast.atMs,
      forecast.atMs + DAY_MS,
    ]);
    expect(line[0]).toBeNull();
    expect(line[1]).toBe(85.5);
    expect(line[2]).toBeCloseTo(100);
    expect(line[3]).toBeNull();
  });

  test('says it is full where it is', () => {
    const usage = rising(30, 1, 80).map((value) => Math.min(value, 100));
    expect(forecastFull(hours(30), usage)).toMatchObject({ kind: 'full', atMs: 29 * HOUR_MS });
  });

  test('foresees nothing where nothing is to be foreseen', () => {
    expect(
      forecastFull(
        hours(72),
        hours(72).map(() => 60),
      ),
    ).toEqual({ kind: 'not_growing' });
    expect(forecastFull(hours(72), rising(72, -0.2, 90))).toEqual({ kind: 'not_growing' });
    expect(forecastFull(hours(5), rising(5, 5))).toEqual({ kind: 'too_short' });
    expect(
      forecastFull(
        hours(72),
        hours(72).map(() => null),
      ),
    ).toEqual({ kind: 'too_short' });
    expect(forecastFull(hours(24 * 7), rising(24 * 7, 0.005))).toEqual({ kind: 'too_far' });
    // A log that is rotated away each day.
    const sawtooth = hours(96).map((_, i) => 50 + (i % 24) + i * 0.02);
    expect(forecastFull(hours(96), sawtooth)).toEqual({ kind: 'uneven' });
  });
});

describe('a timeline', () => {
  test('joins what is the same, and knows nothing where nothing was told', () => {
    const timesMs = [0, 10, 20, 30, 40, 50];
    const states = ['on', 'on', undefined, 'on', 'off', 'off'];
    expect(segmentsOf(timesMs, states, 60)).toEqual([
      { fromMs: 0, toMs: 20, state: 'on' },
      { fromMs: 30, toMs: 40, state: 'on' },
      { fromMs: 40, toMs: 60, state: 'off' },
    ]);
    expect(within(segmentsOf(timesMs, states, 60), { fromMs: 15, toMs: 35 })).toEqual([
      { fromMs: 15, toMs: 20, state: 'on' },
      { fromMs: 30, toMs: 35, state: 'on' },
    ]);
  });

  test('has gaps where nothing was told, and none between two instants', () => {
    const segments = [
      { fromMs: 10, toMs: 20 },
      { fromMs: 21, toMs: 30 },
      { fromMs: 50, toMs: 60 },
    ];
    expect(gapsOf(segments, { fromMs: 0, toMs: 100 }, 5)).toEqual([
      { fromMs: 0, toMs: 10 },
      { fromMs: 30, toMs: 50 },
      { fromMs: 60, toMs: 100 },
    ]);
    expect(gapsOf([], { fromMs: 0, toMs: 100 }, 5)).toEqual([{ fromMs: 0, toMs: 100 }]);
  });

  test('has a few ticks at round local times', () => {
    const fromMs = Date.UTC(2026, 10, 23, 10, 7);
    const { timesMs, stepMs } = timeTicks({ fromMs, toMs: fromMs + 6 * HOUR_MS }, 5, -60);
    expect(stepMs).toBe(2 * HOUR_MS);
    expect(timesMs.map((ms) => new Date(ms + HOUR_MS).getUTCHours() % 2)).toEqual(
      timesMs.map(() => 0),
    );
    const week = timeTicks({ fromMs, toMs: fromMs + 7 * DAY_MS }, 5, 300);
    expect(week.timesMs.map((ms) => new Date(ms).toISOString().slice(11, 16))).toEqual(
      week.timesMs.map(() => '05:00'),
    );
  });
});

test('what is under two fingers stays under them', () => {
  expect(pinchedView([20, 80], [20, 80], 100)).toEqual([0, 100]);
  expect(pinchedView([40, 60], [20, 80], 100)?.map(Math.round)).toEqual([33, 67]);
  expect(pinchedView([40, 60], [80, 20], 100)).toBeUndefined();
});

describe('the question for several metrics', () => {
  const instants = { stepMs: 10_000, isAveraged: false };
  const averages = { stepMs: 240_000, isAveraged: true };

  test.each([
    [metricsExpr(['host_load1', 'host_load5'], { host: 'a"b\\c' }, instants)],
    [metricsExpr(['host_load1', 'vm_state'], { host: 'a' }, averages)],
    [metricsExpr(['vm_info', 'vm_cpu_usage_percent'], { host: 'a' }, instants, ['uuid', 'vm'])],
    [metricsExpr(['vm_info', 'vm_cpu_usage_percent'], { host: 'a' }, averages, ['uuid', 'vm'])],
    [metricsExpr(['ALERTS'], { uuid: 'x' }, instants)],
  ])('is PromQL: %s', (expr) => {
    const parsed = parsePromql(expr);
    expect(parsed.ok ? 'ok' : parsed.error.message).toBe('ok');
  });

  test('takes the mean of gauges and the last of states', () => {
    const expr = metricsExpr(['host_load1', 'vm_state'], { host: 'a' }, averages);
    expect(expr).toContain('avg_over_time(host_load1{host="a"}[240s])');
    expect(expr).toContain('last_over_time(vm_state{host="a"}[240s])');
  });
});
