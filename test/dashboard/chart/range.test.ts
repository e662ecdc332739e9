import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DAY_MS, HOUR_MS } from '../../../core/time.ts';
import {
  gridEndMs,
  gridOf,
  gridTimes,
  PRESET_NAMES,
  PRESETS,
  readRange,
  scaled,
  shifted,
  stepsOf,
  writeRange,
} from '../../../dashboard/chart/range.ts';

const MINUTE_MS = 60_000;
const NOW = Date.UTC(2026, 10, 23, 17, 5);

const stepOf = (lengthMs: number) => stepsOf({ fromMs: NOW - lengthMs, toMs: NOW });

describe('steps', () => {
  test.each([
    ['15m', 10_000, false],
    ['1h', 10_000, false],
    ['6h', MINUTE_MS, false],
    ['24h', 4 * MINUTE_MS, true],
    ['7d', 20 * MINUTE_MS, true],
    ['30d', HOUR_MS, false],
    ['90d', 4 * HOUR_MS, true],
    ['1y', DAY_MS, true],
  ] as const)('of %s suit the tier it is read from', (preset, stepMs, isAveraged) => {
    expect(stepOf(PRESETS[preset])).toMatchObject({ stepMs, isAveraged });
  });

  test('give a chart of any length from an hour to a year some 180 to 750 points', () => {
    fc.assert(
      fc.property(fc.integer({ min: HOUR_MS, max: 365 * DAY_MS }), (lengthMs) => {
        const points = lengthMs / stepOf(lengthMs).stepMs;
        expect(points).toBeLessThanOrEqual(750);
        expect(points).toBeGreaterThan(180);
      }),
    );
  });

  test('averages begin where points of a minute answer them', () => {
    fc.assert(
      fc.property(fc.integer({ min: MINUTE_MS, max: 800 * DAY_MS }), (lengthMs) => {
        const { stepMs, isAveraged } = stepOf(lengthMs);
        // docs/history.md: ranges below 4 minutes are raw, those of 4 hours at such steps are points of an hour.
        if (isAveraged) expect(stepMs).toBeGreaterThanOrEqual(4 * MINUTE_MS);
        if (stepMs >= 30 * MINUTE_MS && isAveraged)
          expect(stepMs).toBeGreaterThanOrEqual(4 * HOUR_MS);
      }),
    );
  });
});

describe('a grid', () => {
  test('lies within its range, on multiples of the step', () => {
    const grid = gridOf({ fromMs: 1_003, toMs: 5_900 }, 1_000);
    expect(gridTimes(grid)).toEqual([2_000, 3_000, 4_000, 5_000]);
    expect(gridEndMs(grid)).toBe(5_000);
  });

  test('has an instant even where the range has none', () => {
    expect(gridTimes(gridOf({ fromMs: 1_100, toMs: 1_200 }, 1_000))).toEqual([2_000]);
  });
});

describe('the range in an address', () => {
  const read = (search: string) => readRange(new URLSearchParams(search), '6h');

  test('is a preset or two times', () => {
    expect(read('range=7d')).toEqual({ kind: 'preset', preset: '7d' });
    expect(read('from=2026-11-23T10:00:00Z&to=2026-11-23T11:00:00Z')).toEqual({
      kind: 'fixed',
      span: { fromMs: Date.UTC(2026, 10, 23, 10), toMs: Date.UTC(2026, 10, 23, 11) },
    });
    expect(read('from=1795000000000&to=1795003600000')).toMatchObject({ kind: 'fixed' });
  });

  test.each(['', 'range=5y', 'from=2026-11-23', 'from=x&to=y', 'from=2026-11-24&to=2026-11-23'])(
    'is the usual one where it says nothing: %s',
    (search) => expect(read(search)).toEqual({ kind: 'preset', preset: '6h' }),
  );

  test('is read back as it was written', () => {
    for (const preset of PRESET_NAMES) {
      const written = new URLSearchParams();
      const entries = Object.entries(writeRange({ kind: 'preset', preset }));
      for (const [name, value] of entries) if (value !== undefined) written.set(name, value);
      expect(readRange(written, '1y')).toEqual({ kind: 'preset', preset });
    }
    const span = { fromMs: NOW - HOUR_MS, toMs: NOW };
    const { from = '', to = '', range } = writeRange({ kind: 'fixed', span });
    expect(range).toBeUndefined();
    expect(read(`from=${from}&to=${to}`)).toEqual({ kind: 'fixed', span });
  });

  test('is no shorter than a few samples, whoever wrote it', () => {
    expect(read('from=2026-11-23T10:00:00Z&to=2026-11-23T10:00:02Z')).toEqual({
      kind: 'fixed',
      span: {
        fromMs: Date.UTC(2026, 10, 23, 10) - 29_000,
        toMs: Date.UTC(2026, 10, 23, 10) + 31_000,
      },
    });
  });
});

test('zooming out and moving on end now', () => {
  const span = { fromMs: NOW - HOUR_MS, toMs: NOW };
  expect(scaled(span, 2, NOW)).toEqual({ fromMs: NOW - 2 * HOUR_MS, toMs: NOW });
  expect(shifted(span, HOUR_MS, NOW)).toEqual(span);
  expect(shifted(span, -HOUR_MS, NOW)).toEqual({
    fromMs: NOW - 2 * HOUR_MS,
    toMs: NOW - HOUR_MS,
  });
});
