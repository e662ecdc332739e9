import { describe, expect, test } from 'vitest';
import { createMemorySource } from '../../core/promql/memory-source.ts';
import {
  evaluateGroup,
  type RuleOutcome,
  type RuleState,
} from '../../core/rules/evaluate-group.ts';
import { formatRuleFileError, parseRuleFile, type RuleGroup } from '../../core/rules/rule-file.ts';
import { formatLabels, labelsFrom, NO_LABELS } from '../../core/series/labels.ts';
import type { Series } from '../../core/series/series.ts';

const NOW_MS = 1_000_000_000_000;
const MINUTE = 60_000;
const SETTINGS = { externalLabels: NO_LABELS, externalUrl: '' };

function group(rules: string): RuleGroup {
  const parsed = parseRuleFile(`groups:\n- name: g\n${rules}`, 'test.yaml');
  const first = parsed.ok ? parsed.value[0] : undefined;
  if (first !== undefined) return first;
  throw new Error(parsed.ok ? 'no group' : parsed.error.map(formatRuleFileError).join('\n'));
}

function cpu(vm: string, value: number, atMs = NOW_MS): Series {
  return {
    labels: labelsFrom({ __name__: 'cpu', vm }),
    timestamps: Float64Array.of(atMs),
    values: Float64Array.of(value),
  };
}

function evaluate(
  rules: RuleGroup,
  series: readonly Series[],
  states: readonly RuleState[] = [],
  nowMs = NOW_MS,
): RuleOutcome[] {
  return evaluateGroup(rules, states, nowMs, createMemorySource(series), SETTINGS);
}

function writtenTexts(outcome: RuleOutcome | undefined): string[] {
  return (outcome?.written ?? []).map(({ labels, value }) => `${formatLabels(labels)} ${value}`);
}

describe('rules of a group see each other', () => {
  const rules = group(`  rules:
  - record: cpu:max
    expr: max(cpu)
  - record: cpu:max:twice
    expr: cpu:max * 2
    labels: { from: rule }
  - alert: Busy
    expr: cpu:max:twice > 100
    for: 1m
  - record: pending
    expr: count(ALERTS{alertname="Busy",alertstate="pending"})
`);

  test('in order, within one tick', () => {
    const outcomes = evaluate(rules, [cpu('a', 60), cpu('b', 40)]);
    expect(outcomes.flatMap(writtenTexts)).toEqual([
      'cpu:max 60',
      'cpu:max:twice{from="rule"} 120',
      'ALERTS{alertname="Busy", alertstate="pending", from="rule"} 1',
      `ALERTS_FOR_STATE{alertname="Busy", from="rule"} ${NOW_MS / 1000}`,
      'pending 1',
    ]);
  });

  test('states carry over: "for" passes, and what is no longer written ends', () => {
    const first = evaluate(rules, [cpu('a', 60)]);
    const states = first.map(({ state }) => state);
    const later = NOW_MS + MINUTE;
    const second = evaluate(rules, [cpu('a', 60, later)], states, later);
    expect(second[2]?.state.active).toMatchObject([{ state: 'firing', firedAtMs: later }]);
    expect(writtenTexts(second[2])).toContain(
      'ALERTS{alertname="Busy", alertstate="pending", from="rule"} stale',
    );
    expect(writtenTexts(second[3])).toEqual(['pending stale']);
  });
});

describe('a rule that fails costs only itself', () => {
  const rules = group(`  limit: 2
  rules:
  - alert: Good
    expr: cpu > 0
  - alert: ManyToMany
    expr: cpu * on () cpu
  - record: same
    expr: cpu
    labels: { vm: any }
  - alert: AlsoGood
    expr: cpu > 50
`);

  test('the others are evaluated', () => {
    const outcomes = evaluate(rules, [cpu('a', 60), cpu('b', 40)]);
    expect(outcomes.map(({ error }) => error === undefined)).toEqual([true, false, false, true]);
    expect(outcomes[1]?.error).toContain('many-to-many matching not allowed');
    expect(outcomes[2]?.error).toBe(
      'vector contains metrics with the same labelset after applying rule labels',
    );
    expect(outcomes[3]?.state.active).toHaveLength(1);
  });

  test('its alerts stay as they were until it can be evaluated again', () => {
    const fires = group('  rules:\n  - alert: A\n    expr: cpu > 0 and on () (cpu * on () cpu)\n');
    const [before] = evaluate(fires, [cpu('a', 60)]);
    const states = [before?.state ?? { active: [], written: [] }];
    const [after] = evaluate(fires, [cpu('a', 60), cpu('b', 60)], states);
    expect(after?.error).toBeDefined();
    expect(after?.state).toEqual(before?.state);
  });

  test('a rule over the limit of its group', () => {
    const outcomes = evaluate(rules, [cpu('a', 60), cpu('b', 40), cpu('c', 1)]);
    expect(outcomes[0]?.error).toBe('exceeded limit of 2 with 3 alerts');
    expect(outcomes[3]?.error).toBeUndefined();
  });
});

test('query_offset looks at the time so long ago', () => {
  const rules = group('  query_offset: 2m\n  rules:\n  - alert: A\n    expr: cpu > 50\n');
  const ago = (minutes: number, value: number) =>
    cpu(`m${minutes}`, value, NOW_MS - minutes * MINUTE);
  const [outcome] = evaluate(rules, [ago(0, 60), ago(1, 60), ago(2, 60), ago(3, 40)]);
  expect(outcome?.state.active.map(({ labels }) => formatLabels(labels))).toEqual([
    '{alertname="A", vm="m2"}',
  ]);
  expect(outcome?.state.active[0]?.activeAtMs).toBe(NOW_MS);
});

test('a scalar is a vector of one; a string is no result', () => {
  const rules = group(`  rules:
  - alert: Scalar
    expr: '1'
  - record: text
    expr: '"text"'
`);
  const outcomes = evaluate(rules, []);
  expect(outcomes[0]?.state.active).toHaveLength(1);
  expect(outcomes[1]?.error).toBe('rule result is not a vector or scalar');
});
