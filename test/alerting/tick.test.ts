import { describe, expect, test } from 'vitest';
import { decodeState, encodeState } from '../../core/alerting/state-encoding.ts';
import { tick } from '../../core/alerting/tick.ts';
import { FIRST_STATE, type TickState } from '../../core/alerting/tick-state.ts';
import type { HostSamples } from '../../core/alerting/up.ts';
import type { Notification } from '../../core/alertmanager/notification-types.ts';
import { parseRuleFile, type RuleGroup } from '../../core/rules/rule-file.ts';
import { labelsFrom } from '../../core/series/labels.ts';
import type { Series } from '../../core/series/series.ts';
import { config } from '../alertmanager/timeline.ts';
import { PLAIN_ROUTING } from '../functions/routing.ts';

const MINUTE = 60_000;
const START = 1_700_000_040_000;

function rules(yaml: string): RuleGroup[] {
  const parsed = parseRuleFile(yaml, 'test.rules.yaml');
  if (!parsed.ok) throw new Error(parsed.error.map(({ message }) => message).join());
  return parsed.value;
}

const HOT = rules(`
groups:
  - name: host
    rules:
      - alert: HostHot
        expr: host_cpu_usage_percent > 80
        for: 1m
        labels: { severity: critical }
        annotations: { summary: "{{ $labels.host }} at {{ $value }} %" }
`);
const DOWN = rules(
  'groups: [{ name: up, rules: [{ alert: HostDown, expr: up == 0, labels: { severity: critical } }] }]',
);

/** One sample a minute for each host: "90 _ 50" has none in the second minute. */
function series(timelines: Readonly<Record<string, string>>): {
  series: Series[];
  hosts: HostSamples[];
} {
  const all = Object.entries(timelines).map(([host, line]) => {
    const points = line
      .split(' ')
      .flatMap((text, i) => (text === '_' ? [] : [[START + i * MINUTE, Number(text)] as const]));
    return {
      labels: labelsFrom({ __name__: 'host_cpu_usage_percent', host }),
      timestamps: Float64Array.from(points, ([at]) => at),
      values: Float64Array.from(points, ([, value]) => value),
    };
  });
  const hosts = Object.keys(timelines).map((host, i) => ({
    host,
    timestamps: [...(all[i]?.timestamps ?? [])],
    batchIntervalMs: MINUTE,
  }));
  return { series: all, hosts };
}

interface Run {
  readonly groups: readonly RuleGroup[];
  readonly timelines: Readonly<Record<string, string>>;
  readonly ticks: number;
  readonly restart?: boolean;
  /** How much the evaluator sees of the past, in minutes. */
  readonly windowMinutes?: number;
}

/** What is told at each tick: "-" nothing, else e.g. "firing:HostHot(a,b)". */
function told({ groups, timelines, ticks, restart = false, windowMinutes = 10 }: Run): string[] {
  let state: TickState = FIRST_STATE;
  const heard = new Set<string>();
  return Array.from({ length: ticks }, (_, i) => {
    const nowMs = START + i * MINUTE;
    const whole = series(timelines);
    const inWindow = (at: number): boolean => at <= nowMs && at > nowMs - windowMinutes * MINUTE;
    const window = {
      series: whole.series.map((one) => {
        const kept = [...one.timestamps.keys()].filter((k) => inWindow(one.timestamps[k] ?? 0));
        return {
          ...one,
          timestamps: Float64Array.from(kept, (k) => one.timestamps[k] ?? 0),
          values: Float64Array.from(kept, (k) => one.values[k] ?? 0),
        };
      }),
      hosts: whole.hosts
        .map((host) => ({ ...host, timestamps: host.timestamps.filter(inWindow) }))
        .filter((host) => host.timestamps.length > 0),
      errors: [],
    };
    const input = { groups, windowMs: windowMinutes * MINUTE, window, state, nowMs };
    state = tick({ ...input, notify: PLAIN_ROUTING }).state;
    if (restart) state = decodeState(encodeState(state));
    const fresh = state.outbox
      .map(({ notification }) => notification)
      .filter(({ id }) => !heard.has(id));
    for (const { id } of fresh) heard.add(id);
    return fresh.map(describeNotification).join(' ') || '-';
  });
}

function describeNotification({ status, alerts }: Notification): string {
  return `${status}:${alerts[0]?.labels['alertname']}(${alerts.map(({ labels }) => labels['host']).join()})`;
}

describe('ticks over time', () => {
  test('tell a breach once it lasted, and its end, once each', () => {
    expect(told({ groups: HOT, timelines: { a: '90 90 90 90 50 50' }, ticks: 6 })).toEqual([
      '-',
      'firing:HostHot(a)',
      '-',
      '-',
      'resolved:HostHot(a)',
      '-',
    ]);
  });

  test('tell nothing of a breach shorter than "for"', () => {
    expect(told({ groups: HOT, timelines: { a: '90 50 90 50' }, ticks: 4 })).toEqual([
      '-',
      '-',
      '-',
      '-',
    ]);
  });

  test('forget nothing over a restart: state goes through its stored form at each tick', () => {
    expect(told({ groups: HOT, timelines: { a: '90 90 90 50' }, ticks: 4, restart: true })).toEqual(
      ['-', 'firing:HostHot(a)', '-', 'resolved:HostHot(a)'],
    );
  });

  test('tell of hosts that breach together in one message', () => {
    expect(told({ groups: HOT, timelines: { a: '90 90 90', b: '91 91 91' }, ticks: 3 })[1]).toBe(
      'firing:HostHot(a,b)',
    );
  });

  test('tell of a silent host even when it has long left the window, and of its return', () => {
    const line = '1 1 1 _ _ _ _ _ _ _ _ 1 1';
    expect(
      told({
        groups: DOWN,
        timelines: { a: line, b: '1 1 1 1 1 1 1 1 1 1 1 1 1' },
        ticks: 13,
        restart: true,
        windowMinutes: 4,
      }),
    ).toEqual([
      '-',
      '-',
      '-',
      '-',
      '-',
      'firing:HostDown(a)',
      '-',
      '-',
      '-',
      '-',
      '-',
      'resolved:HostDown(a)',
      '-',
    ]);
  });
});

test('an alert begins when it fires, as for Alertmanager: a group waits from then on', () => {
  const patient = {
    ...PLAIN_ROUTING,
    config: config({ groupWaitMs: MINUTE, groupIntervalMs: 0 }),
  };
  const { series: all, hosts } = series({ a: '90 90 90', b: '50 90 90' });
  let state: TickState = FIRST_STATE;
  const lines = [0, 1, 2].map((minute) => {
    const nowMs = START + minute * MINUTE;
    const window = { series: all, hosts, errors: [] };
    const ticked = tick({ groups: HOT, windowMs: MINUTE, window, state, nowMs, notify: patient });
    state = ticked.state;
    return ticked.notifications.flatMap(({ alerts }) =>
      alerts.map(({ labels, startsAtMs, activeAtMs }) => [
        labels['host'],
        (startsAtMs - START) / MINUTE,
        ((activeAtMs ?? startsAtMs) - START) / MINUTE,
      ]),
    );
  });
  // Both at once: the first to fire waited for the second.
  expect(lines).toEqual([
    [],
    [],
    [
      ['a', 1, 0],
      ['b', 2, 1],
    ],
  ]);
});

describe('a tick', () => {
  const window = { ...series({ a: '90' }), errors: [] };

  test('at the same time again, or earlier, changes nothing', () => {
    const first = tick({
      groups: HOT,
      windowMs: MINUTE,
      window,
      state: FIRST_STATE,
      nowMs: START,
    }).state;
    expect(tick({ groups: HOT, windowMs: MINUTE, window, state: first, nowMs: START }).state).toBe(
      first,
    );
    expect(
      tick({ groups: HOT, windowMs: MINUTE, window, state: first, nowMs: START - 1 }).state,
    ).toBe(first);
  });

  test('reports a rule that fails by name and still evaluates the others', () => {
    const broken = rules(`groups: [{ name: g, rules: [
      { alert: Clash, expr: host_cpu_usage_percent * on() group_left() host_cpu_usage_percent },
      { alert: Fine, expr: host_cpu_usage_percent > 80 } ] }]`);
    const two = { ...series({ a: '90', b: '90' }), errors: [] };
    const { report } = tick({
      groups: broken,
      windowMs: MINUTE,
      window: two,
      state: FIRST_STATE,
      nowMs: START,
    });
    expect(report.errors).toEqual([
      expect.stringMatching(/^rule Clash \(test\.rules\.yaml, group g\): .*many-to-many|duplicate/),
    ]);
    expect(report.firing.map(({ labels }) => labels['alertname'])).toEqual(['Fine', 'Fine']);
  });

  test('resolves an alert whose rule was taken away, since nobody watches it any more', () => {
    const groups = rules(
      'groups: [{ name: g, rules: [{ alert: Hot, expr: host_cpu_usage_percent > 80 }] }]',
    );
    const before = tick({
      groups,
      windowMs: MINUTE,
      window,
      state: FIRST_STATE,
      nowMs: START,
      notify: PLAIN_ROUTING,
    }).state;
    const { state } = tick({
      groups: [],
      windowMs: MINUTE,
      window,
      state: before,
      nowMs: START + MINUTE,
      notify: PLAIN_ROUTING,
    });
    // The first message was not sent yet: the second takes its place.
    expect(state.outbox.map(({ notification }) => notification.status)).toEqual(['resolved']);
  });

  test('stores values JSON has no word for', () => {
    const infinite = rules(
      'groups: [{ name: g, rules: [{ alert: Odd, expr: host_cpu_usage_percent / 0 }] }]',
    );
    const { state } = tick({
      groups: infinite,
      windowMs: MINUTE,
      window,
      state: FIRST_STATE,
      nowMs: START,
    });
    expect(decodeState(encodeState(state))).toEqual(state);
    expect(Object.values(state.alerts)[0]?.[0]?.value).toBe(Number.POSITIVE_INFINITY);
  });
});
