import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { InhibitRule } from '../../core/alertmanager/config-types.ts';
import { fingerprint } from '../../core/alertmanager/fingerprint.ts';
import { createInhibitor, type InhibitionAlert } from '../../core/alertmanager/inhibit.ts';
import { matchesLabels } from '../../core/alertmanager/matcher.ts';
import { createMatcher, parseMatchers } from '../../core/alertmanager/parse-matcher.ts';

function rule(source: string, target: string, equal: string[] = []): InhibitRule {
  const [sourceMatchers, targetMatchers] = [source, target].map((text) => {
    const matchers = parseMatchers(text);
    if (!matchers.ok) throw new Error(matchers.error);
    return matchers.value;
  });
  return { sourceMatchers: sourceMatchers ?? [], targetMatchers: targetMatchers ?? [], equal };
}

function alert(labels: Record<string, string>): InhibitionAlert {
  return { fingerprint: fingerprint(labels), labels };
}

const DARK = rule('alertname=HostDown', 'alertname!=HostDown', ['host']);

test('a dark host mutes what is on it, and nothing else', () => {
  const dark = alert({ alertname: 'HostDown', host: 'a' });
  const vm = alert({ alertname: 'VmDown', host: 'a', vm: 'x' });
  const elsewhere = alert({ alertname: 'VmDown', host: 'b', vm: 'y' });
  const hostless = alert({ alertname: 'Watchdog' });
  const inhibitedBy = createInhibitor([DARK], [dark, vm, elsewhere, hostless]);
  expect(inhibitedBy(vm)).toEqual([dark.fingerprint]);
  expect(inhibitedBy(elsewhere)).toEqual([]);
  expect(inhibitedBy(hostless)).toEqual([]);
  expect(inhibitedBy(dark)).toEqual([]);
});

test('nothing fires: nothing is muted', () => {
  expect(createInhibitor([DARK], [])(alert({ alertname: 'VmDown', host: 'a' }))).toEqual([]);
});

test('a label that both lack is equal, and so is an empty one', () => {
  const source = alert({ alertname: 'A' });
  const rules = [rule('alertname=A', 'alertname=B', ['zone'])];
  const inhibitedBy = createInhibitor(rules, [source]);
  expect(inhibitedBy(alert({ alertname: 'B' }))).toEqual([source.fingerprint]);
  expect(inhibitedBy(alert({ alertname: 'B', zone: '' }))).toEqual([source.fingerprint]);
  expect(inhibitedBy(alert({ alertname: 'B', zone: 'eu' }))).toEqual([]);
});

test('an alert on both sides is muted by one-sided sources only, never by itself', () => {
  const rules = [rule('alertname=~"A|B"', 'alertname=~"B|C"')];
  const [a, b, other] = [
    alert({ alertname: 'A' }),
    alert({ alertname: 'B' }),
    alert({ alertname: 'B', n: '2' }),
  ];
  expect(createInhibitor(rules, [b])(b)).toEqual([]);
  expect(createInhibitor(rules, [b, other])(b)).toEqual([]);
  expect(createInhibitor(rules, [b, other, a])(b)).toEqual([a.fingerprint]);
  expect(createInhibitor(rules, [b])(alert({ alertname: 'C' }))).toEqual([b.fingerprint]);
});

test('each rule that mutes names one source, no source is named twice', () => {
  const [a, b] = [alert({ alertname: 'A' }), alert({ alertname: 'B' })];
  const rules = [
    rule('alertname=B', 'x=y'),
    rule('alertname=A', 'x=y'),
    rule('alertname=~"A|B"', 'x=y'),
  ];
  const inhibitedBy = createInhibitor(rules, [a, b]);
  expect(inhibitedBy(alert({ x: 'y' }))).toEqual([b.fingerprint, a.fingerprint]);
});

test('values that meet in one another’s place are not equal', () => {
  const rules = [rule('alertname=A', 'alertname=B', ['x', 'y'])];
  const inhibitedBy = createInhibitor(rules, [alert({ alertname: 'A', x: '1:', y: '2' })]);
  expect(inhibitedBy(alert({ alertname: 'B', x: '1', y: ':2' }))).toEqual([]);
});

const value = fc.constantFrom('', 'a', 'b');
const anyAlert = fc
  .record({ x: value, y: value, z: value }, { requiredKeys: [] })
  .map((labels) => alert(labels));
const anyMatcher = fc
  .tuple(
    fc.constantFrom('x', 'y', 'z'),
    fc.constantFrom('=', '!=', '=~'),
    fc.constantFrom('', 'a', 'b', 'a|b'),
  )
  .map(([name, op, text]) => {
    const matcher = createMatcher(name, op, text);
    if (!matcher.ok) throw new Error(matcher.error);
    return matcher.value;
  });
const anyRule = fc.record({
  sourceMatchers: fc.array(anyMatcher, { maxLength: 2 }),
  targetMatchers: fc.array(anyMatcher, { maxLength: 2 }),
  equal: fc.uniqueArray(fc.constantFrom('x', 'y', 'z'), { maxLength: 2 }),
});

/** Alertmanager's rule, tried on every pair. */
function isInhibited(
  rules: readonly InhibitRule[],
  firing: readonly InhibitionAlert[],
  { labels }: InhibitionAlert,
) {
  return rules.some(({ sourceMatchers, targetMatchers, equal }) => {
    if (!matchesLabels(targetMatchers, labels)) return false;
    const isTwoSided = matchesLabels(sourceMatchers, labels);
    return firing.some(
      (source) =>
        matchesLabels(sourceMatchers, source.labels) &&
        equal.every((name) => (source.labels[name] ?? '') === (labels[name] ?? '')) &&
        !(isTwoSided && matchesLabels(targetMatchers, source.labels)),
    );
  });
}

test('law: the index finds what trying every pair finds', () => {
  fc.assert(
    fc.property(
      fc.array(anyRule, { maxLength: 3 }),
      fc.array(anyAlert, { maxLength: 8 }),
      (rules, firing) => {
        const inhibitedBy = createInhibitor(rules, firing);
        for (const each of firing)
          expect(inhibitedBy(each).length > 0).toBe(isInhibited(rules, firing, each));
      },
    ),
    { numRuns: 2000 },
  );
});

test('10,000 alerts and 10 rules are a matter of milliseconds', () => {
  const firing = Array.from({ length: 10_000 }, (_, i) =>
    alert({
      alertname: i % 4 === 0 ? 'HostDown' : `Vm${i % 7}`,
      host: `h${i % 2999}`,
      vm: `vm-${i}`,
    }),
  );
  const startMs = performance.now();
  const inhibitedBy = createInhibitor(
    Array.from({ length: 10 }, () => DARK),
    firing,
  );
  const muted = firing.filter((each) => inhibitedBy(each).length > 0);
  expect(performance.now() - startMs).toBeLessThan(1000); // some 20 ms; trying every pair takes minutes
  expect(muted.length).toBeGreaterThan(1000);
});
