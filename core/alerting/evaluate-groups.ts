import { MINUTE_MS } from '../host-minute.ts';
import type { SampleSource } from '../promql/source.ts';
import { evaluateGroup, type RuleOutcome, type RuleState } from '../rules/evaluate-group.ts';
import type { Rule, RuleGroup } from '../rules/rule-file.ts';
import type { WrittenSample } from '../rules/written-samples.ts';
import { NO_LABELS } from '../series/labels.ts';
import { type AlertInstance, alertSeries } from './alert-state.ts';
import type { TickState } from './tick-state.ts';

/** Ticks come each minute; a group with a longer interval is evaluated at the first tick of each. */
const TICK_MS = MINUTE_MS;

/**
 * Label sets of recorded series that are remembered, so that a series a rule no longer gives can be
 * ended: some 20 bytes each in the deflated item. Beyond it series end by the lookback alone.
 */
const MAX_REMEMBERED = 5000;

/** Of a rule's error; a thousand failing rules take some 300 KB before deflating. */
const MAX_ERROR_CHARS = 300;

/** What the rules of one group wrote, at the group's query time. */
export interface GroupWritten {
  readonly atMs: number;
  readonly samples: readonly WrittenSample[];
}

/**
 * Each rule's id among all rules: file, group, name, and which of that name it is. So an edit that
 * adds or moves other rules does not make it forget its alerts.
 */
export function ruleIds(group: RuleGroup): string[] {
  const seen = new Map<string, number>();
  return group.rules.map(({ name }) => {
    const nth = seen.get(name) ?? 0;
    seen.set(name, nth + 1);
    return [group.file, group.name, name, nth].join(';');
  });
}

/** What the groups gave; records are by rule id, as in the state. */
interface Evaluated {
  readonly alerts: Record<string, readonly AlertInstance[]>;
  readonly recorded: Record<string, RuleState['written']>;
  readonly ruleErrors: Record<string, string>;
  readonly written: GroupWritten[];
  readonly errors: string[];
}

/** Evaluates the groups that are due; of the others everything stays as it was. */
export function evaluateGroups(
  groups: readonly RuleGroup[],
  state: TickState,
  nowMs: number,
  source: SampleSource,
): Evaluated {
  const all: Evaluated = { alerts: {}, recorded: {}, ruleErrors: {}, written: [], errors: [] };
  let remembered = 0;
  for (const group of groups) {
    const ids = ruleIds(group);
    const before = group.rules.map((rule, i) => ruleStateOf(rule, ids[i] ?? '', state));
    const due = isDue(group, state.lastTickMs, nowMs);
    const outcomes = due
      ? evaluateGroup(group, before, nowMs, source, { externalLabels: NO_LABELS, externalUrl: '' })
      : [];
    ids.forEach((id, i) => {
      const outcome = outcomes[i];
      const { active, written } = outcome?.state ?? before[i] ?? { active: [], written: [] };
      if (active.length > 0) all.alerts[id] = active;
      if (group.rules[i]?.kind === 'record' && remembered + written.length <= MAX_REMEMBERED) {
        remembered += written.length;
        if (written.length > 0) all.recorded[id] = written;
      }
      const error = outcome === undefined ? state.ruleErrors[id] : outcome.error;
      if (error === undefined) return;
      all.ruleErrors[id] = error.slice(0, MAX_ERROR_CHARS);
      if (outcome !== undefined)
        all.errors.push(`rule ${outcome.rule.name} (${group.file}, group ${group.name}): ${error}`);
    });
    const samples = outcomes.flatMap((outcome: RuleOutcome) => outcome.written);
    if (samples.length > 0) all.written.push({ atMs: nowMs - (group.queryOffsetMs ?? 0), samples });
  }
  return all;
}

/** What an alerting rule wrote follows from its alerts; of a recording rule it is remembered. */
function ruleStateOf(rule: Rule, id: string, state: TickState): RuleState {
  const active = state.alerts[id] ?? [];
  if (rule.kind === 'record') return { active, written: state.recorded[id] ?? [] };
  return { active, written: alertSeries(rule, active).map(({ labels }) => labels) };
}

function isDue(group: RuleGroup, lastTickMs: number, nowMs: number): boolean {
  const intervalMs = Math.max(group.intervalMs ?? TICK_MS, 1);
  return (
    intervalMs <= TICK_MS || Math.floor(nowMs / intervalMs) !== Math.floor(lastTickMs / intervalMs)
  );
}
