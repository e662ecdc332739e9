import { describe, expect, it } from 'vitest';
import { ask, source } from './harness.ts';

const MINUTE = 60_000;

describe('instant selectors', () => {
  const data = source(MINUTE, 'up{host="a"} 1 stale 2', 'up{host="b"} 0');

  it('see the last sample of the five minutes before, not one just five minutes old', () => {
    expect(ask(data, 'up{host="b"}', 5 * MINUTE - 1)).toEqual(['up{host="b"} 0']);
    expect(ask(data, 'up{host="b"}', 5 * MINUTE)).toEqual([]);
  });

  it('see nothing after a staleness marker until the next sample', () => {
    expect(ask(data, 'up{host="a"}', MINUTE - 1)).toEqual(['up{host="a"} 1']);
    expect(ask(data, 'up{host="a"}', MINUTE)).toEqual([]);
    expect(ask(data, 'up{host="a"}', 2 * MINUTE)).toEqual(['up{host="a"} 2']);
  });

  it('match by every operator, patterns anchored, absent labels as empty', () => {
    expect(ask(data, 'up{host=~"a|c"}', 0)).toEqual(['up{host="a"} 1']);
    expect(ask(data, 'up{host!~"a.*"}', 0)).toEqual(['up{host="b"} 0']);
    expect(ask(data, 'up{host=~""}', 0)).toEqual([]);
    expect(ask(data, 'up{dc=""}', 0)).toHaveLength(2);
    expect(ask(data, '{"up", host!="a"}', 0)).toEqual(['up{host="b"} 0']);
  });

  it('move with offset and @', () => {
    expect(ask(data, 'up{host="a"} offset 2m', 2 * MINUTE)).toEqual(['up{host="a"} 1']);
    expect(ask(data, 'up{host="a"} offset -2m', 0)).toEqual(['up{host="a"} 2']);
    expect(ask(data, 'up{host="a"} @ 0', 99 * MINUTE)).toEqual(['up{host="a"} 1']);
    expect(ask(data, 'timestamp(up{host="a"} @ 120)', 99 * MINUTE)).toEqual(['{host="a"} 120']);
  });
});

describe('range functions', () => {
  const data = source(MINUTE, 'c 0 10 20 5 15', 'g 4 NaN 2 stale 8');

  it('leave out the sample at the start of the range', () => {
    expect(ask(data, 'count_over_time(c[1m])', 4 * MINUTE)).toEqual(['{} 1']);
    expect(ask(data, 'c[2m]', 4 * MINUTE)).toEqual(['c 5@180000 15@240000']);
  });

  it('mend counter resets and stretch to the bounds of the range', () => {
    // 0 10 20 | 5 15: 15 - 10 + 20 lost in the reset, over 3 of 4 minutes.
    expect(ask(data, 'increase(c[4m])', 4 * MINUTE)).toEqual(['{} 33.33333333333333']);
    expect(ask(data, 'delta(c[3m])', 3 * MINUTE)).toEqual(['{} -7.5']);
    expect(ask(data, 'irate(c[3m])', 3 * MINUTE)).toEqual([`{} ${5 / 60}`]);
    expect(ask(data, 'resets(c[9m])', 4 * MINUTE)).toEqual(['{} 1']);
  });

  it('skip staleness markers and keep NaN', () => {
    expect(ask(data, 'count_over_time(g[9m])', 4 * MINUTE)).toEqual(['{} 4']);
    expect(ask(data, 'max_over_time(g[9m])', 4 * MINUTE)).toEqual(['{} 8']);
    expect(ask(data, 'sum_over_time(g[9m])', 4 * MINUTE)).toEqual(['{} NaN']);
    expect(ask(data, 'last_over_time(g[9m])', 4 * MINUTE)).toEqual(['g 8']);
    expect(ask(data, 'changes(g[9m])', 4 * MINUTE)).toEqual(['{} 3']);
  });

  it('give no value where a window has too few samples', () => {
    expect(ask(data, 'rate(c[1m])', 4 * MINUTE)).toEqual([]);
    expect(ask(data, 'absent_over_time(c{a="1"}[1m])', 0)).toEqual(['{a="1"} 1']);
  });

  it('run over subqueries on their own grid', () => {
    expect(ask(data, 'max_over_time(c[4m:1m])', 4 * MINUTE)).toEqual(['{} 20']);
    expect(ask(data, 'sum_over_time(rate(c[2m])[2m:1m])', 4 * MINUTE)).toHaveLength(1);
  });
});

describe('aggregation', () => {
  const data = source(MINUTE, 'm{a="1", b="x"} 1', 'm{a="1", b="y"} 3', 'm{a="2", b="x"} NaN');

  it('groups by and without', () => {
    expect(ask(data, 'sum by (a) (m)', 0)).toEqual(['{a="1"} 4', '{a="2"} NaN']);
    expect(ask(data, 'count without (a) (m)', 0)).toEqual(['{b="x"} 2', '{b="y"} 1']);
    expect(ask(data, 'max(m)', 0)).toEqual(['{} 3']);
    expect(ask(data, 'avg by (nothing) (m{a="1"})', 0)).toEqual(['{} 2']);
  });

  it('ranks with NaN last and keeps the labels', () => {
    expect(ask(data, 'topk(2, m)', 0, true)).toEqual(['m{a="1", b="y"} 3', 'm{a="1", b="x"} 1']);
    expect(ask(data, 'bottomk by (a) (1, m)', 0, true)).toEqual([
      'm{a="1", b="x"} 1',
      'm{a="2", b="x"} NaN',
    ]);
    expect(ask(data, 'topk(0, m)', 0)).toEqual([]);
    expect(ask(data, 'topk(NaN, m)', 0)).toEqual(['error: Parameter value is NaN']);
  });

  it('does not lose small numbers beside large ones, nor overflow a mean', () => {
    const wide = source(MINUTE, 'w{i="1"} 1', 'w{i="2"} 1e100', 'w{i="3"} 1', 'w{i="4"} -1e100');
    expect(ask(wide, 'sum(w)', 0)).toEqual(['{} 2']);
    const huge = source(MINUTE, 'h{i="1"} 1.5e308', 'h{i="2"} 1.5e308');
    expect(ask(huge, 'avg(h)', 0)).toEqual(['{} 1.5e+308']);
  });

  it('counts values and interpolates quantiles', () => {
    expect(ask(data, 'count_values("v", m > 0)', 0)).toEqual(['{v="1"} 1', '{v="3"} 1']);
    expect(ask(data, 'quantile(0.75, m{a="1"})', 0)).toEqual(['{} 2.5']);
    expect(ask(data, 'quantile(2, m)', 0)).toEqual(['{} Infinity']);
  });
});

describe('binary operators', () => {
  const data = source(
    MINUTE,
    'used{vm="a", host="h1"} 8',
    'used{vm="b", host="h2"} 1',
    'size{vm="a"} 10',
    'size{vm="c"} 10',
    'info{host="h1", rack="r1"} 1',
    'info{host="h2", rack="r2"} 1',
  );

  it('match one to one and drop the name', () => {
    expect(ask(data, 'used / on(vm) size', 0)).toEqual(['{vm="a"} 0.8']);
    expect(ask(data, 'used / ignoring(host) size', 0)).toEqual(['{vm="a"} 0.8']);
    expect(ask(data, 'used / size', 0)).toEqual([]);
    expect(ask(data, 'used * 2 > 3', 0)).toEqual(['{host="h1", vm="a"} 16']);
  });

  it('filter with comparisons, or turn them into 0 and 1', () => {
    expect(ask(data, 'used > 5', 0)).toEqual(['used{host="h1", vm="a"} 8']);
    expect(ask(data, '5 < used', 0)).toEqual(['used{host="h1", vm="a"} 8']);
    expect(ask(data, 'used > bool 5', 0)).toEqual([
      '{host="h1", vm="a"} 1',
      '{host="h2", vm="b"} 0',
    ]);
  });

  it('bring labels over with group_left and group_right', () => {
    const lines = ['{host="h1", rack="r1", vm="a"} 8', '{host="h2", rack="r2", vm="b"} 1'];
    expect(ask(data, 'used * on(host) group_left(rack) info', 0)).toEqual(lines);
    expect(ask(data, 'info * on(host) group_right(rack) used', 0)).toEqual(lines);
  });

  it('fill in for missing partners', () => {
    expect(ask(data, 'used + on(vm) fill(0) size', 0)).toEqual([
      '{vm="a"} 18',
      '{vm="b"} 1',
      '{vm="c"} 10',
    ]);
  });

  it('refuse matches that are not unique', () => {
    expect(ask(data, 'used * on() info', 0)[0]).toBe(
      'error: found duplicate series for the match group {} on the right hand-side of the operation:' +
        ' [{__name__="info", host="h1", rack="r1"}, {__name__="info", host="h2", rack="r2"}]' +
        ';many-to-many matching not allowed: matching labels must be unique on one side',
    );
    expect(ask(data, 'used * on() size{vm="a"}', 0)).toEqual([
      'error: multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)',
    ]);
    expect(ask(data, 'abs({vm="a"})', 0)).toHaveLength(2);
    expect(ask(data, 'abs({vm=~"a|c", host=""} or {host="h1", rack=""} )', 0)).toHaveLength(3);
    const twins = source(MINUTE, 'x{a="1"} 1', 'y{a="1"} 2');
    expect(ask(twins, '-{a="1"}', 0)).toEqual([
      'error: vector cannot contain metrics with the same labelset',
    ]);
  });

  it('matched by name: a result without names would hold a series twice', () => {
    const twice = source(MINUTE, 'c 1', 'd 2');
    const both = '{__name__=~"c|d"}';
    const error = 'error: vector cannot contain metrics with the same labelset';
    expect(ask(twice, `${both} == on (__name__) ${both}`, 0)).toEqual(['c 1', 'd 2']);
    expect(ask(twice, `${both} + on (__name__) ${both}`, 0)).toEqual([error]);
    expect(ask(twice, `-(${both} == on (__name__) ${both})`, 0)).toEqual([error]);
  });

  it('combine sets', () => {
    expect(ask(data, 'used and on(vm) size', 0)).toEqual(['used{host="h1", vm="a"} 8']);
    expect(ask(data, 'used unless on(vm) size', 0)).toEqual(['used{host="h2", vm="b"} 1']);
    expect(ask(data, 'size or on(vm) used', 0)).toEqual([
      'size{vm="a"} 10',
      'size{vm="c"} 10',
      'used{host="h2", vm="b"} 1',
    ]);
  });
});

describe('functions', () => {
  const data = source(MINUTE, 'm{a="x-1"} 2.5', 'm{a="x-10"} -1', 'm{a="x-2"} NaN');

  it('rewrite labels', () => {
    expect(ask(data, 'label_replace(m{a="x-1"}, "n", "$1!$$", "a", "x-(.*)")', 0)).toEqual([
      'm{a="x-1", n="1!$"} 2.5',
    ]);
    expect(ask(data, 'label_join(m{a="x-1"}, "j", "/", "a", "none", "a")', 0)).toEqual([
      'm{a="x-1", j="x-1//x-1"} 2.5',
    ]);
    expect(ask(data, 'label_replace(m, "a", "same", "a", ".*")', 0)).toEqual([
      'error: vector cannot contain metrics with the same labelset',
    ]);
    expect(ask(data, 'label_replace(m, "a", "", "a", "(")', 0)[0]).toContain('invalid regular');
  });

  it('sort, NaN last, labels in natural order', () => {
    const values = (query: string) => ask(data, query, 0, true).map((line) => line.split(' ')[1]);
    expect(values('sort(m)')).toEqual(['-1', '2.5', 'NaN']);
    expect(values('sort_desc(m)')).toEqual(['2.5', '-1', 'NaN']);
    expect(values('sort_by_label(m, "a")')).toEqual(['2.5', 'NaN', '-1']);
  });

  it('say what is absent', () => {
    expect(ask(data, 'absent(m)', 0)).toEqual([]);
    expect(ask(data, 'absent(gone{vm="a", x!="y"})', 0)).toEqual(['{vm="a"} 1']);
    expect(ask(data, 'absent(sum(gone))', 0)).toEqual(['{} 1']);
  });

  it('round, clamp and turn vectors into scalars', () => {
    expect(ask(data, 'round(m{a="x-1"}, 2)', 0)).toEqual(['{a="x-1"} 2']);
    expect(ask(data, 'clamp(m{a="x-10"}, 0, 1)', 0)).toEqual(['{a="x-10"} 0']);
    expect(ask(data, 'clamp(m, 1, 0)', 0)).toEqual([]);
    expect(ask(data, 'scalar(m)', 0)).toEqual(['NaN']);
    expect(ask(data, 'scalar(m{a="x-1"}) + time()', 3000)).toEqual(['5.5']);
  });

  it('clamp nothing between bounds that cross, whatever the series are called', () => {
    const twice = source(MINUTE, 'c 1', 'd 2');
    expect(ask(twice, 'clamp({__name__=~"c|d"}, 2, 1)', 0)).toEqual([]);
  });

  it('read dates in UTC, leap years too', () => {
    const leapDay = 'vector(1709210096)'; // 2024-02-29T12:34:56Z
    for (const [name, value] of [
      ['year', 2024],
      ['month', 2],
      ['day_of_month', 29],
      ['day_of_week', 4],
      ['day_of_year', 60],
      ['days_in_month', 29],
      ['hour', 12],
      ['minute', 34],
    ] as const)
      expect(ask(data, `${name}(${leapDay})`, 0)).toEqual([`{} ${value}`]);
  });

  it('interpolate quantiles of classic histograms', () => {
    const buckets = source(
      MINUTE,
      'b{le="1"} 2',
      'b{le="2"} 6',
      'b{le="4"} 5', // below the bucket before it: lifted to 6
      'b{le="+Inf"} 8',
    );
    expect(ask(buckets, 'histogram_quantile(0.5, b)', 0)).toEqual(['{} 1.5']);
    expect(ask(buckets, 'histogram_quantile(0.9, b)', 0)).toEqual(['{} 4']);
    expect(ask(buckets, 'histogram_quantile(0.5, b{le!="+Inf"})', 0)).toEqual(['{} NaN']);
    expect(ask(buckets, 'histogram_fraction(0, 1.5, b)', 0)).toEqual(['{} 0.5']);
    expect(ask(buckets, 'histogram_quantiles(b, "q", 0.5, 1)', 0)).toEqual([
      '{q="0.5"} 1.5',
      '{q="1.0"} 4',
    ]);
  });
});
