import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { BacktestAnswer, BacktestResult } from '../../../core/answers/rules.ts';
import { backtestWords, bandsOf } from '../../../dashboard/pages/rules/backtest-views.ts';
import { diffRows, sideRows } from '../../../dashboard/pages/rules/diff-lines.ts';
import { isRuleFileName, ruleFileNameOf } from '../../../dashboard/pages/rules/limits.ts';
import { previewExpr } from '../../../dashboard/pages/rules/preview-expr.ts';
import { promqlPieces } from '../../../dashboard/pages/rules/promql-text.ts';
import {
  type ApiRule,
  countRules,
  fileViews,
  filterFiles,
  placeOf,
  placeQuery,
  ruleAt,
} from '../../../dashboard/pages/rules/rule-views.ts';

const apiRule = (name: string, more: Partial<ApiRule> = {}): ApiRule => ({
  ...{
    type: 'alerting',
    name,
    query: `${name} > 1`,
    labels: { severity: 'warning' },
    health: 'ok',
  },
  ...{
    lastEvaluation: '2026-03-01T12:00:00Z',
    evaluationTime: 0.001,
    state: 'inactive',
    alerts: [],
  },
  ...more,
});
const alert = (state: 'firing' | 'pending') => ({
  ...{ labels: {}, annotations: {}, state, activeAt: '2026-03-01T12:00:00Z', value: '1e+00' },
});
const GROUPS = [
  {
    ...{ name: 'g', file: 'b.rules.yaml', interval: 60, lastEvaluation: '', evaluationTime: 0 },
    rules: [
      apiRule('Hot', { state: 'firing', alerts: [alert('firing'), alert('pending')] }),
      apiRule('Hot', { labels: { severity: 'critical' } }),
      apiRule('Cold', { health: 'err' }),
    ],
  },
];
const info = {
  ...({ name: 'a.rules.yaml', source: 'gone', version: 2, deployedChanged: false } as const),
  ...{ groups: 0, rules: 0, bytes: 0, unusable: false },
};

describe('the list of rules', () => {
  const files = fileViews(GROUPS, [info]);
  test('has every file, by name, also those without rules', () => {
    expect(files.map(({ name, groups }) => [name, groups.length])).toEqual([
      ['a.rules.yaml', 0],
      ['b.rules.yaml', 1],
    ]);
    expect(countRules(files)).toEqual({ rules: 3, firing: 1, pending: 0, failing: 1 });
  });

  test.each([
    [{ text: 'hot', state: '', health: '' }, ['Hot', 'Hot']],
    [{ text: 'severity=critical hot', state: '', health: '' }, ['Hot']],
    [{ text: '', state: 'firing', health: '' }, ['Hot']],
    [{ text: '', state: '', health: 'err' }, ['Cold']],
    [{ text: 'b.rules', state: 'inactive', health: 'ok' }, ['Hot']],
    [{ text: 'nothing', state: '', health: '' }, []],
  ] as const)('is filtered by %o', (filter, names) => {
    const found = filterFiles(files, filter);
    expect(
      found.flatMap((file) => file.groups.flatMap(({ rules }) => rules.map(({ name }) => name))),
    ).toEqual(names);
  });

  test('finds a rule again by its address, the second of a name too', () => {
    const rules = files.flatMap((file) => file.groups.flatMap((group) => group.rules));
    for (const rule of rules) {
      const said = Object.entries(placeQuery(rule.place)).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, value]],
      );
      const place = placeOf(new URLSearchParams(said));
      expect(place && ruleAt(files, place)).toBe(rule);
    }
    expect(placeOf(new URLSearchParams('file=x'))).toBeUndefined();
  });
});

describe('law: a difference', () => {
  const lines = fc
    .array(fc.constantFrom('a', 'b', 'c', '  d', ''), { maxLength: 30 })
    .map((all) => all.map((one) => `${one}\n`).join(''));
  test('says what goes and what comes, and the same side by side', () => {
    fc.assert(
      fc.property(lines, lines, (before, after) => {
        const rows = diffRows(before, after);
        const count = (text: string) => (text === '' ? 0 : text.split('\n').length - 1);
        const taken = rows.reduce(
          (sum, row) =>
            sum +
            (row.kind === 'removed' || row.kind === 'same'
              ? 1
              : row.kind === 'gap'
                ? row.count
                : 0),
          0,
        );
        const given = rows.reduce(
          (sum, row) =>
            sum +
            (row.kind === 'added' || row.kind === 'same' ? 1 : row.kind === 'gap' ? row.count : 0),
          0,
        );
        if (before === after) expect(rows).toEqual([]);
        else expect([taken, given]).toEqual([count(before), count(after)]);
        const sides = sideRows(rows);
        const of = (kind: string) => rows.filter((row) => row.kind === kind).length;
        expect(sides.filter(({ left }) => left?.kind === 'removed')).toHaveLength(of('removed'));
        expect(sides.filter(({ right }) => right?.kind === 'added')).toHaveLength(of('added'));
      }),
    );
  });
});

test('law: the pieces of an expression are its text', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(
        promqlPieces(text)
          .map((piece) => piece.text)
          .join(''),
      ).toBe(text);
    }),
  );
});

test('an expression is coloured by what its pieces are', () => {
  const kinds = promqlPieces('sum by (host) (rate(x{host="a"}[5m])) > 1.5 and on() y # z').filter(
    ({ kind }) => kind !== 'plain',
  );
  expect(kinds.map(({ kind, text }) => `${kind} ${text}`)).toEqual([
    ...['function sum', 'keyword by', 'function rate', 'label host', 'string "a"', 'number 5m'],
    ...['number 1.5', 'keyword and', 'keyword on', 'comment # z'],
  ]);
});

describe('the preview', () => {
  test.each([
    ['host_cpu_usage_percent > 90', 'host_cpu_usage_percent', 90, '>'],
    ['90 < avg_over_time(x_bytes[5m])', 'avg_over_time(x_bytes[5m])', 90, '>'],
    ['(x > 2 * 1024) and on(host) y > 3', 'x', 2048, '>'],
    ['a / b < -0.1', 'a / b', -0.1, '<'],
    ['absent(up)', 'absent(up)', undefined, undefined],
    ['a > b', 'a > b', undefined, undefined],
  ])('of %s draws %s', (text, expr, threshold, op) => {
    const preview = previewExpr(text);
    expect([preview?.expr, preview?.threshold, preview?.op]).toEqual([expr, threshold, op]);
  });
  test("of what can't be read is none", () => {
    expect(previewExpr('rate(')).toBeUndefined();
  });
});

describe('a backtest', () => {
  const HOUR_MS = 3_600_000;
  const result = (firings: number, firingMs: number): BacktestResult => ({
    ...{ firings, firingMs, anyFiringMs: firingMs, onlyPending: 0, alerts: 1, longestMs: firingMs },
    ...{ episodes: [], episodesLeftOut: 0 },
  });
  const answer = (more: Partial<BacktestAnswer>): BacktestAnswer => ({
    ...{ rule: 'Hot', fromMs: 0, toMs: 168 * HOUR_MS, stepMs: 60_000, isSame: false, warnings: [] },
    ...{ proposed: result(3, 47 * 60_000), readUnits: 1, tookMs: 1 },
    ...more,
  });

  test('is said in words, beside the rule that is saved', () => {
    expect(backtestWords(answer({ saved: result(11, 6 * HOUR_MS) }))).toEqual([
      'Would have fired 3 times for 47 min in the last 7 d.',
      'The saved rule: 11 times for 6 h.',
    ]);
    expect(backtestWords(answer({ proposed: { ...result(0, 0), onlyPending: 2 } }))).toEqual([
      'Would not have fired in the last 7 d.',
      '2 times it was pending and did not fire.',
      'No rule of this name is saved.',
    ]);
  });

  test('is drawn: pending before firing, no earlier than it began, what lasts until its end', () => {
    const episodes = [
      { labels: {}, pendingFromMs: -10, firingFromMs: 5, untilMs: 20, value: '1' },
      { labels: {}, pendingFromMs: 40, value: '1' },
    ];
    const bands = bandsOf(
      answer({ toMs: 60, proposed: { ...result(1, 15), episodes } }),
      'warning',
    );
    expect(bands.map((band) => [band.fromMs, band.toMs, band.isPending])).toEqual([
      [0, 5, true],
      [5, 20, false],
      [40, 60, true],
    ]);
  });
});

test('a name for an imported file can always be saved', () => {
  expect(['Alerts (2).yml', 'web.rules.yaml', '../../etc', ''].map(ruleFileNameOf)).toEqual([
    ...['Alerts-2.rules.yaml', 'web.rules.yaml', 'etc.rules.yaml', 'imported.rules.yaml'],
  ]);
  fc.assert(
    fc.property(fc.string({ maxLength: 200 }), (name) => isRuleFileName(ruleFileNameOf(name))),
  );
});
