import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Matcher,
  matchersOf,
  matcherText,
  readFilter,
  readMatchers,
} from '../../../dashboard/pages/alerts/matchers.ts';

const matcher: fc.Arbitrary<Matcher> = fc.record({
  name: fc.oneof(fc.stringMatching(/^[A-Za-z_]\w{0,8}$/), fc.string({ minLength: 1 })),
  value: fc.string(),
  isRegex: fc.boolean(),
  isEqual: fc.boolean(),
});

describe('matchers', () => {
  test('law: what is written is read as it was, in braces or not', () => {
    fc.assert(
      fc.property(fc.array(matcher, { maxLength: 5 }), fc.boolean(), (matchers, hasBraces) => {
        const text = matchers.map(matcherText).join(', ');
        const read = readMatchers(hasBraces ? `{${text}}` : text);
        expect(read).toEqual({ matchers, rest: '' });
      }),
    );
  });

  test('what is no matcher is left over, what was good is kept', () => {
    const { matchers, rest } = readMatchers('host="web-1", vm');
    expect([matchers.length, rest]).toEqual([1, 'vm']);
  });

  test('of an alert say which it is, not how it is', () => {
    const labels = {
      alertname: 'A',
      host: 'h',
      severity: 'critical',
      uuid: 'u',
      reason: 'x',
      vm: '',
    };
    expect(matchersOf(labels).map(matcherText)).toEqual(['alertname="A"', 'host="h"']);
  });

  test('a filter is matchers where it can be read as such, else a word', () => {
    expect(readFilter(' {host=~"web.*"} ')).toEqual({ filter: ['host=~"web.*"'], word: '' });
    expect(readFilter('web-1')).toEqual({ filter: [], word: 'web-1' });
    expect(readFilter('host=~')).toEqual({ filter: ['host=~""'], word: '' });
    expect(readFilter('a = b c')).toEqual({ filter: [], word: 'a = b c' });
  });
});
