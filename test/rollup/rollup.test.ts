import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeChunk } from '../../core/chunk/decode.ts';
import { encodeChunk } from '../../core/chunk/encode.ts';
import { toHourPoints } from '../../core/rollup/hour-points.ts';
import { fromColumnSeries, toColumnSeries } from '../../core/rollup/hour-series.ts';
import { toMinutePoints } from '../../core/rollup/minute-points.ts';
import { rollupKindOf } from '../../core/rollup/rollup-kind.ts';
import { roundAverage } from '../../core/rollup/round-average.ts';
import { labelsFrom } from '../../core/series/labels.ts';
import { bitsOf, isStaleAt, type Series, setStaleAt } from '../../core/series/series.ts';

const GAUGE = 'host_cpu_usage_percent';
const STATE = 'vm_up';
const COUNTER = 'http_requests_total';
const SAMPLE_MS = 10_000;

/** A sample every 10 s from 1970 on: numbers, `_` for none, `x` for a staleness marker. */
function seriesOf(name: string, notation: string): Series {
  const words = notation.split(/\s+/).map((word, i) => ({ word, timestampMs: i * SAMPLE_MS }));
  const there = words.filter(({ word }) => word !== '_');
  const values = Float64Array.from(there, ({ word }) => Number(word));
  for (const [i, { word }] of there.entries()) if (word === 'x') setStaleAt(values, i);
  return {
    labels: labelsFrom({ __name__: name, host: 'a' }),
    timestamps: Float64Array.from(there, ({ timestampMs }) => timestampMs),
    values,
  };
}

/** `50:5 120:x`: seconds and values. */
function notationOf({ timestamps, values }: Series): string {
  return Array.from(timestamps, (ms, i) => {
    return `${ms / 1000}:${isStaleAt(values, i) ? 'x' : values[i]}`;
  }).join(' ');
}

const notation = fc
  .array(fc.oneof(fc.integer({ min: 0, max: 9 }).map(String), fc.constantFrom('_', 'x', '5')), {
    minLength: 1,
    maxLength: 1100,
  })
  .map((words) => words.join(' '));
const phase = fc.integer({ min: 0, max: 59 }).map((s) => s * 1000);

describe('points of a minute', () => {
  it('are the average of a gauge, at the instant of its last sample', () => {
    const points = toMinutePoints(seriesOf(GAUGE, '1 2 3 4 5 6 7 _ 9'), 0);
    expect(notationOf(points)).toBe('50:3.5 80:8');
  });

  it('round an average as the agent would, and leave alone what did not change', () => {
    expect(notationOf(toMinutePoints(seriesOf(GAUGE, '0 0 1'), 0))).toBe('20:0.33');
    expect(notationOf(toMinutePoints(seriesOf(GAUGE, '0.07 0.07 0.07'), 0))).toBe('20:0.07');
    expect(notationOf(toMinutePoints(seriesOf('room_celsius', '0 0 1'), 0))).toBe('20:0.333333');
    const exact = 21.123456789;
    const alike = seriesOf('room_celsius', `${exact} ${exact} ${exact}`);
    expect(notationOf(toMinutePoints(alike, 0))).toBe(`20:${exact}`);
  });

  it('of a gauge that is not ours are off by 0.0005 % at most, and again made stay as they are', () => {
    const value = fc.double({ min: -1e15, max: 1e15, noNaN: true });
    fc.assert(
      fc.property(value, fc.integer({ min: -12, max: 3 }), (large, exponent) => {
        const mean = large * 10 ** exponent;
        const kept = roundAverage(mean, undefined);
        expect(Math.abs(kept - mean)).toBeLessThanOrEqual(5.001e-6 * Math.abs(mean));
        expect(roundAverage(kept, undefined)).toBe(kept);
      }),
      { numRuns: 1000 },
    );
  });

  it('are the last of a state', () => {
    expect(notationOf(toMinutePoints(seriesOf(STATE, '1 1 0 0 1 0 1'), 0))).toBe('50:0 60:1');
  });

  it('are the last of a counter, both sides of a reset, and where it began', () => {
    expect(notationOf(toMinutePoints(seriesOf(COUNTER, '1 2 9 0 3 4 5 6 7 8 9 10'), 0))).toBe(
      '0:1 20:9 30:0 50:4 110:10',
    );
  });

  it('need not repeat a reset between two minutes', () => {
    expect(notationOf(toMinutePoints(seriesOf(COUNTER, '1 2 3 4 5 6 0 1 2 3 4 5'), 0))).toBe(
      '0:1 50:6 60:0 110:5',
    );
  });

  it('end where the series does', () => {
    expect(notationOf(toMinutePoints(seriesOf(STATE, '1 1 x'), 0))).toBe('10:1 20:x');
    expect(notationOf(toMinutePoints(seriesOf(STATE, '1 x 1 1 1 1'), 0))).toBe('50:1');
  });

  it('begin with the phase of the host', () => {
    expect(notationOf(toMinutePoints(seriesOf(STATE, '1 2 3 4 5 6 7 8'), 20_000))).toBe(
      '10:2 70:8',
    );
  });

  it('made of points are those points', () => {
    fc.assert(
      fc.property(notation, phase, fc.constantFrom(GAUGE, STATE, COUNTER), (text, at, name) => {
        const once = toMinutePoints(seriesOf(name, text), at);
        const twice = toMinutePoints(once, at);
        if (name !== GAUGE) expect(notationOf(twice)).toBe(notationOf(once));
        expect([...twice.timestamps]).toEqual([...once.timestamps]);
      }),
    );
  });

  it('of a counter are samples of it, and rise by as much', () => {
    fc.assert(
      fc.property(notation, phase, (text, at) => {
        const raw = seriesOf(COUNTER, text);
        const points = toMinutePoints(raw, at);
        const known = new Map(Array.from(raw.timestamps, (ms, i) => [ms, bitsOf(raw.values)[i]]));
        for (const [i, ms] of points.timestamps.entries())
          expect(known.get(ms)).toBe(bitsOf(points.values)[i]);
        const first = firstValueMs(points);
        expect(riseFrom(points, first)).toBe(riseFrom(raw, first));
      }),
    );
  });

  it('tell at the end of each minute whether there is anything, as the samples do', () => {
    fc.assert(
      fc.property(notation, fc.constantFrom(GAUGE, STATE, COUNTER), (text, name) => {
        const raw = seriesOf(name, text);
        const points = toMinutePoints(raw, 0);
        for (let ms = 59_999; ms < 1100 * SAMPLE_MS; ms += 60_000)
          expect(isThere(points, ms)).toBe(isThere(raw, ms));
      }),
    );
  });
});

describe('points of an hour', () => {
  it('hold least, most, average, number and last', () => {
    const { last, min, max, avg, count } = toHourPoints(seriesOf(GAUGE, '4 1 _ 9 2'), 0);
    expect([last, min, max, avg, count].map(([one]) => one)).toEqual([2, 1, 9, 4, 4]);
  });

  it('lose no sample, no extreme, and no rise', () => {
    fc.assert(
      fc.property(notation, phase, fc.constantFrom(GAUGE, COUNTER), (text, at, name) => {
        const raw = seriesOf(name, text);
        const points = toHourPoints(raw, at);
        const values = [...raw.values].filter((value) => !Number.isNaN(value));
        const sum = (all: readonly number[]) => all.reduce((a, b) => a + b, 0);
        expect(sum([...points.count])).toBe(values.length);
        if (values.length === 0) return;
        const rows = [...points.count.keys()].filter((row) => (points.count[row] ?? 0) > 0);
        expect(Math.max(...rows.map((row) => points.max[row] ?? 0))).toBe(Math.max(...values));
        expect(Math.min(...rows.map((row) => points.min[row] ?? 9))).toBe(Math.min(...values));
        const weighed = sum(rows.map((row) => (points.avg[row] ?? 0) * (points.count[row] ?? 0)));
        // Rounded to the catalogue's step.
        expect(Math.abs(weighed - sum(values)) / values.length).toBeLessThanOrEqual(0.05 + 1e-9);
        if (name !== COUNTER) return;
        const lasts = { labels: raw.labels, timestamps: points.timestamps, values: points.last };
        const first = firstValueMs(lasts);
        expect(riseFrom(lasts, first)).toBe(riseFrom(raw, first));
      }),
    );
  });

  it('survive a chunk, column by column', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(notation, fc.nat(2)), { maxLength: 4 }), phase, (all, at) => {
        const points = all.map(([text, kind], i) => {
          const one = seriesOf([GAUGE, STATE, COUNTER][kind] ?? GAUGE, text);
          const labels = labelsFrom({ __name__: 'm_total', vm: `${i}` });
          return toHourPoints({ ...one, labels }, at);
        });
        const decoded = decodeChunk(encodeChunk(points.flatMap(toColumnSeries)));
        if (!decoded.ok) throw new Error(decoded.error.message);
        const back = fromColumnSeries(decoded.value.series);
        const plain = (list: typeof points) =>
          list
            .map((one) => [
              one.labels,
              [...one.timestamps],
              ...[one.last, one.min, one.max, one.avg, one.count].map((c) => [...bitsOf(c)].join()),
            ])
            .sort();
        expect(plain(back)).toEqual(plain(points));
      }),
      { numRuns: 50 },
    );
  });

  it('refuse a chunk that is not theirs', () => {
    const stray = labelsFrom({ __name__: 'a', __rollup__: 'max' });
    const column = { labels: stray, timestamps: Float64Array.of(1), values: Float64Array.of(1) };
    expect(() => fromColumnSeries([column])).toThrow('columns without last samples');
  });
});

describe('what a metric is', () => {
  it.each([
    ['host_cpu_usage_percent', 'gauge'],
    ['host_processes_count', 'gauge'],
    ['vm_state', 'state'],
    ['host_info', 'state'],
    ['container_restarts_total', 'counter'],
    ['http_request_duration_seconds_bucket', 'counter'],
    ['node_load1', 'gauge'],
    ['systemd_unit_state', 'state'],
    ['up', 'state'],
  ])('%s is a %s', (name, kind) => {
    expect(rollupKindOf(name)).toBe(kind);
  });
});

/** How much a counter rises after an instant, as Prometheus' `increase` sees it before it extrapolates. */
function riseFrom({ timestamps, values }: Series, fromMs: number): number {
  let rise = 0;
  let before: number | undefined;
  for (const [i, ms] of timestamps.entries()) {
    const value = values[i] ?? Number.NaN;
    if (ms < fromMs || isStaleAt(values, i)) continue;
    if (before !== undefined) rise += value < before ? value : value - before;
    before = value;
  }
  return rise;
}

function firstValueMs({ timestamps, values }: Series): number {
  return timestamps.find((_, i) => !isStaleAt(values, i)) ?? 0;
}

/** Is there a value at an instant, by the newest sample of the last 5 minutes? */
function isThere({ timestamps, values }: Series, atMs: number): boolean {
  const at = timestamps.findLastIndex((ms) => ms <= atMs);
  return at >= 0 && (timestamps[at] ?? 0) > atMs - 300_000 && !isStaleAt(values, at);
}
