import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatExpr } from '../../core/promql/format.ts';
import { prettyExpr } from '../../core/promql/pretty.ts';
import { someExpr } from './expr-arbitrary.ts';
import { bare, parsed } from './harness.ts';

describe('a query is written in one way', () => {
  it.each([
    ['sum(up)by(host)', 'sum by (host) (up)'],
    ['up{b="1",a=~"x"}[90d]offset -1h@0', 'up{a=~"x",b="1"}[90d] @ 0.000 offset -1h'],
    ['{"disk.free","a b"="c"}', '{"a b"="c",__name__="disk.free"}'],
    ['a+on(b)group_left c', 'a + on (b) group_left () c'],
    ['a / on() 2', 'a / 2'],
    ['TOPK(3,a)', 'topk(3, a)'],
    ['rate(a[1h/2+step()])', 'rate(a[1h / 2 + step()])'],
    ['max_over_time(a[1w:60s])', 'max_over_time(a[1w:1m])'],
    ['-5m + 1e3 - -(2)', '-5m + 1000 - -(2)'],
    ["'it''s'", undefined],
    ['"a\\tb\u00a0"', '"a\\tb\\u00a0"'],
  ])('%s', (text, written) => {
    if (written === undefined) expect(() => parsed(text)).toThrow('unexpected string');
    else expect(formatExpr(parsed(text))).toBe(written);
  });

  it('over lines when it is long', () => {
    const long = `sum by (host) (rate(${'x'.repeat(60)}{host="a"}[5m])) / on (host) group_left () ${'y'.repeat(40)}`;
    expect(prettyExpr(parsed(long))).toBe(
      [
        `  sum by (host) (rate(${'x'.repeat(60)}{host="a"}[5m]))`,
        '/ on (host) group_left ()',
        `  ${'y'.repeat(40)}`,
      ].join('\n'),
    );
  });
});

describe('reading what was written gives the same query', () => {
  it('on one line and over many', () => {
    fc.assert(
      fc.property(someExpr, (text) => {
        const expr = parsed(text);
        expect(bare(parsed(formatExpr(expr)))).toEqual(bare(expr));
        expect(formatExpr(parsed(prettyExpr(expr)))).toBe(formatExpr(expr));
      }),
      { numRuns: 500 },
    );
  });
});
