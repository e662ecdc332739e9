import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkEditedFile } from '../../core/rules/check-edited.ts';

/** What somebody who may look may have checked must not keep the function busy for all others. */
const MOST_MS = 5000;

function checked(text: string) {
  const beganMs = performance.now();
  const { errors } = checkEditedFile(text, 'a.rules.yaml');
  expect(performance.now() - beganMs).toBeLessThan(MOST_MS);
  expect(JSON.stringify(errors).length).toBeLessThan(2_000_000);
  return errors.map(({ message }) => message);
}

const GROUP = 'groups:\n- name: g\n  rules:\n';
const RULE = '- {alert: A, expr: up == 0}';

describe('a file that makes much of little is refused at once', () => {
  test('"<<" of lists of what has "<<" itself', () => {
    const levels = Array.from(
      { length: 8 },
      (_, i) => `- &g${i + 1}\n  name: g\n  <<: [${Array(10).fill(`*g${i}`).join(', ')}]\n`,
    );
    expect(checked(`groups:\n- &g0 {name: x}\n${levels.join('')}`).join()).toContain('too much');
  });

  test('a long text that thousands of aliases repeat', () => {
    const long = `up == ${'1'.repeat(90_000)}`;
    const more = Array.from({ length: 6000 }, () => '  - {alert: A, expr: *e}\n');
    const text = `${GROUP}  - {alert: A, expr: &e "${long}"}\n${more.join('')}`;
    expect(checked(text).join()).toContain('too much');
  });

  test('labels of a group that thousands of rules have', () => {
    const labels = Array.from({ length: 3000 }, (_, i) => `    l${i}: "{{ $value }} and more"\n`);
    const text = `groups:\n- name: g\n  labels:\n${labels.join('')}  rules:\n${`  ${RULE}\n`.repeat(2000)}`;
    expect(checked(text).join()).toContain('too much');
  });

  test('thousands of aliases, each of which is looked up', () => {
    const text = `${GROUP}  - &r {alert: A, expr: up == 0}\n${'  - *r\n'.repeat(20_000)}`;
    expect(checked(text)).toEqual([expect.stringContaining('20001 rules')]);
  });

  test('tens of thousands of keys', () => {
    const keys = Array.from({ length: 30_000 }, (_, i) => `k${i}`).join(',');
    expect(checked(`groups: [{${keys}}]`).length).toBeGreaterThan(0);
    const labels = Array.from({ length: 25_000 }, (_, i) => `l${i}: a`).join(',');
    expect(checked(`${GROUP}  - {alert: A, expr: up == 0, labels: {${labels}}}`)[0]).toContain(
      'has 25000 labels and annotations, the limit is 100',
    );
  });

  test('a long name in thousands of problems', () => {
    const text = `groups:\n- name: ${'n'.repeat(100_000)}\n  rules:\n${'  - {a: 1}\n'.repeat(10_000)}`;
    expect(checked(text)).toHaveLength(1000);
  });

  test('what nests without an end', () => {
    expect(checked(`groups: ${'['.repeat(200_000)}`).length).toBeGreaterThan(0);
    expect(checked(`groups: ${'{a: '.repeat(40_000)}`).length).toBeGreaterThan(0);
    expect(checked(`${'- '.repeat(100_000)}x`).length).toBeGreaterThan(0);
  });
});

describe('what evaluators would have to remember at each tick is bounded', () => {
  test('groups without a rule', () => {
    const groups = Array.from({ length: 1001 }, (_, i) => `- {name: g${i}}\n`);
    expect(checked(`groups:\n${groups.join('')}`)).toEqual([
      'has 1001 rules and empty groups, the limit is 1000: split it into several files',
    ]);
  });

  test('long names', () => {
    const long = 'n'.repeat(201);
    expect(checked(`groups:\n- name: ${long}\n  rules: [{alert: A, expr: up}]`)[0]).toContain(
      'has 201 characters, the limit is 200',
    );
    expect(checked(`${GROUP}  - {alert: ${long}, expr: up}`)[0]).toContain('the limit is 200');
    expect(checked(`${GROUP}  - {alert: ${'n'.repeat(200)}, expr: up}`)).toEqual([]);
  });
});

test('control characters are refused where they stand', () => {
  const { errors } = checkEditedFile('groups: []\n# a\u0001', 'a.rules.yaml');
  expect(errors).toEqual([
    { line: 2, column: 4, message: 'a control character, which YAML does not allow' },
  ]);
  expect(checked('groups: []\r\n# 日本\t🙂\n')).toEqual([]);
});

test('aliases, "<<" and what is written twice mean what they did', () => {
  const shared = `groups:
- name: g
  rules:
  - &base
    alert: A
    expr: &e up == 0
    labels: &l {severity: critical}
  - {<<: *base, alert: B}
  - {alert: C, expr: *e, labels: *l}
`;
  const { groups, errors } = checkEditedFile(shared, 'a.rules.yaml');
  expect(errors).toEqual([]);
  expect(groups[0]?.rules.map(({ name, exprText }) => [name, exprText])).toEqual([
    ['A', 'up == 0'],
    ['B', 'up == 0'],
    ['C', 'up == 0'],
  ]);
  expect(checkEditedFile('groups: []\ngroups: []\n', 'a.rules.yaml').errors).toEqual([
    { line: 2, column: 1, message: 'not valid YAML: Map keys must be unique' },
  ]);
});

test('any text gives an answer in time', () => {
  const piece = fc.constantFrom(
    ...['groups:', '- ', 'name: g', 'rules:', '\n', '  ', '&a ', '*a', '<<: ', '{', '}', '[', ']'],
    ...['alert: A', 'expr: up', 'labels:', '__proto__: x', 'constructor: y', '"', '? ', '!!set '],
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
      checked(pieces.join(''));
    }),
  );
});
