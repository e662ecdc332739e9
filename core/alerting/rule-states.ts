import type { RuleState } from '../rules/evaluate-group.ts';
import type { AlertingRule, RuleGroup } from '../rules/rule-file.ts';
import { labelsKey, labelValue } from '../series/labels.ts';
import { type AlertInstance, alertSeries } from './alert-state.ts';
import { groupId, ruleIds } from './rule-ids.ts';
import type { TickState } from './tick-state.ts';

/**
 * Which of a group's rules goes on with which alerts, whatever was edited meanwhile: as in Prometheus, a rule is
 * itself for as long as it keeps its name and labels (rules/group.go, `CopyState`). Of rules of one name one may have
 * been removed or moved; whose an alert is, its labels say.
 */

/** What was remembered of rules' alerts: by `groupId;name`, for each rule of that name its place among them. */
export type AlertsByName = ReadonlyMap<
  string,
  readonly (readonly [nth: number, alerts: readonly AlertInstance[]])[]
>;

export function alertsByName(alerts: TickState['alerts']): AlertsByName {
  const byName = new Map<string, (readonly [number, readonly AlertInstance[]])[]>();
  for (const [id, instances] of Object.entries(alerts)) {
    const end = id.lastIndexOf(';');
    const name = id.slice(0, end);
    const all = byName.get(name) ?? [];
    all.push([Number(id.slice(end + 1)), instances]);
    byName.set(name, all);
  }
  return byName;
}

/** What a group's rules remember, in their order. A firing alert that none of them can have any more has ended. */
export function ruleStates(
  group: RuleGroup,
  known: AlertsByName,
  recorded: TickState['recorded'],
  nowMs: number,
): RuleState[] {
  const ids = ruleIds(group);
  const owned = new Map<AlertingRule, Owned>();
  for (const name of new Set(group.rules.map((rule) => rule.name))) {
    const namesakes = group.rules.filter((rule) => rule.name === name);
    const owners = namesakes.map((rule) => {
      if (rule.kind === 'record') return undefined;
      const own: Owned = { rule, active: new Map(), before: [] };
      owned.set(rule, own);
      return own;
    });
    for (const [nth, alerts] of known.get(`${groupId(group)};${name}`) ?? [])
      for (const alert of alerts) giveTo(owners, nth, alert, nowMs);
  }
  return group.rules.map((rule, i) => {
    if (rule.kind === 'record') return { active: [], written: recorded[ids[i] ?? ''] ?? [] };
    const { active, before } = owned.get(rule) ?? { active: new Map(), before: [] };
    // What an alerting rule wrote follows from its alerts; of a recording rule it is remembered.
    const written = alertSeries(rule, before).map(({ labels }) => labels);
    return { active: [...active.values()], written };
  });
}

interface Owned {
  readonly rule: AlertingRule;
  readonly active: Map<string, AlertInstance>;
  /** As they were, those included that have ended. */
  readonly before: AlertInstance[];
}

function giveTo(
  owners: readonly (Owned | undefined)[],
  nth: number,
  alert: AlertInstance,
  nowMs: number,
): void {
  const first = owners[nth];
  const fits = (one: Owned | undefined) => one !== undefined && canHave(one.rule, alert);
  const owner = fits(first) ? first : owners.find(fits);
  const keeper = owner ?? first ?? owners.find((one) => one !== undefined);
  const key = labelsKey(alert.labels);
  if (keeper === undefined || keeper.active.has(key)) return;
  keeper.before.push(alert);
  if (owner !== undefined || alert.state === 'inactive') keeper.active.set(key, alert);
  else if (alert.state === 'firing')
    keeper.active.set(key, { ...alert, state: 'inactive', resolvedAtMs: nowMs });
}

/** May an alert of the rule have such labels? Those that the rule gives as they are written say so. */
function canHave(rule: AlertingRule, { labels }: AlertInstance): boolean {
  return rule.labels.every(
    ({ name, template: { text } }) =>
      text.includes('{{') || name === 'alertname' || labelValue(labels, name) === text,
  );
}
