import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { testRules } from '../../infra/cli/rule-tests.ts';
import { checkFiles } from '../../infra/cli/rules-check.ts';
import { createRecorder } from './recorder.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hypervigil-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

function check(...files: string[]): { good: boolean; text: string } {
  const terminal = createRecorder();
  const good = checkFiles(files, terminal);
  return { good, text: terminal.text().replaceAll(`${folder}/`, '') };
}

const RULES = `groups:
  - name: a
    rules:
      - { alert: Low, expr: x < 3, for: 2m, labels: { severity: warning } }
      - { record: 'x:sum', expr: sum(x) }
`;

const ROUTING = `route: { receiver: a }
receivers:
  - { name: a, webhook_configs: [{ url: https://example.org/a }] }
  - { name: b, webhook_configs: [{ url: https://example.org/b }] }
`;

describe('rules check', () => {
  test('counts what is in good files of each kind', () => {
    const files = [
      write('a.rules.yaml', RULES),
      write('a.test.yaml', 'rule_files: [a.rules.yaml]\ntests: [{ name: t }]\n'),
      write('alertmanager.yaml', ROUTING),
      write('escalations.yaml', 'escalations: [{ from: a, to: b, after: 15m }]\n'),
    ];
    const { good, text } = check(...files);
    expect(good).toBe(true);
    expect(text.match(/SUCCESS: .*/g)).toEqual([
      'SUCCESS: 2 rules found',
      'SUCCESS: 1 test found',
      'SUCCESS: 2 receivers found',
      'SUCCESS: 1 escalation found',
    ]);
  });

  test('the shipped files are good', () => {
    const files = ['agent.rules', 'host.rules', 'vm.rules', 'alertmanager', 'escalations'];
    expect(check(...files.map((name) => `rules/${name}.yaml`)).good).toBe(true);
  });

  test('names file and line of each error, and goes on with the next file', () => {
    const bad = write('bad.rules.yaml', RULES.replace('x < 3', 'sum(').replace('for', 'fo'));
    const good = write('good.rules.yaml', RULES);
    const { good: all, text } = check(bad, good);
    expect(all).toBe(false);
    expect(text).toMatch(/bad\.rules\.yaml:4: group "a", rule 1 "Low": unknown field "fo"/);
    expect(text).toMatch(/bad\.rules\.yaml:4: group "a", rule 1 "Low": could not parse expression/);
    expect(text).toMatch(/Checking good\.rules\.yaml\n {2}SUCCESS/);
  });

  test('refuses routing to nobody, and what is not supported, by name', () => {
    const file = write(
      'alertmanager.yaml',
      'route: { receiver: nobody }\nreceivers:\n  - name: a\n    opsgenie_configs: [{}]\n',
    );
    const { good, text } = check(file);
    expect(good).toBe(false);
    expect(text).toContain('undefined receiver "nobody"');
    expect(text).toContain('alertmanager.yaml:4: receiver "a": "opsgenie_configs"');
  });

  test('escalations need the routing beside them', () => {
    const file = write('escalations.yaml', 'escalations: [{ from: a, to: b, after: 15m }]\n');
    expect(check(file).text).toContain('alertmanager.yaml: no such file or folder');
    write('alertmanager.yaml', ROUTING.replace('name: b', 'name: c'));
    expect(check(file).text).toContain('"b"');
  });

  test('says why a file can not be read', () => {
    expect(check(join(folder, 'none.yaml')).text).toContain('none.yaml: no such file or folder');
  });
});

describe('rules test', () => {
  const TEST = `rule_files: [a.rules.yaml]
tests:
  - name: t
    interval: 1m
    input_series: [{ series: 'x{host="h"}', values: 5 2 2 2 2 }]
    alert_rule_test:
      - { eval_time: 2m, alertname: Low, exp_alerts: [] }
      - eval_time: 4m
        alertname: Low
        exp_alerts: [{ exp_labels: { host: h, severity: warning } }]
`;

  test('counts the cases that hold', () => {
    write('a.rules.yaml', RULES);
    const terminal = createRecorder();
    expect(testRules([write('a.test.yaml', TEST)], terminal)).toBe(true);
    expect(terminal.lines[1]).toBe('  SUCCESS: 2 cases');
  });

  test('shows what was expected and what came, line by line', () => {
    write('a.rules.yaml', RULES);
    const terminal = createRecorder();
    const file = write('a.test.yaml', TEST.replace('severity: warning', 'severity: critical'));
    expect(testRules([file], terminal)).toBe(false);
    expect(terminal.lines.slice(1)).toEqual([
      '  FAILED: 1 of 2 cases',
      '    t: Low at 4m',
      '      - {alertname="Low", host="h", severity="critical"} annotations {}',
      '      + {alertname="Low", host="h", severity="warning"} annotations {}',
      '',
    ]);
  });

  test('a rule file that is broken fails its tests, with the place', () => {
    write('a.rules.yaml', RULES.replace('x < 3', 'sum('));
    const terminal = createRecorder();
    expect(testRules([write('a.test.yaml', TEST)], terminal)).toBe(false);
    expect(terminal.text()).toMatch(/a\.rules\.yaml:4: group "a"/);
  });
});
