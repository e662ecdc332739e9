import { MINUTE_MS } from '../host-minute.ts';
import type { SampleSource } from '../promql/source.ts';
import {
  charsOf,
  evaluateGroup,
  type GroupSettings,
  type RuleOutcome,
  type RuleState,
} from '../rules/evaluate-group.ts';
import type { RuleGroup } from '../rules/rule-file.ts';
import type { WrittenSample } from '../rules/written-samples.ts';
import { labelsKey, NO_LABELS } from '../series/labels.ts';
import { type AlertInstance, alertSeries } from './alert-state.ts';
import { alertsToSend, type PostableAlert } from './resend.ts';
import { groupId, ruleIds } from './rule-ids.ts';
import { alertsByName, ruleStates } from './rule-states.ts';
import type { GroupEvaluation, TickState } from './tick-state.ts';

/**
 * Label sets of recorded series that are remembered, so that a series a rule no longer gives can be
 * ended: some 20 bytes each in the deflated item. Beyond it series end by the lookback alone.
 */
const MAX_REMEMBERED = 5000;

/** Of a rule's error; a thousand failing rules take some 300 KB before deflating. */
const MAX_ERROR_CHARS = 300;

/**
 * What edited files' rules may take of a tick, one of them and all together: whoever may edit them shall not be able
 * to keep all others from being evaluated. The default rules take 1 s for 10,000 VMs.
 */
const EDITED_RULE_MAX_MS = 5000;
const EDITED_RULES_MAX_MS = 15_000;
/** And what they may write: some 10,000 alerts of 1,000 characters, which the state holds from then on. */
const EDITED_RULES_MAX_CHARS = 10_000_000;

/** How groups are evaluated; the same at every tick. */
export interface EvaluationSettings extends GroupSettings {
  /** Between two ticks: the interval of groups that name none. */
  readonly intervalMs: number;
  /** Is there an Alertmanager to tell? */
  readonly sendsAlerts: boolean;
}

export const DEFAULT_EVALUATION: EvaluationSettings = {
  externalLabels: NO_LABELS,
  externalUrl: '',
  intervalMs: MINUTE_MS,
  sendsAlerts: false,
};

/** What the rules of one group wrote, at the group's query time. */
export interface GroupWritten {
  readonly atMs: number;
  readonly samples: readonly WrittenSample[];
}

/** What the groups gave; records are by rule id, as in the state. */
interface Evaluated {
  readonly alerts: Record<string, readonly AlertInstance[]>;
  readonly recorded: Record<string, RuleState['written']>;
  readonly ruleErrors: Record<string, string>;
  readonly evaluations: Record<string, GroupEvaluation>;
  readonly written: GroupWritten[];
  /** For Alertmanagers; none unless the settings say that there are some. */
  readonly toSend: PostableAlert[];
  readonly errors: string[];
}

/** Evaluates the groups that are due; of the others everything stays as it was. */
export function evaluateGroups(
  groups: readonly RuleGroup[],
  state: TickState,
  nowMs: number,
  source: SampleSource,
  settings: EvaluationSettings,
): Evaluated {
  const all: Evaluated = {
    alerts: {},
    recorded: {},
    ruleErrors: {},
    evaluations: {},
    written: [],
    toSend: [],
    errors: [],
  };
  const known = alertsByName(state.alerts);
  let remembered = 0;
  let editedLeftMs = EDITED_RULES_MAX_MS;
  let editedLeftChars = EDITED_RULES_MAX_CHARS;
  for (const group of groups) {
    const ids = ruleIds(group);
    const before = ruleStates(group, known, state.recorded, nowMs);
    const last = state.evaluations[groupId(group)];
    const due = isDue(group, last?.atMs, nowMs);
    const mostMs = { rule: EDITED_RULE_MAX_MS, group: editedLeftMs };
    const limited =
      group.isEdited === true ? { ...settings, mostMs, mostChars: editedLeftChars } : settings;
    const outcomes = due ? evaluateGroup(group, before, nowMs, source, limited) : [];
    if (group.isEdited === true) {
      editedLeftMs -= outcomes.reduce((sum, { tookMs = 0 }) => sum + tookMs, 0);
      editedLeftChars -= outcomes.reduce((sum, outcome) => sum + charsOf(outcome), 0);
    }
    const evaluation = due ? evaluationOf(outcomes, nowMs) : last;
    if (evaluation !== undefined) all.evaluations[groupId(group)] = evaluation;
    ids.forEach((id, i) => {
      const outcome = outcomes[i];
      const kept = before[i] ?? { active: [], written: [] };
      const { active, written } =
        outcome === undefined ? kept : heard(outcome, group, nowMs, settings, all.toSend);
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
  const ended = seriesOfGone(groups, state, all.written);
  if (ended.length > 0) all.written.push({ atMs: nowMs, samples: ended });
  return all;
}

/** Ends of the series that rules wrote which are no more: as Prometheus does when it reads its rules anew. */
function seriesOfGone(
  groups: readonly RuleGroup[],
  state: TickState,
  written: readonly GroupWritten[],
): WrittenSample[] {
  const ids = new Set(groups.flatMap(ruleIds));
  const isGone = ([id]: readonly [string, unknown]) => !ids.has(id);
  const recorded = Object.entries(state.recorded).filter(isGone);
  const alerts = Object.entries(state.alerts).filter(isGone);
  const gone = [
    ...recorded.flatMap(([, series]) => series),
    ...alerts
      .flatMap(([, active]) => alertSeries({ labels: [] }, active))
      .map(({ labels }) => labels),
  ];
  if (gone.length === 0) return [];
  // One that was renamed or moved goes on with its series under another id.
  const going = new Set(
    written.flatMap(({ samples }) => samples.map(({ labels }) => labelsKey(labels))),
  );
  return gone
    .filter((labels) => !going.has(labelsKey(labels)))
    .map((labels) => ({ labels, value: 'stale' }));
}

/** The rule's state, after adding what Alertmanagers are to hear of it. A rule that failed says nothing. */
function heard(
  { rule, state, error }: RuleOutcome,
  { intervalMs }: RuleGroup,
  nowMs: number,
  settings: EvaluationSettings,
  toSend: PostableAlert[],
): RuleState {
  if (!settings.sendsAlerts || rule.kind === 'record' || error !== undefined) return state;
  const groupIntervalMs = intervalMs ?? settings.intervalMs;
  const sent = alertsToSend(rule, state.active, nowMs, groupIntervalMs, settings.externalUrl);
  toSend.push(...sent.toSend);
  return { ...state, active: sent.active };
}

function evaluationOf(outcomes: readonly RuleOutcome[], atMs: number): GroupEvaluation {
  const took = outcomes.flatMap(({ tookMs }) => (tookMs === undefined ? [] : [round(tookMs)]));
  return took.length < outcomes.length ? { atMs } : { atMs, ruleTookMs: took };
}

/** To three digits, and the microsecond: more only make the state longer, which is written at each tick. */
function round(ms: number): number {
  return Math.round(Number(ms.toPrecision(3)) * 1000) / 1000;
}

/**
 * A group that names an interval is due at the first tick of each multiple of it, so its evaluations
 * are that far apart wherever ticks are more frequent; any other group is due at every tick.
 */
function isDue({ intervalMs }: RuleGroup, lastMs: number | undefined, nowMs: number): boolean {
  if (intervalMs === undefined || lastMs === undefined) return true;
  return Math.floor(nowMs / intervalMs) !== Math.floor(lastMs / intervalMs);
}
