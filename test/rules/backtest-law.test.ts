import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DEFAULT_EVALUATION, evaluateGroups } from '../../core/alerting/evaluate-groups.ts';
import { FIRST_STATE, type TickState } from '../../core/alerting/tick-state.ts';
import { evaluate } from '../../core/promql/evaluate.ts';
import { createMemorySource } from '../../core/promql/memory-source.ts';
import type { SampleSource } from '../../core/promql/source.ts';
import { givenValues, runLifeCycle } from '../../core/rules/backtest.ts';
import { parseRuleFile, type RuleGroup } from '../../core/rules/rule-file.ts';
import { labelsFrom, labelsKey, labelsToObject } from '../../core/series/labels.ts';
import { setStaleAt } from '../../core/series/series.ts';

/** Law: a backtest says of a rule what the evaluator does with it, tick by tick, over the same samples. */

const MINUTE = 60_000;
const START_MS = Date.UTC(2026, 2, 1, 12);
const STEPS = 40;

/** What a host's agent sends in a minute. */
const sample = fc.oneof(
  { weight: 4, arbitrary: fc.constant(9) },
  { weight: 4, arbitrary: fc.constant(1) },
  { weight: 2, arbitrary: fc.constant(6) },
  { weight: 3, arbitrary: fc.constant(undefined) },
  { weight: 1, arbitrary: fc.constant('stale' as const) },
);
/** Runs of the same, as things last; silence of more than the lookback among them. */
const life = fc
  .array(fc.tuple(sample, fc.integer({ min: 1, max: 9 })), { minLength: 1, maxLength: 12 })
  .map((runs) => runs.flatMap(([value, times]) => Array.from({ length: times }, () => value)));

const EXPRS = [
  'load > 5',
  'absent(load{host="a"})',
  'avg_over_time(load[3m]) > 5',
  'sum by (host) (load) > 5 unless on () load{host="b"} < 2',
  'count(load > 5) > 1',
  'changes(load[10m]) > 1',
];
const anyRule = fc.record({
  expr: fc.constantFrom(...EXPRS),
  for: fc.constantFrom('0s', '1m', '3m', '90s'),
  keep_firing_for: fc.constantFrom('0s', '1m', '4m', '150s'),
  labels: fc.constantFrom(
    {},
    { severity: 'critical' },
    { level: '{{ if gt $value 8.0 }}high{{ else }}low{{ end }}' },
  ),
});
const anyGroup = fc.record({
  query_offset: fc.constantFrom('0s', '2m', '30s'),
  limit: fc.constantFrom(0, 0, 1),
});

function valuesOf(sent: readonly (number | 'stale')[]): Float64Array {
  const values = Float64Array.from(sent, (value) => (value === 'stale' ? 0 : value));
  sent.forEach((value, i) => {
    if (value === 'stale') setStaleAt(values, i);
  });
  return values;
}

function sourceOf(lives: readonly (readonly (number | 'stale' | undefined)[])[]): SampleSource {
  return createMemorySource(
    lives.map((values, i) => {
      const sent = values
        .slice(0, STEPS)
        .flatMap((value, minute) => (value === undefined ? [] : [[minute, value] as const]));
      return {
        labels: labelsFrom({ __name__: 'load', host: 'ab'[i] ?? '' }),
        timestamps: Float64Array.from(sent, ([minute]) => START_MS + minute * MINUTE - 7000),
        values: valuesOf(sent.map(([, value]) => value)),
      };
    }),
  );
}

interface Episode {
  readonly labels: Readonly<Record<string, string>>;
  readonly pendingFromMs: number;
  readonly firingFromMs: number | undefined;
  readonly untilMs: number | undefined;
}

/** What alerts did by the evaluator's own state after each tick. */
function lived(group: RuleGroup, source: SampleSource): Episode[] {
  const open = new Map<string, Episode>();
  const closed: Episode[] = [];
  let state: TickState = FIRST_STATE;
  for (let step = 0; step < STEPS; step++) {
    const nowMs = START_MS + step * MINUTE;
    const { alerts } = evaluateGroups([group], state, nowMs, source, DEFAULT_EVALUATION);
    state = { ...state, alerts, lastTickMs: nowMs };
    const active = Object.values(alerts)
      .flat()
      .filter((alert) => alert.state !== 'inactive');
    const keys = new Map(
      active.map((alert) => [`${labelsKey(alert.labels)} ${alert.activeAtMs}`, alert]),
    );
    for (const [key, episode] of open)
      if (!keys.has(key)) {
        open.delete(key);
        closed.push({ ...episode, untilMs: nowMs });
      }
    for (const [key, alert] of keys)
      open.set(key, {
        labels: labelsToObject(alert.labels),
        pendingFromMs: alert.activeAtMs,
        firingFromMs: alert.firedAtMs,
        untilMs: undefined,
      });
  }
  return [...closed, ...open.values()];
}

const inOrder = (episodes: readonly Episode[]) =>
  episodes
    .map(({ labels, pendingFromMs, firingFromMs, untilMs }) =>
      JSON.stringify([labels, pendingFromMs, firingFromMs ?? null, untilMs ?? null]),
    )
    .sort();

test('the episodes of a backtest are those of the evaluator', () => {
  let fired = 0;
  fc.assert(
    fc.property(fc.tuple(life, life), anyRule, anyGroup, (lives, yaml, more) => {
      const parsed = parseRuleFile(
        JSON.stringify({ groups: [{ name: 'g', ...more, rules: [{ alert: 'Hot', ...yaml }] }] }),
        'x.rules.yaml',
      );
      if (!parsed.ok) throw new Error(parsed.error[0]?.message);
      const [group] = parsed.value;
      const rule = group?.rules[0];
      if (group === undefined || rule?.kind !== 'alert') throw new Error('no rule');
      const source = sourceOf(lives);
      const offsetMs = group.queryOffsetMs ?? 0;
      const grid = {
        startMs: START_MS - offsetMs,
        endMs: START_MS + (STEPS - 1) * MINUTE - offsetMs,
        stepMs: MINUTE,
      };
      const value = evaluate(rule.expr, grid, source);
      if (!value.ok) throw new Error(value.error.message);
      const given = givenValues(value.value, START_MS, MINUTE);
      if (!given.ok) throw new Error(given.error);
      const { episodes } = runLifeCycle(rule, [given.value], {
        ...{ limit: group.limit, fromMs: START_MS, shouldStop: () => false },
      });
      const told = episodes.map((one) => ({
        ...{ labels: one.labels, pendingFromMs: one.pendingFromMs },
        ...{ firingFromMs: one.firingFromMs, untilMs: one.untilMs },
      }));
      fired += told.filter(({ firingFromMs }) => firingFromMs !== undefined).length;
      expect(inOrder(told)).toEqual(inOrder(lived(group, source)));
    }),
    { numRuns: 300 },
  );
  expect(fired).toBeGreaterThan(100);
});
