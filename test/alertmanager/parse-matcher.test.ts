import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LabelMatcher } from '../../core/alertmanager/matcher.ts';
import {
  createMatcher,
  formatMatcher,
  formatMatchers,
  parseMatcher,
  parseMatchers,
} from '../../core/alertmanager/parse-matcher.ts';

function read(text: string): string {
  const matchers = parseMatchers(text);
  return matchers.ok ? formatMatchers(matchers.value) : `error: ${matchers.error}`;
}

function readOne(text: string): string {
  const matcher = parseMatcher(text);
  return matcher.ok ? formatMatcher(matcher.value) : `error: ${matcher.error}`;
}

describe('matchers are read as Alertmanager reads them', () => {
  test.each([
    ['', '{}'],
    ['{}', '{}'],
    ['foo=bar', '{foo="bar"}'],
    ['{foo = "bar", dings != "bums", }', '{foo="bar",dings!="bums"}'],
    ['foo=bar, dings!=bums', '{foo="bar",dings!="bums"}'],
    ['a=b,c=~"d.*"', '{a="b",c=~"d.*"}'],
    ['statuscode=~"5.."', '{statuscode=~"5.."}'],
    ['host!~web-[0-9]+', '{host!~"web-[0-9]+"}'],
    ['empty=', '{empty=""}'],
    ['empty=""', '{empty=""}'],
    ['quote="She said: \\"Hi, ladies!\\""', '{quote="She said: \\"Hi, ladies!\\""}'],
    ['path="C:\\\\vm"', '{path="C:\\\\vm"}'],
    ['lines="a\\nb"', '{lines="a\\nb"}'],
    ['tab="a\\tb"', '{tab="a\\\\tb"}'], // the older syntax has no \t
    ['"a b"="c"', '{"a b"="c"}'],
    ['"tab"="a\\tb"', '{tab="a\tb"}'],
    ['größe=1', '{größe="1"}'],
    ['{"vm.name"=~"x|y", host="é"}', '{vm.name=~"x|y",host="é"}'],
  ])('%j', (text, expected) => {
    expect(read(text)).toBe(expected);
  });

  test.each([
    ['foo', "bad matcher format: foo: expected an operator such as '=', '!=', '=~' or '!~'"],
    ['=bar', 'bad matcher format: =bar: expected label name'],
    ['"a"', `bad matcher format: "a": expected an operator such as '=', '!=', '=~' or '!~'`],
    ['"a"=', 'bad matcher format: "a"=: expected label value'],
    ['"a"="b', 'bad matcher format: "a"="b: "b: missing end "'],
    ['"a"="b" c=d', 'bad matcher format: "a"="b" c=d: expected a comma or close brace'],
    ['{"a"=b', 'bad matcher format: {"a"=b: expected close brace'],
    ['"a"=b}', 'bad matcher format: "a"=b}: expected opening brace'],
    ['{"a"=b}x', 'bad matcher format: {"a"=b}x: expected end of input'],
    ['"a"=b,,', 'bad matcher format: "a"=b,,: expected a matcher or close brace after comma'],
    ['"a"!b', 'bad matcher format: "a"!b: expected one of = and ~ after !'],
    ['"a"=`b`', 'bad matcher format: "a"=`b`: `: needs quotes around it'],
    ['"\\xff"=b', 'bad matcher format: "\\xff"=b: "\\xff": not valid UTF-8'],
    ['"a"="\\q"', 'bad matcher format: "a"="\\q": "\\q": unknown escape sequence'],
  ])('%j is refused', (text, message) => {
    expect(read(text)).toBe(`error: ${message}`);
  });

  test('a pattern that is no regular expression is refused with the reason', () => {
    expect(read('host=~"web("')).toContain('missing closing )');
    expect(read('host!~"*"')).toContain('missing argument to repetition operator');
    expect(createMatcher('host', '=~', '(?=x)')).toMatchObject({ ok: false });
    expect(createMatcher('host', '=~', 'a)(b')).toMatchObject({ ok: false });
  });

  test('one matcher', () => {
    expect(readOne('foo=a,b')).toBe('foo="a,b"');
    expect(readOne('"a b"=c')).toBe('"a b"="c"');
    expect(readOne('{a=b}')).toBe('error: unexpected open or close brace: {a=b}');
    expect(readOne('"a b"=c,d=e')).toBe('error: expected 1 matcher, found 2: "a b"=c,d=e');
    expect(readOne('')).toBe('error: expected 1 matcher, found 0: ');
  });

  test('a long run of spaces takes no time to speak of', () => {
    expect(read(`a=b${' '.repeat(200_000)}c`)).toMatch(/^\{a="b +c"\}$/);
  });
});

describe('a matcher holds', () => {
  test.each([
    ['=', 'web', ['web'], ['', 'webs', 'WEB']],
    ['!=', 'web', ['', 'webs'], ['web']],
    ['=~', 'web|db', ['web', 'db'], ['', 'webdb', 'web-1']],
    ['=~', 'web.*', ['web', 'web-1'], ['my-web']],
    ['=~', '|web', ['', 'web'], ['x']],
    ['!~', 'web.*', ['', 'db'], ['web-1']],
    ['=', '', [''], ['x']],
  ] as const)('%s %j', (op, value, good, bad) => {
    const matcher = createMatcher('host', op, value);
    if (!matcher.ok) throw new Error(matcher.error);
    for (const text of good) expect([text, matcher.value.matches(text)]).toEqual([text, true]);
    for (const text of bad) expect([text, matcher.value.matches(text)]).toEqual([text, false]);
  });
});

const anyText = fc.string({ unit: 'grapheme', maxLength: 8 });
const anyMatcher = fc.record<Pick<LabelMatcher, 'name' | 'op' | 'value'>>({
  name: fc.oneof(
    fc.stringMatching(/^[a-z_][a-z0-9_]{0,8}$/),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }),
  ),
  op: fc.constantFrom('=', '!='),
  value: fc.oneof(
    anyText,
    fc.string({ unit: fc.constantFrom('"', '\\', '\n', ',', '}', ' ', 'n') }),
  ),
});

test('law: what is printed is read back', () => {
  fc.assert(
    fc.property(fc.array(anyMatcher, { maxLength: 4 }), (matchers) => {
      const printed = formatMatchers(matchers);
      const back = parseMatchers(printed);
      if (!back.ok) throw new Error(back.error);
      expect(back.value).toMatchObject(matchers);
      expect(formatMatchers(back.value)).toBe(printed);
    }),
    { numRuns: 2000 },
  );
});

test('law: no text makes the reader throw', () => {
  const unit = fc.constantFrom(...'ab{}=~!,"\\ \n(é\u{1f4a5}');
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 24 }), (text) => {
      expect(parseMatchers(text)).toHaveProperty('ok');
      expect(parseMatcher(text)).toHaveProperty('ok');
    }),
    { numRuns: 5000 },
  );
});
