import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { growthPerDay, hourlyMinima } from '../../bench/agent/growth.ts';

describe('growth over a day', () => {
  it('is that of what remains after each collection of garbage', () => {
    const readings = Array.from({ length: 24 * 60 }, (_, minute) => ({
      hour: minute / 60,
      value: 100 + minute / 60 + (minute % 60),
    }));
    expect(growthPerDay(hourlyMinima(readings))).toBeCloseTo(24, 5);
  });

  it('of what only goes up and down is none', () => {
    const readings = Array.from({ length: 24 * 4 }, (_, i) => ({
      hour: i / 4,
      value: 10 + (i % 4),
    }));
    expect(growthPerDay(hourlyMinima(readings))).toBeCloseTo(0, 5);
  });

  it('is that of any straight line', () => {
    const hours = fc.integer({ min: 3, max: 48 });
    const slope = fc.double({ min: -1e6, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(hours, slope, (count, perHour) => {
        const line = Array.from({ length: count }, (_, hour) => ({
          hour,
          value: 7 + perHour * hour,
        }));
        expect(growthPerDay(line)).toBeCloseTo(perHour * 24, 3);
      }),
    );
  });

  it('is not known from two hours', () => {
    const two = [1, 2].map((hour) => ({ hour, value: 1 }));
    expect(growthPerDay(two)).toBeUndefined();
  });
});
