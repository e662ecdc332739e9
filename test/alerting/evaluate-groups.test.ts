import { describe, expect, test } from 'vitest';
import {
  DEFAULT_EVALUATION,
  type EvaluationSettings,
  evaluateGroups,
} from '../../core/alerting/evaluate-groups.ts';
import type { PostableAlert } from '../../core/alerting/resend.ts';
import { groupId } from '../../core/alerting/rule-ids.ts';
import { decodeState, encodeState } from '../../core/alerting/state-encoding.ts';
import { FIRST_STATE, type TickState } from '../../core/alerting/tick-state.ts';
import { createMemorySource } from '../../core/promql/memory-source.ts';
import { formatRuleFileError, parseRuleFile, type RuleGroup } from '../../core/rules/rule-file.ts';
import { labelsFrom } from '../../core/series/labels.ts';

const SECOND = 1000;
const MINUTE = 60_000;
const START_MS = Date.UTC(2026, 0, 5);

const SENDS: EvaluationSettings = {
  ...DEFAULT_EVALUATION,
  sendsAlerts: true,
  externalUrl: 'https://watch.example',
};

function groups(yaml: string): RuleGroup[] {
  const parsed = parseRuleFile(`groups:\n${yaml}`, 'test.rules.yaml');
  if (!parsed.ok) throw new Error(parsed.error.map(formatRuleFileError).join('\n'));
  return parsed.value;
}

interface Run {
  readonly groups: readonly RuleGroup[];
  readonly tickMs: number;
  readonly ticks: number;
  /** The value of `load{vm="web-1"}` at a tick; absent: it has none. */
  readonly load?: (atMs: number) => number | undefined;
  readonly settings?: EvaluationSettings;
  /** Is the evaluator a new one at this tick, that knows only what was stored? */
  readonly restarts?: boolean;
}

interface Tick {
  /** Since the first tick. */
  readonly atMs: number;
  readonly state: TickState;
  readonly sent: readonly PostableAlert[];
  readonly written: number;
}

function run({ groups: all, tickMs, ticks, load, settings = SENDS, restarts }: Run): Tick[] {
  let state = FIRST_STATE;
  return Array.from({ length: ticks }, (_, i) => {
    const atMs = i * tickMs;
    const nowMs = START_MS + atMs;
    const value = load?.(atMs);
    const labels = labelsFrom({ __name__: 'load', vm: 'web-1' });
    const timestamps = Float64Array.of(nowMs);
    const source = createMemorySource(
      value === undefined ? [] : [{ labels, timestamps, values: Float64Array.of(value) }],
    );
    const after = evaluateGroups(all, state, nowMs, source, settings);
    const { alerts, recorded, ruleErrors, evaluations } = after;
    state = { ...state, alerts, recorded, ruleErrors, evaluations, lastTickMs: nowMs };
    if (restarts === true) state = decodeState(encodeState(state));
    return { atMs, state, sent: after.toSend, written: after.written.length };
  });
}

/** "0:firing 90:firing": seconds since the first tick, and what was sent then. */
function sendings(ticks: readonly Tick[]): string {
  return ticks
    .flatMap(({ atMs, sent }) =>
      sent.map(({ endsAtMs }) => {
        const isOver = endsAtMs <= START_MS + atMs;
        return `${atMs / SECOND}:${isOver ? 'resolved' : 'firing'}`;
      }),
    )
    .join(' ');
}

const BUSY = '  rules: [{ alert: Busy, expr: load > 5 }]';

describe('a group is evaluated', () => {
  const always = '  rules: [{ record: one, expr: vector(1) }]';

  function evaluatedAt(interval: string, tickMs: number, ticks: number): string {
    const all = groups(`- name: g\n${interval}\n${always}`);
    return run({ groups: all, tickMs, ticks })
      .filter(({ written }) => written > 0)
      .map(({ atMs }) => atMs / SECOND)
      .join(' ');
  }

  test('at its own interval where ticks are more frequent', () => {
    expect(evaluatedAt('  interval: 30s', 5 * SECOND, 20)).toBe('0 30 60 90');
  });

  test('at the first tick of each interval where the two do not divide', () => {
    expect(evaluatedAt('  interval: 30s', 7 * SECOND, 16)).toBe('0 35 63 91');
  });

  test('at every tick where it names none, or one that is shorter', () => {
    expect(evaluatedAt('', 5 * SECOND, 4)).toBe('0 5 10 15');
    expect(evaluatedAt('  interval: 30s', MINUTE, 3)).toBe('0 60 120');
  });

  test('at once when it is new, whenever that is', () => {
    const [first, second] = groups(`- name: a\n  interval: 5m\n${always}\n- name: b\n${always}`);
    if (first === undefined || second === undefined) throw new Error('two groups were expected');
    const before = { ...FIRST_STATE, evaluations: { [groupId(second)]: { atMs: START_MS } } };
    const now = START_MS + 61 * SECOND;
    const { evaluations } = evaluateGroups([first], before, now, createMemorySource([]), SENDS);
    // And a group that is no more is forgotten.
    expect(evaluations).toEqual({ [groupId(first)]: { atMs: now } });
  });

  test('and its rules are timed', () => {
    let elapsedMs = 0;
    const clockMs = () => (elapsedMs += 2);
    const all = groups(
      '- name: g\n  rules: [{ record: one, expr: vector(1) }, { record: two, expr: vector(2) }]',
    );
    const settings = { ...SENDS, clockMs };
    const [only] = run({ groups: all, tickMs: MINUTE, ticks: 1, settings });
    expect(only?.state.evaluations).toEqual({
      'test.rules.yaml;g': { atMs: START_MS, ruleTookMs: [2, 2] },
    });
  });
});

describe('an Alertmanager is told', () => {
  const all = groups(`- name: g\n  interval: 30s\n${BUSY}`);
  const until = (endMs: number) => (atMs: number) => (atMs < endMs ? 9 : 1);

  test('of a firing alert at once and again after more than a minute', () => {
    const ticks = run({ groups: all, tickMs: 30 * SECOND, ticks: 9, load: () => 9 });
    expect(sendings(ticks)).toBe('0:firing 90:firing 180:firing');
  });

  test('that it is over at once, then for a quarter of an hour', () => {
    const ticks = run({ groups: all, tickMs: 30 * SECOND, ticks: 60, load: until(45 * SECOND) });
    const expected = Array.from({ length: 11 }, (_, i) => `${60 + 90 * i}:resolved`);
    expect(sendings(ticks)).toBe(`0:firing ${expected.join(' ')}`);
  });

  test('that it is back at once, however lately it was over', () => {
    const load = (atMs: number) => (atMs === 60 * SECOND ? 1 : 9);
    const ticks = run({ groups: all, tickMs: 30 * SECOND, ticks: 5, load });
    expect(sendings(ticks)).toBe('0:firing 60:resolved 90:firing');
    expect(ticks[3]?.sent[0]?.startsAtMs).toBe(START_MS + 90 * SECOND);
  });

  test('never of a pending alert; of one that fires since when it fires', () => {
    const held = groups(
      '- name: g\n  interval: 30s\n  rules: [{ alert: Busy, expr: load > 5, for: 1m }]',
    );
    const ticks = run({ groups: held, tickMs: 30 * SECOND, ticks: 4, load: until(90 * SECOND) });
    expect(sendings(ticks)).toBe('60:firing 90:resolved');
    const startsAtMs = START_MS + 60 * SECOND;
    expect(ticks.flatMap(({ sent }) => sent)).toEqual([
      expect.objectContaining({ startsAtMs, endsAtMs: startsAtMs + 4 * MINUTE }),
      expect.objectContaining({ startsAtMs, endsAtMs: START_MS + 90 * SECOND }),
    ]);
  });

  test('an end that outlives four evaluations of a group that is rarely evaluated', () => {
    const rare = groups(`- name: g\n  interval: 5m\n${BUSY}`);
    const [first] = run({ groups: rare, tickMs: MINUTE, ticks: 1, load: () => 9 });
    expect(first?.sent[0]?.endsAtMs).toBe(START_MS + 20 * MINUTE);
  });

  test('what the alert is about, without labels that are empty', () => {
    const rule =
      '{ alert: Busy, expr: load > 5, labels: { severity: warning, none: "" }, annotations: { summary: "{{ $value }} at {{ $externalURL }}" } }';
    const [first] = run({
      groups: groups(`- name: g\n  rules: [${rule}]`),
      tickMs: MINUTE,
      ticks: 1,
      load: () => 9,
    });
    expect(first?.sent).toEqual([
      {
        labels: { alertname: 'Busy', severity: 'warning', vm: 'web-1' },
        annotations: { summary: '9 at https://watch.example' },
        startsAtMs: START_MS,
        endsAtMs: START_MS + 4 * MINUTE,
        generatorUrl: 'https://watch.example/graph?g0.expr=load+%3E+5&g0.tab=1',
      },
    ]);
  });

  test('nothing by a rule that fails, and nothing where there is no Alertmanager', () => {
    const failing = groups(
      `- name: g\n  rules: [{ alert: Busy, expr: 'load > 5 or label_replace(load, "vm", "x", "", "")', labels: { vm: same } }]`,
    );
    const twice = run({ groups: failing, tickMs: MINUTE, ticks: 1, load: () => 9 });
    expect([twice[0]?.sent, Object.keys(twice[0]?.state.ruleErrors ?? {}).length]).toEqual([[], 1]);
    const settings = { ...SENDS, sendsAlerts: false };
    const quiet = run({ groups: all, tickMs: 30 * SECOND, ticks: 2, load: () => 9, settings });
    expect(sendings(quiet)).toBe('');
  });

  test('just as often by evaluators that live for one tick', () => {
    const timeline = { groups: all, tickMs: 30 * SECOND, ticks: 50, load: until(200 * SECOND) };
    expect(sendings(run({ ...timeline, restarts: true }))).toBe(sendings(run(timeline)));
  });
});

test('timers of `for` and `keep_firing_for` outlive the evaluator', () => {
  const all = groups(
    '- name: g\n  interval: 30s\n  rules: [{ alert: Busy, expr: load > 5, for: 1m, keep_firing_for: 1m }]',
  );
  const load = (atMs: number) => (atMs < 90 * SECOND ? 9 : 1);
  const states = run({ groups: all, tickMs: 30 * SECOND, ticks: 7, load, restarts: true }).map(
    ({ state }) => Object.values(state.alerts).flat()[0]?.state,
  );
  expect(states.join(' ')).toBe('pending pending firing firing firing inactive inactive');
});
