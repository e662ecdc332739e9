import fc from 'fast-check';
import { expect, test } from 'vitest';
import { matchesHostPattern } from '../../core/host-pattern.ts';

test.each([
  ['web-1', 'web-1', true],
  ['web-1', 'web-10', false],
  ['web-*', 'web-1', true],
  ['web-*', 'web-', true],
  ['web-*', 'my-web-1', false],
  ['*.berlin.example', 'a.b.berlin.example', true],
  ['*.berlin.example', 'berlin.example', false],
  ['*', 'anything', true],
  ['a*a', 'a', false],
  ['a*b*b', 'ab', false],
  ['a*b*c*d', 'a.c.b.c.d', true],
  ['a*b*c*d', 'a.c.b.d', false],
  ['web.1', 'web-1', false],
  ['Web-*', 'web-1', false],
])('%s and %s: %s', (pattern, host, matches) => {
  expect(matchesHostPattern(pattern, host)).toBe(matches);
});

test('is what a regular expression says, with .* for each star', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 8 });
  fc.assert(
    fc.property(text, text, (pattern, name) => {
      const host = name.replaceAll('*', 'c');
      const expression = new RegExp(`^${pattern.replaceAll('*', '.*')}$`);
      expect(matchesHostPattern(pattern, host)).toBe(expression.test(host));
    }),
  );
});
