import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { formatRuleFileError, parseRuleFile } from '../../core/rules/rule-file.ts';
import { parseRuleTestFile } from '../../core/rules/test-file.ts';
import { type CaseResult, runRuleTests } from '../../core/rules/unit-test.ts';

const FIXTURES = new URL('fixtures/', import.meta.url);
const RULES = readFileSync(new URL('engine.rules.yaml', FIXTURES), 'utf8');
const TESTS = readFileSync(new URL('engine.test.yaml', FIXTURES), 'utf8');

function run(tests: string, rules = RULES): CaseResult[] {
  const groups = parseRuleFile(rules, 'rules.yaml');
  const file = parseRuleTestFile(tests, 'tests.yaml');
  if (groups.ok && file.ok) return runRuleTests(file.value, groups.value);
  const errors = [...(groups.ok ? [] : groups.error), ...(file.ok ? [] : file.error)];
  throw new Error(errors.map(formatRuleFileError).join('\n'));
}

function failures(results: readonly CaseResult[]): string[] {
  return results.filter(({ failure }) => failure !== undefined).map(({ name }) => name);
}

test('every case that promtool finds right is right', () => {
  const results = run(TESTS);
  expect(results.length).toBeGreaterThan(20);
  expect(results.filter(({ failure }) => failure !== undefined)).toEqual([]);
});

describe('an expectation made wrong is refused', () => {
  test.each([
    ['a label', 'size: small', 'size: tiny', 'recording rules feed later rules: LoadHigh at 2m'],
    [
      'an annotation',
      'had 8, has 1',
      'had 8, has 2',
      'an offset looks back, for waits, annotations follow: LoadHighLate at 6m',
    ],
    [
      'a value',
      'value: 21',
      'value: 22',
      'recording rules feed later rules: site:load:triple at 2m',
    ],
    [
      'a series',
      'site="muc", tier="derived"}',
      'site="muc"}',
      'recording rules feed later rules: site:load:triple at 2m',
    ],
    [
      'a sample that is none',
      'exp_samples: []',
      `exp_samples: [{ labels: '{a="b"}', value: 1 }]`,
      'recording rules feed later rules: site:load:sum{site="ber"} at 8m',
    ],
    [
      'a time',
      '{ eval_time: 4m, alertname: Flapping }',
      '{ eval_time: 6m, alertname: Flapping }',
      'keep_firing_for bridges gaps, and a pending alert that vanishes begins anew: Flapping at 6m',
    ],
  ])('%s', (_, right, wrong, name) => {
    expect(failures(run(TESTS.replace(right, wrong)))).toEqual([name]);
  });

  test('and the message shows what came', () => {
    const [failed] = run(TESTS.replace('value: 21', 'value: 22')).filter(
      ({ failure }) => failure !== undefined,
    );
    expect(failed?.failure).toContain('site:load:triple{site="ber", tier="derived"} 22');
    expect(failed?.failure).toContain('site:load:triple{site="ber", tier="derived"} 21');
  });
});

test('a rule that fails while it is evaluated fails all cases of the test', () => {
  const rules =
    'groups:\n- name: g\n  rules:\n  - record: same\n    expr: load\n    labels: { site: x }\n';
  expect(failures(run(TESTS, rules))).toContain('recording rules feed later rules: LoadHigh at 2m');
});

test('fuzzy_compare takes the neighbouring float64', () => {
  const file = (fuzzy: boolean, value: string) => `
fuzzy_compare: ${fuzzy}
tests:
  - promql_expr_test:
      - expr: 0.1 + 0.2
        exp_samples: [{ labels: '{}', value: ${value} }]
`;
  expect(failures(run(file(false, '0.3')))).toHaveLength(1);
  expect(failures(run(file(true, '0.3')))).toEqual([]);
  expect(failures(run(file(true, '0.3000001')))).toHaveLength(1);
});

describe('a broken test file', () => {
  test.each([
    ['tests:\n- nmae: x\n', '2: a test: unknown field "nmae"'],
    [
      'tests:\n- alert_rule_test:\n  - eval_time: 5m\n',
      '3: an item under alert_rule_test misses required attribute alertname',
    ],
    ['tests:\n- input_series:\n  - series: up{\n    values: 1\n', '3: '],
    ['group_eval_order: [a, a]\n', '1: group name repeated in evaluation order: a'],
    ['tests:\n- promql_expr_test:\n  - exp_samples: [{ value: much }]\n', '3: '],
    ['tests:\n- start_timestamp: soon\n', '2: cannot parse "soon" to a valid timestamp'],
  ])('%j', (yaml, error) => {
    const parsed = parseRuleTestFile(yaml, 'tests.yaml');
    const errors = parsed.ok ? [] : parsed.error.map(formatRuleFileError);
    expect(errors.join('\n')).toContain(`tests.yaml:${error}`);
  });
});
