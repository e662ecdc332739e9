import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planExtra, planNext, timestampFor, windowEndsBetween } from '../../agent/instants.ts';
import { FUTURE_LIMIT_MS, minuteOf, phaseMs } from '../../core/host-minute.ts';

const TEN_S = 10_000;
const clock = fc.integer({ min: 1_600_000_000_000, max: 2_000_000_000_000 });
const interval = fc.integer({ min: 1000, max: 60_000 });
const phase = fc.integer({ min: 0, max: 59 }).map((s) => s * 1000);

describe('the plan of samples', () => {
  it('is strictly rising, aligned, and at most one interval ahead on a steady clock', () => {
    fc.assert(
      fc.property(clock, interval, phase, (nowMs, intervalMs, phaseMs) => {
        const first = planNext(nowMs, undefined, intervalMs, phaseMs);
        expect(first.atMs).toBeGreaterThan(nowMs);
        expect(first.waitMs).toBeLessThanOrEqual(intervalMs);
        expect((first.atMs - phaseMs) % intervalMs).toBe(0);
        // A timer that fires a little early must not plan the same instant again.
        const next = planNext(first.atMs - 3, first.atMs, intervalMs, phaseMs);
        expect(next).toMatchObject({ atMs: first.atMs + intervalMs, clock: 'steady' });
      }),
    );
  });

  it('never goes back while what was measured may be on the server', () => {
    fc.assert(
      fc.property(clock, fc.integer({ min: 0, max: FUTURE_LIMIT_MS }), (lastMs, backMs) => {
        expect(planNext(lastMs - backMs, lastMs, TEN_S, 0).atMs).toBeGreaterThan(lastMs);
      }),
    );
  });

  it('holds samples when the clock is set back, and goes on when it has caught up', () => {
    const lastMs = 1_700_000_000_000;
    expect(planNext(lastMs - 120_000, lastMs, TEN_S, 0)).toEqual({
      atMs: lastMs + TEN_S,
      waitMs: 130_000,
      clock: 'held',
    });
    expect(planNext(lastMs + 1, lastMs, TEN_S, 0)).toMatchObject({ clock: 'steady' });
  });

  it('begins anew when the clock was so far ahead that no server took the samples', () => {
    const lastMs = 1_700_000_000_000;
    const nowMs = lastMs - 3_600_000;
    expect(planNext(nowMs, lastMs, TEN_S, 0)).toEqual({
      atMs: nowMs + TEN_S,
      waitMs: TEN_S,
      clock: 'restarted',
    });
  });

  it('goes on at once after the clock was set forward or the machine slept', () => {
    const lastMs = 1_700_000_000_000;
    expect(planNext(lastMs + 3_600_001, lastMs, TEN_S, 0)).toMatchObject({
      atMs: lastMs + 3_600_000 + TEN_S,
      clock: 'steady',
    });
  });

  it('puts the last sample of a host-minute one interval before its end, on every host', () => {
    fc.assert(
      fc.property(clock, fc.string({ minLength: 1, maxLength: 20 }), (nowMs, host) => {
        const { atMs } = planNext(nowMs, undefined, TEN_S, phaseMs(host));
        const isLast = windowEndsBetween(atMs, atMs + TEN_S, 60_000, phaseMs(host));
        expect(isLast).toBe(minuteOf(host, atMs) !== minuteOf(host, atMs + TEN_S));
      }),
    );
  });
});

describe('the timestamp of a sample', () => {
  it.each([
    [-3, 'planned'],
    [0, 'planned'],
    [100, 'planned'],
    [101, 'real'],
    [60_000, 'real'],
  ])('%d ms after the plan is the %s one', (lateMs, which) => {
    const planned = 1_700_000_000_000;
    expect(timestampFor(planned, planned + lateMs)).toBe(
      which === 'planned' ? planned : planned + lateMs,
    );
  });
});

describe('a sample out of turn', () => {
  it('lies a second from the ones before and after, in its order, or gives way to the next', () => {
    const wanted = fc.integer({ min: 0, max: 6000 });
    const ago = fc.integer({ min: -20_000, max: 60_000 });
    fc.assert(
      fc.property(clock, interval, phase, wanted, ago, (nowMs, every, phaseMs, inMs, agoMs) => {
        const lastMs = nowMs - agoMs;
        const plan = planNext(nowMs, lastMs, every, phaseMs);
        const atMs = planExtra(plan, nowMs, lastMs, inMs);
        if (atMs === undefined) return;
        expect(atMs).toBeGreaterThanOrEqual(nowMs + inMs);
        expect(atMs - lastMs).toBeGreaterThanOrEqual(1000);
        expect(plan.atMs - atMs).toBeGreaterThanOrEqual(1000);
        expect(planNext(atMs, atMs, every, phaseMs).atMs).toBe(plan.atMs);
      }),
    );
  });

  it('is taken where there is room, and not while the clock is set back', () => {
    const plan = planNext(1_000_001_000, 1_000_000_000, TEN_S, 0);
    expect(planExtra(plan, 1_000_001_000, 1_000_000_000, 250)).toBe(1_000_001_250);
    expect(planExtra(plan, 1_000_001_000, 1_000_000_000, undefined)).toBeUndefined();
    expect(planExtra(plan, 1_000_009_500, 1_000_000_000, 0)).toBeUndefined();
    const held = planNext(1_000_000_000, 1_000_060_000, TEN_S, 0);
    expect(planExtra(held, 1_000_000_000, 1_000_060_000, 0)).toBeUndefined();
  });
});
