import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePromql } from '../../core/promql/parse.ts';
import { ask, source } from './harness.ts';

function problem(query: string): string {
  const result = parsePromql(query);
  return result.ok ? 'no error' : result.error.message;
}

describe('errors say what and where', () => {
  it.each([
    ['', 'unknown position: parse error: no expression found in input'],
    ['# nothing', '1:1: parse error: no expression found in input'],
    ['up down', '1:4: parse error: unexpected identifier "down"'],
    ['sum(up', '1:7: parse error: unclosed left parenthesis'],
    ['sum(up down)', '1:8: parse error: unexpected identifier "down" in aggregation'],
    [
      'sum by host (up)',
      '1:8: parse error: unexpected identifier "host" in grouping opts, expected "("',
    ],
    ['é + 1', "1:1: parse error: unexpected character: 'é'"],
    ['"é" + up)', "1:11: parse error: unexpected right parenthesis ')'"],
    ['up @ up', '1:6: parse error: unexpected identifier "up" in @, expected timestamp'],
    ['abs(up,)', '1:7: parse error: trailing commas not allowed in function call args'],
    ['up)', "1:4: parse error: unexpected right parenthesis ')'"],
    ['up{host="a}', '1:9: parse error: unterminated quoted string'],
    ['up{host=}', '1:9: parse error: unexpected "}" in label matching, expected string'],
    ['1 +\n  )', "2:4: parse error: unexpected right parenthesis ')'"],
    ['up[5m', '1:6: parse error: unclosed left bracket'],
    [
      'up offset',
      '1:10: parse error: unexpected end of input in offset, expected number, duration, step(), or range()',
    ],
    ['frob(up)', '1:1: parse error: unknown function with name "frob"'],
    ['up[0s]', '1:4: parse error: duration must be greater than 0'],
    ['{host=""}', '1:1: parse error: vector selector must contain at least one non-empty matcher'],
  ])('%s', (query, message) => {
    expect(problem(query)).toBe(message);
  });

  it.each([
    ['rate(up)', 'expected type range vector in call to function "rate", got instant vector'],
    ['abs(up[5m])', 'expected type instant vector in call to function "abs", got range vector'],
    ['sum(1)', 'expected type instant vector in aggregation expression, got scalar'],
    ['topk("a", up)', 'expected type scalar in aggregation parameter, got string'],
    ['clamp(up, 1)', 'expected 3 argument(s) in call to "clamp", got 2'],
    ['round(up, 1, 2)', 'expected at most 2 argument(s) in call to "round", got 3'],
    ['sum()', 'no arguments for aggregate expression provided'],
    ['1 > 2', 'comparisons between scalars must use BOOL modifier'],
    ['up + bool up', 'bool modifier can only be used on comparison operators'],
    ['up and 1', 'set operator "and" not allowed in binary scalar expression'],
    ['up and on(a) group_left() down', 'no grouping allowed for "and" operation'],
    ['up * on(a) group_left(a) b', 'label "a" must not occur in ON and GROUP clause at once'],
    ['up + "a"', 'binary expression must contain only scalar and instant vector types'],
    ['-"a"', 'unary expression only allowed on expressions of type scalar or instant vector'],
    ['up[5m] offset 1m offset 2m', 'offset may not be set multiple times'],
    ['(up offset 1m)[5m]', 'ranges only allowed for vector selectors'],
    ['up offset 1m [5m]', 'no offset modifiers allowed before range'],
    ['sum(up) offset 1m', 'offset modifier must be preceded by an instant vector selector'],
    ['up{host=~"("}', 'error parsing regexp: missing closing )'],
    ['up{__name__="down"}', 'metric name must not be set twice'],
  ])('%s', (query, message) => {
    expect(problem(query)).toContain(message);
  });
});

describe('operators bind as in Prometheus', () => {
  it.each([
    ['1 + 2 * 3', 7],
    ['2 ^ 3 ^ 2', 512],
    ['-2 ^ 2', -4],
    ['2 ^ -1 * 4', 2],
    ['-1 * -2 - -3', 5],
    ['10 - 3 - 2', 5],
    ['7 % 4 * 2', 6],
    ['-7 % 4', -3],
    ['1 == bool 2 < bool 3', 1],
    ['(1 + 2) * 3', 9],
    ['1 atan2 1 * 4', Math.PI],
    ['1 ^ NaN', 1],
  ])('%s = %d', (query, value) => {
    expect(ask(source(1000), query, 0)).toEqual([String(value)]);
  });

  it('attaches modifiers to the operand before them alone', () => {
    const data = source(60_000, 'a 1 2 3', 'b 10 20 30');
    expect(ask(data, 'a + b offset 1m * 2', 120_000)).toEqual(['{} 43']);
    expect(ask(data, 'a or c offset 1m', 120_000)).toEqual(['a 3']);
    expect(ask(data, '-b offset 2m', 120_000)).toEqual(['{} -10']);
    expect(ask(data, 'a + b @ 60', 120_000)).toEqual(['{} 23']);
  });
});

describe('literals', () => {
  it.each([
    ['0x1F', '31'],
    ['1_000', '1000'],
    ['1e3', '1000'],
    ['2.', '2'],
    ['2.e1', '20'],
    ['.5', '0.5'],
    ['1h30m', '5400'],
    ['-5m', '-300'],
    ['+Inf', 'Infinity'],
    ['nan', 'NaN'],
    [String.raw`"a\x41\u00e9\t'"`, "aA\u00e9\t'"],
    ['`a\\n`', 'a\\n'],
    ['1 # one', '1'],
  ])('%s', (query, value) => {
    expect(ask(source(1000), query, 0)).toEqual([value]);
  });
});

describe('any text gives a value', () => {
  const word = fc.constantFrom(
    ...['up', 'sum', 'by', '(', ')', '{', '}', '[', ']', '5m', ':', ',', '-', '+', '^', '@'],
    ...['offset', '"a"', '=~', '==', 'bool', 'on', 'group_left', '1', 'rate', 'and', '`', '#'],
    ...['start', 'min_of', '2.', '\\', '\ud800', '\n', 'le', '!', 'quantile', '0x'],
  );

  it('for random characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        expect(typeof parsePromql(text).ok).toBe('boolean');
      }),
    );
  });

  it('for random words of the language', () => {
    fc.assert(
      fc.property(fc.array(word, { maxLength: 25 }), (words) => {
        const result = parsePromql(words.join(' '));
        if (!result.ok)
          expect(result.error.message).toMatch(/^(?:\d+:\d+|unknown position): parse error: ./);
      }),
      { numRuns: 500 },
    );
  });

  it('for deep and long texts', () => {
    expect(problem('('.repeat(50_000))).toContain('nests deeper');
    expect(problem(`${'('.repeat(600)}1${')'.repeat(600)}`)).toContain('nests deeper');
    expect(problem(`${'('.repeat(5000)}1${')'.repeat(5000)}`)).toContain('parse error');
    expect(problem('-'.repeat(20_000))).toContain('parse error');
    expect(problem('a'.repeat(200_000))).toContain('the limit is 100000');
    expect(problem(`a${'+a'.repeat(400)}`)).toBe('no error');
    expect(problem(`a${'+a'.repeat(10_000)}`)).toContain('parse error');
  });
});
