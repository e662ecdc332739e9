import { describe, expect, test } from 'vitest';
import {
  type AlertInstance,
  type AlertLifecycleRule,
  type AlertSample,
  type AlertStep,
  alertSeries,
  type LabelTemplate,
  stepAlertingRule,
} from '../../core/alerting/alert-state.ts';
import { expandTemplate, parseTemplate, type Template } from '../../core/rules/template.ts';
import { formatLabels, labelsFrom, NO_LABELS } from '../../core/series/labels.ts';

const MINUTE = 60_000;
const START_MS = 1_000_000_000_000;

function rule(options: Partial<AlertLifecycleRule> = {}): AlertLifecycleRule {
  return { name: 'Busy', forMs: 0, keepFiringForMs: 0, labels: [], annotations: [], ...options };
}

function templates(texts: Readonly<Record<string, string>>): LabelTemplate[] {
  return Object.entries(texts).map(([name, text]) => {
    const template = parseTemplate(text);
    if (!template.ok) throw new Error(template.error.message);
    return { name, template: template.value };
  });
}

function expand(template: Template, { labels, value }: AlertSample): string {
  return expandTemplate(template, {
    alertName: 'Busy',
    labels,
    value,
    externalLabels: NO_LABELS,
    externalUrl: '',
    nowMs: 0,
    query: () => ({ ok: true, value: [] }),
  });
}

/** Ticks a minute apart: a value of the expression each, `_` where it gives none. */
function run(alertRule: AlertLifecycleRule, values: string): AlertInstance[] {
  let active: readonly AlertInstance[] = [];
  return values.split(' ').map((value, i) => {
    const samples =
      value === '_' ? [] : [{ labels: labelsFrom({ vm: 'web-1' }), value: Number(value) }];
    active = stepAlertingRule(alertRule, active, samples, START_MS + i * MINUTE, expand).active;
    return active[0] ?? NOTHING;
  });
}

const NOTHING: AlertInstance = {
  labels: NO_LABELS,
  annotations: {},
  state: 'pending',
  value: Number.NaN,
  activeAtMs: 0,
};

/** The states a timeline goes through; `_`: nothing known, `resolved`: was firing. */
function states(alertRule: AlertLifecycleRule, values: string): string {
  return run(alertRule, values)
    .map((alert) => {
      if (alert === NOTHING) return '_';
      return alert.state === 'inactive' ? 'resolved' : alert.state;
    })
    .join(' ');
}

const FOR_2M = rule({ forMs: 2 * MINUTE });

describe('timelines', () => {
  test.each([
    ['without "for" it fires at once', rule(), '90 90 _', 'firing firing resolved'],
    ['"for" is waited for', FOR_2M, '90 90 90 90', 'pending pending firing firing'],
    ['a peak shorter than "for" is forgotten', FOR_2M, '90 90 _ _', 'pending pending _ _'],
    [
      'a gap begins the wait anew',
      FOR_2M,
      '90 90 _ 90 90 90',
      'pending pending _ pending pending firing',
    ],
    ['the end', FOR_2M, '90 90 90 _ _', 'pending pending firing resolved resolved'],
    [
      'back after the end it waits again',
      FOR_2M,
      '90 90 90 _ 90 90 90',
      'pending pending firing resolved pending pending firing',
    ],
    ['back at once without "for"', rule(), '90 _ 90', 'firing resolved firing'],
    [
      'keep_firing_for bridges a gap',
      rule({ keepFiringForMs: 2 * MINUTE }),
      '90 _ _ 90 _ _ _',
      'firing firing firing firing firing firing resolved',
    ],
    [
      'keep_firing_for keeps no pending alert',
      rule({ forMs: 2 * MINUTE, keepFiringForMs: 9 * MINUTE }),
      '90 90 _',
      'pending pending _',
    ],
  ])('%s', (_, alertRule, values, expected) => {
    expect(states(alertRule, values)).toBe(expected);
  });

  test('a resolved alert is remembered for 15 minutes', () => {
    const gone = states(rule(), ['90', ...Array(18).fill('_')].join(' ')).split(' ');
    expect(gone.filter((state) => state === 'resolved')).toHaveLength(16);
    expect(gone.slice(-2)).toEqual(['_', '_']);
  });

  test('times: active since the first value, fired after "for", resolved at the first gap', () => {
    const [, , , , last] = run(FOR_2M, '90 91 92 93 _');
    expect(last).toMatchObject({
      state: 'inactive',
      value: 93,
      activeAtMs: START_MS,
      firedAtMs: START_MS + 2 * MINUTE,
      resolvedAtMs: START_MS + 4 * MINUTE,
    });
  });

  test('a rule edited to a longer "for" goes back to pending', () => {
    const { active } = stepAlertingRule(rule(), [], [sample('web-1', 90)], START_MS, expand);
    const edited = stepAlertingRule(FOR_2M, active, [sample('web-1', 90)], START_MS + 1, expand);
    expect(edited.active[0]?.state).toBe('pending');
    expect(edited.active[0]?.firedAtMs).toBeUndefined();
  });

  test('ticks that came late count by the clock, not by their number', () => {
    const first = stepAlertingRule(FOR_2M, [], [sample('web-1', 90)], START_MS, expand);
    const late = START_MS + 2 * MINUTE;
    const second = stepAlertingRule(FOR_2M, first.active, [sample('web-1', 90)], late, expand);
    expect(second.active[0]?.state).toBe('firing');
  });
});

function sample(vm: string, value: number): AlertSample {
  return { labels: labelsFrom({ __name__: 'cpu', vm }), value };
}

function step(alertRule: AlertLifecycleRule, samples: AlertSample[], limit = 0): AlertStep {
  return stepAlertingRule(alertRule, [], samples, START_MS, expand, { limit });
}

describe('labels and annotations', () => {
  const described = rule({
    labels: templates({ severity: 'warning', size: '{{ if gt $value 95.0 }}big{{ end }}' }),
    annotations: templates({ summary: '{{ $labels.vm }} of {{ $labels.__name__ }}: {{ $value }}' }),
  });

  test('the metric name goes, rule labels and alertname come; an empty label is none', () => {
    const [alert] = step(described, [sample('web-1', 91.5)]).active;
    expect(formatLabels(alert?.labels ?? [])).toBe(
      '{alertname="Busy", severity="warning", vm="web-1"}',
    );
    expect(alert?.annotations).toEqual({ summary: 'web-1 of cpu: 91.5' });
  });

  test('value and annotations follow the expression while the alert lasts', () => {
    const first = step(described, [sample('web-1', 91)]).active;
    const next = stepAlertingRule(described, first, [sample('web-1', 92)], START_MS + 1, expand);
    expect(next.active).toMatchObject([
      { value: 92, annotations: { summary: 'web-1 of cpu: 92' }, activeAtMs: START_MS },
    ]);
  });

  test('a label that changes makes another alert', () => {
    const first = step(described, [sample('web-1', 91)]).active;
    const next = stepAlertingRule(described, first, [sample('web-1', 99)], START_MS + 1, expand);
    expect(next.active.map(({ state }) => state).sort()).toEqual(['firing', 'inactive']);
  });

  test('two samples that become one label set are an error, and the alerts stay as they were', () => {
    const before = step(described, [sample('web-1', 91)]).active;
    const same = rule({ labels: templates({ vm: 'any' }) });
    const two = [sample('web-1', 91), sample('web-2', 91)];
    expect(stepAlertingRule(same, before, two, START_MS, expand)).toEqual({
      active: before,
      error: 'vector contains metrics with the same labelset after applying alert labels',
    });
  });

  test('a limit that is exceeded drops the alerts of the rule', () => {
    const three = ['a', 'b', 'c'].map((vm) => sample(vm, 91));
    expect(step(rule(), three, 3).error).toBeUndefined();
    expect(step(rule(), three, 2)).toEqual({
      active: [],
      error: 'exceeded limit of 2 with 3 alerts',
    });
  });
});

test('ALERTS and ALERTS_FOR_STATE tell of pending and firing alerts only', () => {
  const { active } = step(FOR_2M, [sample('web-1', 91)]);
  expect(
    alertSeries(FOR_2M, active).map(({ labels, value }) => [formatLabels(labels), value]),
  ).toEqual([
    ['ALERTS{alertname="Busy", alertstate="pending", vm="web-1"}', 1],
    ['ALERTS_FOR_STATE{alertname="Busy", vm="web-1"}', START_MS / 1000],
  ]);
  const resolved = run(rule(), '90 _').slice(-1);
  expect(alertSeries(rule(), resolved)).toEqual([]);
});

test('alerts survive being stored as JSON', () => {
  const { active } = step(FOR_2M, [sample('web-1', 91), sample('web-2', 91)]);
  const stored: AlertInstance[] = JSON.parse(JSON.stringify(active));
  const samples = [sample('web-1', 91), sample('web-2', 91)];
  const later = START_MS + 2 * MINUTE;
  expect(stepAlertingRule(FOR_2M, stored, samples, later, expand)).toEqual(
    stepAlertingRule(FOR_2M, active, samples, later, expand),
  );
});
