import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseRuleFile } from '../../../core/rules/rule-file.ts';
import {
  addRule,
  listRules,
  NEW_RULE,
  newFileText,
  type RuleFields,
  readRule,
  removeRule,
  writeRule,
} from '../../../dashboard/pages/rules/rule-document.ts';

const FILE = `# About web servers.
groups:
  - name: web   # the first
    rules:
      # Nobody is served.
      - alert: Down
        expr: up == 0   # of any host
        for: 5m
        labels: { severity: critical }
        annotations:
          summary: >-
            Host {{ $labels.host }}
            is down

      - record: load:max
        expr: |
          max by (host) (
            host_load1
          )
      # Too hot.
      - alert: Hot
        expr: "host_load1 > 5"
        labels:
          severity: warning   # for now
          team: web
`;
const DOWN = { group: 0, rule: 0 };
const HOT = { group: 0, rule: 2 };

const rule = (text: string, index = HOT): RuleFields => {
  const fields = readRule(text, index);
  if (fields === undefined) throw new Error(`no rule in ${text}`);
  return fields;
};
const changed = (changes: Partial<RuleFields>, index = HOT) =>
  writeRule(FILE, index, { ...rule(FILE, index), ...changes });

describe('a rule of a file', () => {
  test('is listed with its place, and read', () => {
    expect(listRules(FILE)?.map(({ kind, name, line }) => [kind, name, line])).toEqual([
      ['alert', 'Down', 6],
      ['record', 'load:max', 15],
      ['alert', 'Hot', 21],
    ]);
    expect(rule(FILE, DOWN)).toMatchObject({
      alert: 'Down',
      for: '5m',
      labels: [['severity', 'critical']],
    });
    expect(readRule(FILE, { group: 0, rule: 1 })).toBeUndefined();
  });

  test.each<[string, Partial<RuleFields>, [string, string]]>([
    ['expression', { expr: 'host_load1 > 9' }, ['"host_load1 > 5"', 'host_load1 > 9']],
    ['name', { alert: 'Warm' }, ['alert: Hot', 'alert: Warm']],
    [
      'label',
      {
        labels: [
          ['severity', 'critical'],
          ['team', 'web'],
        ],
      },
      ['warning   #', 'critical   #'],
    ],
    [
      "label's name",
      {
        labels: [
          ['severity', 'warning'],
          ['squad', 'web'],
        ],
      },
      ['team: web', 'squad: web'],
    ],
    ['label less', { labels: [['severity', 'warning']] }, ['          team: web\n', '']],
  ])('with another %s is another in that alone', (_, changes, [from, to]) => {
    expect(changed(changes)).toBe(FILE.replace(from, to));
  });

  test('gets a field, several lines, or a mapping that it did not have', () => {
    expect(changed({ for: '10m', annotations: [['summary', 'hot']] })).toBe(
      `${FILE}        for: 10m\n        annotations:\n          summary: hot\n`,
    );
    const expr = 'host_load1\n  > 5';
    expect(rule(changed({ expr })).expr).toBe(expr);
    expect(rule(changed({ expr }), DOWN)).toEqual(rule(FILE, DOWN));
  });

  test('keeps its comments, and a mapping in braces', () => {
    const next = changed({ for: '', expr: 'up < 1', labels: [['severity', 'info']] }, DOWN);
    expect(next).toBe(
      FILE.replace('up == 0', 'up < 1')
        .replace('        for: 5m\n', '')
        .replace('severity: critical', 'severity: info'),
    );
  });

  test('is added at the end of its group, and removed with its comment', () => {
    const added = addRule(FILE, 0, NEW_RULE);
    expect(added.startsWith(FILE)).toBe(true);
    expect(rule(added, { group: 0, rule: 3 })).toEqual(NEW_RULE);
    expect(removeRule(added, { group: 0, rule: 3 }).trimEnd()).toBe(FILE.trimEnd());
    expect(removeRule(FILE, HOT)).toBe(FILE.slice(0, FILE.indexOf('      # Too hot.')));
  });

  test('of a text that is no YAML is none', () => {
    expect([listRules('groups: ['), listRules('a: 1'), readRule('groups: [', DOWN)]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(writeRule('groups: [', DOWN, NEW_RULE)).toBe('groups: [');
  });

  test('of aliases and merged mappings is left to the text', () => {
    const text = `groups:\n  - name: g\n    rules:\n      - &a { alert: A, expr: up }\n      - { <<: *a, alert: B }\n`;
    expect([readRule(text, { group: 0, rule: 0 }), readRule(text, { group: 0, rule: 1 })]).toEqual([
      expect.objectContaining({ alert: 'A' }),
      undefined,
    ]);
  });
});

test('a new file is a good one', () => {
  const parsed = parseRuleFile(newFileText('my: "rules"'), 'new.rules.yaml');
  expect(parsed.ok && parsed.value.map(({ name, rules }) => [name, rules.length])).toEqual([
    ['my: "rules"', 1],
  ]);
});

const word = fc.stringMatching(/^[a-z]{1,8}$/);
const value = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.constantFrom(
    'true',
    '5',
    'null',
    'a: b',
    '# x',
    '- y',
    'x\ny',
    "it's",
    '{{ $value }}',
    '1e3',
    '| a',
    '> b',
  ),
);
// What a text field can hold: lines end with \n there.
const line = value.map((text) => text.replace(/[\r\u0085\u2028\u2029\uFEFF]/g, ''));
const entries = fc.uniqueArray(fc.tuple(word, line), { selector: ([name]) => name, maxLength: 4 });
const anyRule = fc.record({
  alert: line.filter((text) => text !== ''),
  expr: line.filter((text) => text !== ''),
  for: line,
  keep_firing_for: line,
  labels: entries,
  annotations: entries,
});
const sorted = ({ labels, annotations, ...rest }: RuleFields) => ({
  ...rest,
  labels: Object.fromEntries(labels),
  annotations: Object.fromEntries(annotations),
});

describe('law: what is written is read, and other rules stay as they are', () => {
  // Each run parses a file several times: the shortest of those that are shipped have all that the longest have.
  const texts = [
    FILE,
    ...readdirSync('rules')
      .filter((name) => name.endsWith('.rules.yaml'))
      .map((name) => readFileSync(`rules/${name}`, 'utf8'))
      .sort((a, b) => a.length - b.length)
      .slice(0, 2),
  ];
  test('in any file, for any rule', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...texts),
        fc.nat(),
        anyRule,
        anyRule,
        (text, n, first, second) => {
          const alerts = (listRules(text) ?? []).filter(({ kind }) => kind === 'alert');
          const at = alerts[n % alerts.length];
          if (at === undefined) throw new Error('no rule');
          const once = writeRule(text, at, first);
          expect(sorted(rule(once, at))).toEqual(sorted(first));
          const twice = writeRule(once, at, second);
          expect(sorted(rule(twice, at))).toEqual(sorted(second));
          for (const other of [alerts[0], alerts.at(-1), alerts[(n + 1) % alerts.length]])
            if (other !== undefined && other !== at)
              expect(readRule(twice, other)).toEqual(readRule(text, other));
          const comments = (all: string) => all.split('\n').filter((one) => /^\s*#/.test(one));
          expect(comments(twice)).toEqual(expect.arrayContaining(comments(text)));
        },
      ),
      { numRuns: 60 },
    );
  }, 60_000);
});
