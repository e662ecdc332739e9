import { describe, expect, test } from 'vitest';
import { DEFAULT_EVALUATION, evaluateGroups } from '../../core/alerting/evaluate-groups.ts';
import { FIRST_STATE, type TickState } from '../../core/alerting/tick-state.ts';
import { createMemorySource } from '../../core/promql/memory-source.ts';
import type { SampleSource } from '../../core/promql/source.ts';
import { parseRuleFile, type RuleGroup } from '../../core/rules/rule-file.ts';
import { labelsToObject } from '../../core/series/labels.ts';
import { sampled } from '../api/fixture.ts';

const NOW_MS = Date.UTC(2026, 2, 1, 12);
const LOAD = sampled({ __name__: 'load', host: 'a' }, [NOW_MS - 60_000, NOW_MS], () => 9);

function groups(yaml: object, isEdited = true): RuleGroup[] {
  const parsed = parseRuleFile(JSON.stringify({ groups: [yaml] }), 'x.rules.yaml');
  if (!parsed.ok) throw new Error(parsed.error[0]?.message);
  return parsed.value.map((group) => ({ ...group, isEdited }));
}

const alerts = (...names: string[]) => names.map((alert) => ({ alert, expr: 'load > 5' }));

/** Samples that take so long to be looked at, by a clock that only they move. */
function slowly(ms: number): { readonly source: SampleSource; readonly clockMs: () => number } {
  const source = createMemorySource([LOAD]);
  let nowMs = 0;
  return {
    source: {
      select: (...args) => {
        nowMs += ms;
        return source.select(...args);
      },
    },
    clockMs: () => nowMs,
  };
}

function run(rules: readonly RuleGroup[], ms: number, state: TickState = FIRST_STATE) {
  const { source, clockMs } = slowly(ms);
  return evaluateGroups(rules, state, NOW_MS, source, { ...DEFAULT_EVALUATION, clockMs });
}

describe('rules of edited files', () => {
  test('fail alone when they take too long, and their alerts stay as they were', () => {
    const rules = groups({
      name: 'g',
      rules: [{ alert: 'Slow', expr: 'sum(load) + sum(load) > 5' }, ...alerts('Quick')],
    });
    const before = run(rules, 1);
    expect(Object.keys(before.alerts)).toHaveLength(2);
    const state = { ...FIRST_STATE, lastTickMs: NOW_MS - 60_000, alerts: before.alerts };
    const { ruleErrors, alerts: after } = run(rules, 4000, state);
    expect(ruleErrors).toEqual({ 'x.rules.yaml;g;Slow;0': expect.stringMatching(/timed out/) });
    expect(after).toEqual(before.alerts);
  });

  test('have so much of a tick together; what comes after is left, and deployed rules are not', () => {
    const edited = groups({ name: 'g', rules: alerts('A', 'B', 'C', 'D', 'E', 'F') });
    const deployed = groups({ name: 'deployed', rules: alerts('Z') }, false);
    const { ruleErrors, alerts: found } = run([...edited, ...deployed], 4000);
    expect(Object.values(ruleErrors)).toEqual(
      Array.from({ length: Object.keys(ruleErrors).length }, () =>
        expect.stringMatching(/took all the time|timed out/),
      ),
    );
    expect(Object.keys(found)).toEqual(
      expect.arrayContaining(['x.rules.yaml;g;A;0', 'x.rules.yaml;deployed;Z;0']),
    );
    expect(ruleErrors).toHaveProperty(['x.rules.yaml;g;F;0']);
  });

  test('fail alone when what they write of each alert takes too long, and keep their alerts', () => {
    const quick = groups({ name: 'g', rules: alerts('A') });
    const before = run(quick, 1);
    const [known = []] = Object.values(before.alerts);
    // A clock that goes on with each look.
    let nowMs = 0;
    const clockMs = () => {
      nowMs += 10;
      return nowMs;
    };
    const endless = '{{ range 900000 }}{{ range 900000 }}{{ end }}{{ end }}';
    const rules = groups({
      name: 'g',
      rules: [{ ...alerts('A')[0], annotations: { a: endless, b: endless } }, ...alerts('B')],
    });
    const state = { ...FIRST_STATE, lastTickMs: NOW_MS - 60_000, alerts: before.alerts };
    const after = evaluateGroups(rules, state, NOW_MS, createMemorySource([LOAD]), {
      ...DEFAULT_EVALUATION,
      clockMs,
    });
    expect(after.ruleErrors).toEqual({
      'x.rules.yaml;g;A;0': expect.stringMatching(/took too long to expand/),
    });
    expect(after.alerts).toEqual({
      'x.rules.yaml;g;A;0': known,
      'x.rules.yaml;g;B;0': [expect.anything()],
    });
    expect(nowMs).toBeLessThan(8000);
  });

  test('write so much in a tick together; a rule that writes more fails, and others do not', () => {
    const long = 'x'.repeat(200_000);
    const hosts = Array.from({ length: 100 }, (_, i) =>
      sampled({ __name__: 'load', host: `h${i}` }, [NOW_MS - 60_000, NOW_MS], () => 9),
    );
    const rules = groups({
      name: 'g',
      rules: [
        { alert: 'Long', expr: 'load > 5', annotations: { a: long } },
        { record: 'long', expr: `label_replace(load, "l", "${'y'.repeat(16_000)}", "", "")` },
        ...alerts('B'),
      ],
    });
    const source = createMemorySource(hosts);
    const after = evaluateGroups(rules, FIRST_STATE, NOW_MS, source, DEFAULT_EVALUATION);
    expect(after.ruleErrors).toEqual({ 'x.rules.yaml;g;Long;0': expect.stringMatching(/room/) });
    expect(after.alerts['x.rules.yaml;g;B;0']).toHaveLength(100);
    const deployed = rules.map((group) => ({ ...group, isEdited: false }));
    const other = evaluateGroups(deployed, FIRST_STATE, NOW_MS, source, DEFAULT_EVALUATION);
    expect(other.ruleErrors).toEqual({});
  });

  test('of deployed files take as long as they take', () => {
    const rules = groups(
      { name: 'g', rules: [{ alert: 'Slow', expr: 'sum(load) + sum(load) > 5' }] },
      false,
    );
    expect(run(rules, 40_000).ruleErrors).toEqual({});
  });
});

test('series of rules that are no more end, as Prometheus ends them when it reads its rules anew', () => {
  const rules = groups({
    name: 'g',
    rules: [...alerts('Gone', 'Stays'), { record: 'load:max', expr: 'max(load)' }],
  });
  const { alerts: active, recorded } = run(rules, 0);
  const state = { ...FIRST_STATE, lastTickMs: NOW_MS - 60_000, alerts: active, recorded };
  const after = run(groups({ name: 'g', rules: alerts('Stays') }), 0, state);
  const stale = after.written
    .flatMap(({ samples }) => samples)
    .filter(({ value }) => value === 'stale')
    .map(({ labels }) => labelsToObject(labels));
  expect(stale).toEqual([
    { __name__: 'load:max' },
    { __name__: 'ALERTS', alertname: 'Gone', alertstate: 'firing', host: 'a' },
    { __name__: 'ALERTS_FOR_STATE', alertname: 'Gone', host: 'a' },
  ]);
  expect(Object.keys(after.alerts)).toEqual(['x.rules.yaml;g;Stays;0']);
});
