import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createMemorySource } from '../../core/promql/memory-source.ts';
import { evaluateGroup, type RuleState } from '../../core/rules/evaluate-group.ts';
import { parseRuleFile, type RuleGroup } from '../../core/rules/rule-file.ts';
import { withWritten } from '../../core/rules/written-samples.ts';
import { labelsKey, labelsToObject, NO_LABELS } from '../../core/series/labels.ts';
import { stepTopology } from '../../core/topology/topology.ts';
import { FIRST_TOPOLOGY } from '../../core/topology/topology-state.ts';
import { viewByPlacement } from '../../core/topology/view.ts';
import { batchesOf, MINUTE, START, type Timelines, windowOf } from './fleet.ts';

const RULES = new URL('../../rules/', import.meta.url);
const GROUPS = readdirSync(RULES)
  .filter((name) => name.endsWith('.rules.yaml'))
  .flatMap((name): RuleGroup[] => {
    const parsed = parseRuleFile(readFileSync(new URL(name, RULES), 'utf8'), name);
    if (!parsed.ok) throw new Error(`${name} is broken`);
    return parsed.value;
  });

/** What fires minute by minute by the rules that are shipped, the watchdog aside; summaries. */
function firing(timelines: Timelines, minutes: number): string[][] {
  const batches = batchesOf(timelines, minutes);
  let state = FIRST_TOPOLOGY;
  let ruleStates: readonly (readonly RuleState[])[] = [];
  return Array.from({ length: minutes }, (_, minute) => {
    const nowMs = START + (minute + 1) * MINUTE;
    const arrived = batches.filter((batch) => batch.minute <= minute);
    const window = windowOf(arrived, nowMs - 10 * MINUTE, nowMs);
    const step = stepTopology(state, { ...window, isMaintained: () => false, nowMs });
    state = step.state;
    const source = withWritten(createMemorySource(viewByPlacement(window.series, state)), {
      atMs: nowMs,
      samples: new Map(step.series.map((sample) => [labelsKey(sample.labels), sample])),
    });
    const outcomes = GROUPS.map((group, i) =>
      evaluateGroup(group, ruleStates[i] ?? [], nowMs, source, {
        externalLabels: NO_LABELS,
        externalUrl: '',
      }),
    );
    ruleStates = outcomes.map((group) => group.map((outcome) => outcome.state));
    return outcomes
      .flat()
      .flatMap(({ state: { active } }) => active)
      .filter((alert) => alert.state === 'firing')
      .filter((alert) => labelsToObject(alert.labels)['alertname'] !== 'Watchdog')
      .map(({ annotations }) => annotations['summary'] ?? '');
  });
}

test('a host that dies with its 50 VMs is one alert that names them, and none when it is back', () => {
  const vms = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`vm-${i}`, 'R']));
  const told = firing({ kvm1: { host: 'u u x x x x x a u', ...vms }, kvm2: { other: 'R' } }, 20);
  expect(told.map((alerts) => alerts.join())).toEqual([
    ...Array.from({ length: 4 }, () => ''),
    ...Array.from({ length: 3 }, () => 'Host kvm1 is dark, 50 VMs on it'),
    ...Array.from({ length: 13 }, () => ''),
  ]);
});

test('a live migration is none', () => {
  const timelines = {
    kvm1: { web: 'R R R R R M', 'web.job': '_ _ _ migration_out migration_out _' },
    kvm2: { web: '- - - I I m', 'web.job': '_ _ _ migration_in migration_in _' },
  };
  expect(firing(timelines, 20).flat()).toEqual([]);
});

test('restarts of libvirtd and of the agent, operators’ acts and a backup are none', () => {
  const timelines = {
    kvm1: {
      host: 'u u ! u u u q a u',
      web: 'R',
      backedUp: 'R R R R R R R R R h h h R',
      'backedUp.job': '_ _ _ _ _ _ _ _ backup backup backup backup _',
      stopped: 'R S',
      killed: 'R R R R D',
      snapshot: 'R R R R R R R R R b b b R',
    },
  };
  expect(firing(timelines, 25).flat()).toEqual([]);
});

test('a crash is one, in the minute it happens', () => {
  const told = firing({ kvm1: { web: 'R R C C R' } }, 6);
  const down = ['VM web on kvm1 is down: crashed'];
  expect(told).toEqual([[], [], down, down, [], []]);
});
