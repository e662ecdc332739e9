import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AlertLife, livesOf } from '../../core/alerting/alert-lives.ts';
import { ruleHistories } from '../../core/alerting/rule-noise.ts';
import { MINUTE_MS } from '../../core/host-minute.ts';
import { DAY_MS } from '../../core/time.ts';
import { type Past, seriesOfPast } from '../api/explain-fixture.ts';

const NOW_MS = Date.UTC(2026, 2, 1, 12, 0, 0);
const WEB = { alertname: 'HighLoad', host: 'web-1', severity: 'critical' };

function lives(past: readonly Past[], more: { fromMin?: number; forMs?: number } = {}) {
  return livesOf({
    series: past.flatMap((one) => seriesOfPast(one, NOW_MS)),
    fromMs: NOW_MS - (more.fromMin ?? 600) * MINUTE_MS,
    toMs: NOW_MS,
    nowMs: NOW_MS,
    openMs: 3 * MINUTE_MS,
    forMsOf: () => more.forMs ?? 0,
  });
}

/** Minutes before now. */
function inMinutes({ activeAtMs, firedAtMs, endedAtMs }: AlertLife) {
  const ago = (ms: number | undefined) =>
    ms === undefined ? undefined : (NOW_MS - ms) / MINUTE_MS;
  return [ago(activeAtMs), ago(firedAtMs), ago(endedAtMs)];
}

describe('lives of alerts, from what ticks wrote', () => {
  test('one that fired and is over, one that goes on, one that never fired', () => {
    const found = lives([
      { labels: WEB, activeMin: 60, firedMin: 55, endedMin: 40 },
      { labels: { ...WEB, host: 'web-2' }, activeMin: 30, firedMin: 28 },
      { labels: { ...WEB, host: 'web-3' }, activeMin: 20, endedMin: 18 },
    ]);
    expect(found.map(inMinutes)).toEqual([
      [20, undefined, 18],
      [30, 28, undefined],
      [60, 55, 40],
    ]);
  });

  test('an alert that comes back is another one; a tick that is missing is no end', () => {
    const back = lives([
      { labels: WEB, activeMin: 60, firedMin: 60, endedMin: 50 },
      { labels: WEB, activeMin: 45, firedMin: 45 },
    ]);
    expect(back.map(inMinutes)).toEqual([
      [45, 45, undefined],
      [60, 60, 50],
    ]);
    const [series] = seriesOfPast({ labels: WEB, activeMin: 30, firedMin: 30 }, NOW_MS);
    if (series === undefined) throw new Error('no series');
    const has = (_: unknown, i: number) => i < 5 || i > 15;
    const torn = {
      ...series,
      timestamps: series.timestamps.filter(has),
      values: series.values.filter(has),
    };
    const range = { fromMs: 0, toMs: NOW_MS, nowMs: NOW_MS, openMs: 1, forMsOf: () => 0 };
    expect(livesOf({ ...range, series: [torn] }).length).toBe(1);
  });

  test('one that fired before what is read fired when its rule says', () => {
    const [series] = [seriesOfPast({ labels: WEB, activeMin: 90, firedMin: 80 }, NOW_MS)];
    const late = series.map((one) => {
      const has = (atMs: number) => atMs >= NOW_MS - 30 * MINUTE_MS;
      const from = one.timestamps.findIndex(has);
      return from < 0
        ? { ...one, timestamps: new Float64Array(), values: new Float64Array() }
        : { ...one, timestamps: one.timestamps.slice(from), values: one.values.slice(from) };
    });
    const found = livesOf({
      ...{ series: late, fromMs: NOW_MS - 30 * MINUTE_MS, toMs: NOW_MS, nowMs: NOW_MS },
      ...{ openMs: 3 * MINUTE_MS, forMsOf: () => 10 * MINUTE_MS },
    });
    expect(found.map(inMinutes)).toEqual([[90, 80, undefined]]);
  });

  test('law: as many lives as there were, each as it was', () => {
    const gap = fc.record({
      quiet: fc.integer({ min: 1, max: 30 }),
      long: fc.integer({ min: 2, max: 40 }),
    });
    fc.assert(
      fc.property(fc.array(gap, { maxLength: 6 }), (gaps) => {
        let atMin = 1;
        const past = gaps.map(({ quiet, long }): Past => {
          const endedMin = atMin + quiet;
          atMin = endedMin + long;
          return { labels: WEB, activeMin: atMin, firedMin: atMin - 1, endedMin };
        });
        expect(lives(past).map(inMinutes)).toEqual(
          past.map(({ activeMin, firedMin, endedMin }) => [activeMin, firedMin, endedMin]),
        );
      }),
    );
  });
});

describe('what makes a rule a nuisance', () => {
  const input = {
    ...{ fromMs: NOW_MS - 7 * DAY_MS, toMs: NOW_MS, bucketMs: DAY_MS },
    ...{ bucketsFromMs: NOW_MS - 7 * DAY_MS, notificationsOf: () => 0 },
  };
  const one = (min: number, lastsMin: number, host = 'web-1'): Past => ({
    ...{ labels: { ...WEB, host }, activeMin: min, firedMin: min, endedMin: min - lastsMin },
  });
  const noiseOf = (past: readonly Past[]) => ruleHistories(lives(past), input)[0]?.noise;

  test('is that it comes back, is over at once, or fires all the time', () => {
    expect(noiseOf([one(300, 30), one(250, 30), one(200, 30), one(150, 30)])).toEqual(['flapping']);
    const hosts = ['a', 'b', 'c'];
    expect(noiseOf(hosts.map((host, i) => one(300 - 100 * i, 3, host)))).toEqual(['short']);
    const many = Array.from({ length: 30 }, (_, i) => one(500, 60, `host-${i}`));
    expect(noiseOf(many)).toEqual(['often']);
    expect(noiseOf([one(300, 30), one(100, 60)])).toEqual([]);
  });

  test('is told first, and each firing is in one bar', () => {
    const quiet = { labels: { alertname: 'Quiet' }, activeMin: 590, firedMin: 590 };
    const rules = ruleHistories(lives([quiet, one(300, 3), one(200, 3), one(100, 3)]), input);
    expect(rules.map(({ name }) => name)).toEqual(['HighLoad', 'Quiet']);
    expect(rules[0]?.perBucket).toEqual([0, 0, 0, 0, 0, 0, 3]);
    expect(rules[0]?.medianMs).toBe(3 * MINUTE_MS);
    expect(rules[1]).toMatchObject({ firingNow: 1, firingMs: 590 * MINUTE_MS });
  });
});
