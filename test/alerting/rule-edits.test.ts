import { describe, expect, test } from 'vitest';
import { DEFAULT_EVALUATION, evaluateGroups } from '../../core/alerting/evaluate-groups.ts';
import { FIRST_STATE, type TickState } from '../../core/alerting/tick-state.ts';
import { createMemorySource } from '../../core/promql/memory-source.ts';
import { parseRuleFile, type RuleGroup } from '../../core/rules/rule-file.ts';
import { formatLabels, labelsToObject } from '../../core/series/labels.ts';
import { sampled } from '../api/fixture.ts';

/** Rules that somebody edits while their alerts are there: what goes on, and what ends. */

const MINUTE = 60_000;
const START_MS = Date.UTC(2026, 2, 1, 12);

type RuleYaml = Readonly<Record<string, unknown>>;

function groupOf(rules: readonly RuleYaml[], name = 'g'): RuleGroup[] {
  const parsed = parseRuleFile(JSON.stringify({ groups: [{ name, rules }] }), 'x.rules.yaml');
  if (!parsed.ok) throw new Error(parsed.error[0]?.message);
  return parsed.value;
}

/** A tick a minute; the rules of each. */
function run(...ticks: readonly (readonly RuleGroup[])[]) {
  let state: TickState = FIRST_STATE;
  return ticks.map((groups, minute) => {
    const nowMs = START_MS + minute * MINUTE;
    const load = sampled({ __name__: 'load', host: 'a' }, [nowMs, nowMs], () => 9);
    const source = createMemorySource([load]);
    const after = evaluateGroups(groups, state, nowMs, source, DEFAULT_EVALUATION);
    const { alerts, recorded, ruleErrors, evaluations, written } = after;
    state = { ...state, alerts, recorded, ruleErrors, evaluations, lastTickMs: nowMs };
    return {
      alerts: Object.values(alerts)
        .flat()
        .map((alert) => {
          const { alertname, severity = '-' } = labelsToObject(alert.labels);
          const since = (alert.activeAtMs - START_MS) / MINUTE;
          return `${alertname} ${severity} ${alert.state} ${since}`;
        })
        .sort(),
      written: written.flatMap(({ samples }) =>
        samples.map(({ labels, value }) => `${formatLabels(labels)} ${value}`),
      ),
    };
  });
}

const hot = (severity: string | undefined, more: RuleYaml = {}): RuleYaml => ({
  alert: 'Hot',
  expr: severity === 'critical' ? 'load > 8' : 'load > 5',
  ...(severity === undefined ? {} : { labels: { severity } }),
  ...more,
});
const WARNING = hot('warning', { for: '1m' });
const CRITICAL = hot('critical', { for: '1m' });

const lastAlerts = (...ticks: readonly (readonly RuleGroup[])[]) => run(...ticks).at(-1)?.alerts;

describe('of two rules of one name that labels tell apart', () => {
  const both = groupOf([WARNING, CRITICAL]);

  test('the second goes on when the first is removed, which ends', () => {
    expect(lastAlerts(both, both, groupOf([CRITICAL]))).toEqual([
      'Hot critical firing 0',
      'Hot warning inactive 0',
    ]);
  });

  test('both go on when they change places, or another comes before them', () => {
    const firing = ['Hot critical firing 0', 'Hot warning firing 0'];
    expect(lastAlerts(both, both, groupOf([CRITICAL, WARNING]))).toEqual(firing);
    const more = groupOf([hot('page', { for: '5m' }), WARNING, CRITICAL]);
    expect(lastAlerts(both, both, more)).toEqual([
      'Hot critical firing 0',
      'Hot page pending 2',
      'Hot warning firing 0',
    ]);
  });

  test('no series of theirs ends that goes on', () => {
    const { written } = run(both, both, groupOf([CRITICAL])).at(-1) ?? { written: [] };
    const ended = written.filter((line) => line.endsWith(' stale'));
    expect(ended.length).toBe(2);
    expect(ended.every((line) => line.includes('severity="warning"'))).toBe(true);
  });
});

describe('a rule', () => {
  const kept = (more: RuleYaml = {}) => groupOf([hot('warning', more)]);

  test('whose expression, "for" and annotations change goes on with its alerts', () => {
    const edited = { expr: 'load > 1', for: '1m', annotations: { summary: 'new' } };
    expect(lastAlerts(kept(), kept(), kept(edited))).toEqual(['Hot warning firing 0']);
  });

  test('that gets another label has another alert, and the old one ends though it would be kept firing', () => {
    const keeps = { keep_firing_for: '1h' };
    const edited = groupOf([hot('critical', keeps)]);
    expect(lastAlerts(kept(keeps), kept(keeps), edited)).toEqual([
      'Hot critical firing 2',
      'Hot warning inactive 0',
    ]);
    // One that was only pending was never told: nothing is left of it.
    const pending = kept({ for: '10m' });
    expect(lastAlerts(pending, groupOf([hot('critical', { for: '10m' })]))).toEqual([
      'Hot critical pending 1',
    ]);
  });

  test('of another name or group is another rule', () => {
    const renamed = groupOf([hot('warning', { alert: 'Warm', for: '1m' })]);
    expect(lastAlerts(kept(), kept(), renamed)).toEqual(['Warm warning pending 2']);
    expect(lastAlerts(kept(), groupOf([hot('warning')], 'h'))).toEqual(['Hot warning firing 1']);
  });
});

test('a recording rule that moves to another group goes on with its series', () => {
  const rule = { record: 'load:max', expr: 'max(load)' };
  const [, moved, gone] = run(groupOf([rule]), groupOf([rule], 'h'), groupOf([], 'h'));
  expect(moved?.written).toEqual([expect.stringMatching(/load:max.* 9$/)]);
  expect(gone?.written).toEqual([expect.stringMatching(/load:max.* stale$/)]);
});
