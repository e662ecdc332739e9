import { expect, test } from 'vitest';
import { needsOf } from '../../core/rules/needs.ts';
import { parseRuleFile } from '../../core/rules/rule-file.ts';

const MINUTE = 60_000;

function needs(...rules: string[]) {
  const parsed = parseRuleFile(
    `groups: [{ name: g, rules: [${rules.join(', ')}] }]`,
    'test.rules.yaml',
  );
  if (!parsed.ok) throw new Error(parsed.error.map(({ message }) => message).join());
  return needsOf(parsed.value, 6 * MINUTE);
}

test('a metric is kept as long as the rules that name it look back, and no rule shortens the least', () => {
  const { windowMs, keepMs } = needs(
    '{ alert: A, expr: "load > 1" }',
    '{ alert: B, expr: "predict_linear(free[1h], 60) < 0 and on (host) load > 0" }',
    '{ alert: C, expr: "avg_over_time(cpu[5m]) > 1" }',
  );
  expect(windowMs).toBe(60 * MINUTE);
  expect(['free', 'load', 'cpu', 'unheard_of'].map(keepMs)).toEqual([
    60 * MINUTE,
    60 * MINUTE,
    6 * MINUTE,
    0,
  ]);
});

test('a selector that may mean any metric keeps every metric', () => {
  expect(
    needs('{ alert: A, expr: \'count(count_over_time({__name__=~"host_.*"}[20m])) > 1\' }').keepMs(
      'anything',
    ),
  ).toBeGreaterThanOrEqual(20 * MINUTE);
});

test('a template that asks a query keeps the metrics the query names', () => {
  const { keepMs } = needs(
    `{ alert: A, expr: up == 0, annotations: {
      a: '{{ range query "other" }}{{ .Value }}{{ end }}',
      b: '{{ with printf "sum(asked{host=%q}) > %d" $labels.host 3 | query | sortByLabel "vm" }}{{ . }}{{ end }}'
    } }`,
  );
  expect(['other', 'asked', 'unasked'].map(keepMs)).toEqual([6 * MINUTE, 6 * MINUTE, 0]);
});

test('a template that makes up its query from labels keeps every metric', () => {
  expect(
    needs(
      '{ alert: A, expr: up == 0, annotations: { a: "{{ query $labels.expr | first | value }}" } }',
    ).keepMs('other'),
  ).toBe(6 * MINUTE);
});
