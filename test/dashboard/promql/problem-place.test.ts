import { expect, test } from 'vitest';
import { parsePromql } from '../../../core/promql/parse.ts';
import { problemIn } from '../../../dashboard/promql/problem-place.ts';

/** The marked part of an expression in brackets, as our own parser finds it wrong. */
function marked(expr: string): string {
  const parsed = parsePromql(expr);
  if (parsed.ok) throw new Error(`${expr} is right`);
  const { place } = problemIn(expr, `invalid parameter "query": ${parsed.error.message}`);
  if (place === undefined) return 'nowhere';
  return `${expr.slice(0, place.from)}<${expr.slice(place.from, place.to)}>${expr.slice(place.to)}`;
}

test.each([
  ['sum(rate(x[5m])', 'sum(rate(x[5m]<)>'],
  ['up = = 1', 'up <=> = 1'],
  ['a + b c', 'a + b <c>'],
  // Columns count bytes: this label's value has more of them than letters.
  ['up{host="münchen💥"} foo', 'up{host="münchen💥"} <foo>'],
  ['up\n  and\nfoo bar', 'up\n  and\nfoo <bar>'],
])('%s is wrong where it says', (expr, expected) => {
  expect(marked(expr)).toBe(expected);
});

test('an error without a place is said as it is', () => {
  expect(problemIn('up', 'the table is busy')).toEqual({ message: 'the table is busy' });
  expect(problemIn('up', 'at 12:30: no')).toEqual({ message: 'at 12:30: no' });
  expect(
    problemIn('', 'invalid parameter "query": unknown position: parse error: no expression'),
  ).toEqual({
    message: 'invalid parameter "query": unknown position: parse error: no expression',
  });
});
