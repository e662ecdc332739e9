import { describe, expect, test } from 'vitest';
import { formatRuleFileError, parseRuleFile } from '../../core/rules/rule-file.ts';

function errorsOf(yaml: string): string[] {
  const parsed = parseRuleFile(yaml, 'x.yaml');
  return parsed.ok ? [] : parsed.error.map(formatRuleFileError);
}

/** A file with one group of this rule. */
function withRule(...lines: string[]): string {
  return ['groups:', '- name: g', '  rules:', `  - ${lines.join('\n    ')}`].join('\n');
}

test('a file with everything in it', () => {
  const parsed = parseRuleFile(
    `
groups:
  - name: vms
    interval: 30s
    query_offset: 1m
    limit: 100
    labels: { team: infra, severity: info }
    rules:
      - record: vm:cpu:avg
        expr: avg by (vm) (vm_cpu_usage_percent)
        labels: { unit: percent }
      - alert: VmBusy
        expr: vm:cpu:avg > 90
        for: 1h30m
        keep_firing_for: 5m
        labels: { severity: warning, shard: 3 }
        annotations:
          summary: VM {{ $labels.vm }}
`,
    'x.yaml',
  );
  expect(parsed).toMatchObject({
    ok: true,
    value: [
      {
        name: 'vms',
        file: 'x.yaml',
        intervalMs: 30_000,
        queryOffsetMs: 60_000,
        limit: 100,
        rules: [
          {
            kind: 'record',
            name: 'vm:cpu:avg',
            labels: { team: 'infra', severity: 'info', unit: 'percent' },
          },
          {
            kind: 'alert',
            name: 'VmBusy',
            exprText: 'vm:cpu:avg > 90',
            forMs: 5_400_000,
            keepFiringForMs: 300_000,
            labels: [
              { name: 'team', template: { text: 'infra' } },
              { name: 'severity', template: { text: 'warning' } },
              { name: 'shard', template: { text: '3' } },
            ],
            annotations: [{ name: 'summary', template: { text: 'VM {{ $labels.vm }}' } }],
          },
        ],
      },
    ],
  });
});

test.each(['', '# nothing\n', 'groups:\n', 'groups: []\n'])('a file without groups: %j', (yaml) => {
  expect(parseRuleFile(yaml, 'x.yaml')).toEqual({ ok: true, value: [] });
});

describe('what Prometheus refuses is refused, with file, line, group and rule', () => {
  test.each([
    [
      'a typo',
      withRule('alert: A', 'expr: up', 'fro: 5m'),
      '6: group "g", rule 1 "A": unknown field "fro"',
    ],
    [
      'no expression',
      withRule('alert: A'),
      `4: group "g", rule 1 "A": field 'expr' must be set in rule`,
    ],
    [
      'a broken expression',
      withRule('alert: A', 'expr: up =='),
      '5: group "g", rule 1 "A": could not parse expression: 1:6: parse error: unexpected end of input',
    ],
    [
      'alert and record',
      withRule('alert: A', 'record: r', 'expr: up'),
      `4: group "g", rule 1 "A": only one of 'record' and 'alert' must be set`,
    ],
    [
      'neither',
      withRule('expr: up'),
      `4: group "g", rule 1 "": one of 'record' or 'alert' must be set`,
    ],
    [
      'a bad duration',
      withRule('alert: A', 'expr: up', 'for: 5 minutes'),
      '6: group "g", rule 1 "A": "for": unknown unit " minutes" in duration "5 minutes"',
    ],
    [
      'a duration without unit',
      withRule('alert: A', 'expr: up', 'for: 5'),
      '6: group "g", rule 1 "A": "for": not a valid duration string: "5"',
    ],
    [
      'the metric name as a label',
      withRule('alert: A', 'expr: up', 'labels: { __name__: x }'),
      '6: group "g", rule 1 "A": invalid label name: __name__',
    ],
    [
      'a broken template',
      withRule('alert: A', 'expr: up', 'annotations: { s: "{{ $x }}" }'),
      '6: group "g", rule 1 "A": annotation "s": template, line 1: undefined variable "$x"',
    ],
    [
      'a recording rule that waits',
      withRule('record: r', 'expr: up', 'for: 5m'),
      `6: group "g", rule 1 "r": invalid field 'for' in recording rule`,
    ],
    [
      'an expression as a name',
      withRule('record: sum{x}', 'expr: up'),
      '4: group "g", rule 1 "sum{x}": braces present in the recording rule name; should it be in expr?: sum{x}',
    ],
    [
      'a group twice',
      'groups:\n- name: g\n- name: g\n',
      '3: groupname: "g" is repeated in the same file',
    ],
    ['a group without name', 'groups:\n- rules: []\n', '2: Groupname must not be empty'],
    [
      'a limit in words',
      'groups:\n- name: g\n  limit: few\n',
      '3: group "g": "limit" must be a whole number, not "few"',
    ],
    [
      'a list where a mapping belongs',
      'groups:\n- name: g\n  labels: [a]\n',
      '3: group "g": "labels" must be a mapping of fields',
    ],
    ['something else', 'hello\n', '1: the file must be a mapping of fields'],
  ])('%s', (_, yaml, error) => {
    expect(errorsOf(yaml)).toContain(`x.yaml:${error}`);
  });

  test('what is no YAML at all', () => {
    expect(errorsOf('groups:\n- name: "g\n')[0]).toMatch(/^x\.yaml:\d+: not valid YAML: /);
    expect(errorsOf('groups: []\ngroups: []\n')[0]).toMatch(/^x\.yaml:2: not valid YAML: /);
  });

  test('all errors come at once', () => {
    const yaml = `groups:
- name: g
  rules:
  - alert: A
    expr: up ==
    for: x
  - record: r
`;
    expect(errorsOf(yaml)).toHaveLength(3);
  });
});

test('a rule with a function that the engine has not is refused by name', () => {
  expect(errorsOf(withRule('alert: A', 'expr: nonsense(up)'))[0]).toContain('nonsense');
});
