import { describe, expect, it } from 'vitest';
import { parseSeriesNotation, parseSeriesPoints } from '../../core/promql/series-notation.ts';
import { formatLabels } from '../../core/series/labels.ts';

function series(text: string) {
  const result = parseSeriesNotation(text);
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

function problem(text: string) {
  const result = parseSeriesNotation(text);
  return result.ok ? undefined : result.error;
}

describe('series notation', () => {
  it('expands runs, gaps and staleness markers', () => {
    expect(series('up{job="a"} 0+2x3 _ 7x2 _x2 stale -1-1x1').points).toEqual([
      0,
      2,
      4,
      6,
      undefined,
      7,
      7,
      7,
      undefined,
      undefined,
      'stale',
      -1,
      -2,
    ]);
  });

  it('reads every spelling of a number', () => {
    expect(parseSeriesPoints('1.5e3 .5 -Inf inf NaN 1e-2+1e-2x1')).toEqual({
      ok: true,
      value: [1500, 0.5, -Infinity, Infinity, Number.NaN, 0.01, 0.02],
    });
  });

  it('reads labels, quoted metric names and escapes', () => {
    expect(formatLabels(series(String.raw`m{b="x\"y", a='1',}`).labels)).toBe(
      String.raw`m{a="1", b="x\"y"}`,
    );
    expect(series('{"disk.free", "mount point"="/"} 1').labels).toEqual([
      '__name__',
      'disk.free',
      'mount point',
      '/',
    ]);
    expect(series('{a="1"} 5')).toEqual({ labels: ['a', '1'], points: [5] });
  });

  it('names what is wrong', () => {
    expect(problem('up{job="a"} 1 two')?.message).toBe('"two" is not a value in series "1 two"');
    expect(problem('up{job=a} 1')?.message).toContain('expected a quoted value after job=');
    expect(problem('up 1+1')?.message).toContain('expected 1+1x<count>');
    expect(problem('up 1x9999999999')?.message).toContain('more than 1000000 points');
    expect(problem('h{a="1"} {{sum:1 count:2}}')?.code).toBe('unsupported');
  });
});
