import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  labelsOf,
  labelsText,
  parseLabels,
  suggestions,
} from '../../../dashboard/pages/routing/labels.ts';

test.each([
  ['severity=critical', { severity: 'critical' }],
  [' host = web 1 ', { host: 'web 1' }],
  ['{a="b, \\"c\\"", d=e}', { a: 'b, "c"', d: 'e' }],
  ['a=', { a: '' }],
  ['a=b=c', { a: 'b=c' }],
])('%s are labels', (text, labels) => {
  expect(parseLabels(text)).toEqual({ ok: true, value: labels });
});

test.each([
  ['', 'noName'],
  ['=x', 'noName'],
  ['critical', 'noValue'],
  ['a!=b', 'noValue'],
  ['a="b', 'quote'],
])('%s is not: %s', (text, error) => {
  expect(parseLabels(text)).toEqual({ ok: false, error });
});

test('labels as a series has them are read', () => {
  const labels = fc.dictionary(fc.stringMatching(/^[a-z_][a-z0-9_]*$/), fc.string(), {
    minKeys: 1,
    noNullPrototype: true,
  });
  fc.assert(
    fc.property(labels, (given) => {
      expect(parseLabels(labelsText(given))).toEqual({ ok: true, value: given });
    }),
  );
});

test('labels stand in the address', () => {
  expect(labelsOf(new URLSearchParams({ labels: '{a="b=c", d="e"}', a: 'x' }))).toEqual({
    a: 'b=c',
    d: 'e',
  });
  expect(labelsOf(new URLSearchParams({ labels: 'nonsense' }))).toEqual({});
  expect(labelsText({})).toBe('');
});

test('what alerts here have is offered: names, then their values', () => {
  const alerts = [
    { alertname: 'HostDown', host: 'b', zone: 'eu' },
    { alertname: 'VmDown', host: 'a' },
  ];
  expect(suggestions('', alerts, { host: 'a' })).toEqual([
    'alertname=',
    'severity=',
    'vm=',
    'zone=',
  ]);
  expect(suggestions('host=', alerts, {})).toEqual(['host=a', 'host=b']);
  expect(suggestions('severity=c', alerts, {})).toContain('severity=critical');
  expect(suggestions('nobody=', alerts, {})).toEqual([]);
});
