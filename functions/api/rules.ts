import { createHash } from 'node:crypto';
import type { AlertInstance } from '../../core/alerting/alert-state.ts';
import { groupId, ruleIds } from '../../core/alerting/rule-ids.ts';
import { decodeState } from '../../core/alerting/state-encoding.ts';
import type { GroupEvaluation, TickState } from '../../core/alerting/tick-state.ts';
import { formatExpr } from '../../core/promql/format.ts';
import type { Matcher } from '../../core/promql/source.ts';
import { err, ok, type Result } from '../../core/result.ts';
import type { AlertingRule, Rule, RuleGroup } from '../../core/rules/rule-file.ts';
import { formatFloat } from '../../core/rules/template/float-text.ts';
import { matchesAll } from '../../core/rules/written-samples.ts';
import { labelsFrom, labelsToObject } from '../../core/series/labels.ts';
import { matcherSets, wholeNumber } from './params.ts';
import type { ApiPorts } from './ports.ts';
import { type ApiData, type ApiError, badParameter } from './reply.ts';

/** What Go prints for a time that never was. */
const NEVER = '0001-01-01T00:00:00Z';

/** `/api/v1/alerts`: pending and firing ones. */
export async function activeAlerts(ports: ApiPorts): Promise<Result<ApiData, ApiError>> {
  const state = decodeState(await ports.state.read());
  const alerts = ports.rules.groups.flatMap((group) =>
    ruleIds(group).flatMap((id) => alertsOf(state, id)),
  );
  return ok({ json: JSON.stringify({ alerts }) });
}

function alertsOf(state: TickState, id: string): object[] {
  return (state.alerts[id] ?? []).filter(({ state: is }) => is !== 'inactive').map(alertOf);
}

function alertOf(alert: AlertInstance): object {
  const { labels, annotations, state, activeAtMs, keepFiringSinceMs, value } = alert;
  return {
    labels: labelsToObject(labels),
    annotations,
    state,
    activeAt: isoTime(activeAtMs),
    ...(keepFiringSinceMs === undefined ? {} : { keepFiringSince: isoTime(keepFiringSinceMs) }),
    value: formatFloat(value, 'e'),
  };
}

function isoTime(timestampMs: number): string {
  return new Date(timestampMs).toISOString();
}

/** Which rules to list. Empty sets stand for all. */
interface RuleFilter {
  readonly names: ReadonlySet<string>;
  readonly groups: ReadonlySet<string>;
  readonly files: ReadonlySet<string>;
  readonly kind: Rule['kind'] | undefined;
  readonly matchers: readonly (readonly Matcher[])[];
  readonly excludeAlerts: boolean;
  /** The most groups; 0: any number. */
  readonly groupLimit: number;
  /** The group to begin with, as the page before named it. */
  readonly nextToken: string;
}

/** `/api/v1/rules`: the rule files' groups, with what the last tick made of them. */
export async function listRules(
  params: URLSearchParams,
  ports: ApiPorts,
): Promise<Result<ApiData, ApiError>> {
  const filter = readFilter(params);
  if (!filter.ok) return filter;
  const { groupLimit, nextToken } = filter.value;
  const all = ports.rules.groups;
  const from = nextToken === '' ? 0 : all.findIndex((group) => tokenOf(group) === nextToken);
  if (from < 0) {
    const message = `invalid group_next_token '${nextToken}'. were rule groups changed?`;
    return err(badParameter('group_next_token', message));
  }
  const state = decodeState(await ports.state.read());
  const groups: object[] = [];
  let next: RuleGroup | undefined;
  for (const group of all.slice(from)) {
    const listed = groupOf(group, state, filter.value, ports.tickMs);
    if (listed === undefined) continue;
    if (groupLimit > 0 && groups.length === groupLimit) {
      next = group;
      break;
    }
    groups.push(listed);
  }
  const json = JSON.stringify({
    groups,
    ...(next === undefined ? {} : { groupNextToken: tokenOf(next) }),
  });
  return ok({ json, warnings: ports.rules.errors });
}

function tokenOf(group: RuleGroup): string {
  return createHash('sha256').update(groupId(group)).digest('hex');
}

function readFilter(params: URLSearchParams): Result<RuleFilter, ApiError> {
  const matchers = matcherSets(params);
  if (!matchers.ok) return matchers;
  const type = (params.get('type') ?? '').toLowerCase();
  if (type !== '' && type !== 'alert' && type !== 'record')
    return err(badParameter('type', `not supported value ${JSON.stringify(type)}`));
  const exclude = (params.get('exclude_alerts') ?? '').toLowerCase();
  const excludeAlerts = exclude === '' ? false : BOOLEANS.get(exclude);
  if (excludeAlerts === undefined) {
    const message = `error converting exclude_alerts: strconv.ParseBool: parsing ${JSON.stringify(exclude)}: invalid syntax`;
    return err(badParameter('exclude_alerts', message));
  }
  const nextToken = params.get('group_next_token') ?? '';
  const groupLimit = readGroupLimit(params.get('group_limit') ?? '', nextToken);
  if (!groupLimit.ok) return groupLimit;
  const set = (name: string) => new Set(params.getAll(name));
  return ok({
    names: set('rule_name[]'),
    groups: set('rule_group[]'),
    files: set('file[]'),
    kind: type === '' ? undefined : type,
    matchers: matchers.value,
    excludeAlerts,
    groupLimit: groupLimit.value,
    nextToken,
  });
}

/** Go's strconv.ParseBool, of lower-case text. */
const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ['1', true],
  ['t', true],
  ['true', true],
  ['0', false],
  ['f', false],
  ['false', false],
]);

function readGroupLimit(text: string, nextToken: string): Result<number, ApiError> {
  if (text === '') {
    if (nextToken === '') return ok(0);
    const message = 'group_limit needs to be present in order to paginate over the groups';
    return err(badParameter('group_next_token', message));
  }
  const limit = wholeNumber(text);
  if (limit === undefined || limit > 2 ** 31 - 1) {
    const message = `group_limit needs to be a valid number: strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`;
    return err(badParameter('group_limit', message));
  }
  if (limit > 0) return ok(limit);
  return err(badParameter('group_limit', 'group_limit needs to be greater than 0'));
}

/** The group with those of its rules that pass; `undefined` if none does. */
function groupOf(
  group: RuleGroup,
  state: TickState,
  filter: RuleFilter,
  tickMs: number,
): object | undefined {
  if (filter.groups.size > 0 && !filter.groups.has(group.name)) return undefined;
  if (filter.files.size > 0 && !filter.files.has(group.file)) return undefined;
  const ids = ruleIds(group);
  const evaluation = state.evaluations[groupId(group)];
  const tookMs = evaluation?.ruleTookMs ?? [];
  const rules = group.rules.flatMap((rule, i) => {
    if (!passes(rule, filter)) return [];
    const timing = timingOf(evaluation, tookMs[i]);
    const isNew = evaluation === undefined;
    return [{ ...ruleOf(rule, ids[i] ?? '', state, isNew, filter.excludeAlerts), ...timing }];
  });
  if (rules.length === 0) return undefined;
  return {
    name: group.name,
    file: group.file,
    rules,
    interval: (group.intervalMs ?? tickMs) / 1000,
    limit: group.limit,
    ...timingOf(
      evaluation,
      tookMs.reduce((sum, ruleTookMs) => sum + ruleTookMs, 0),
    ),
  };
}

/** As Prometheus has it for a group and for each rule: when last, and how long it took in seconds. */
function timingOf(evaluation: GroupEvaluation | undefined, tookMs: number | undefined): object {
  return {
    evaluationTime: (tookMs ?? 0) / 1000,
    lastEvaluation: evaluation === undefined ? NEVER : isoTime(evaluation.atMs),
  };
}

function passes(rule: Rule, { names, kind, matchers }: RuleFilter): boolean {
  if (names.size > 0 && !names.has(rule.name)) return false;
  if (kind !== undefined && rule.kind !== kind) return false;
  const labels = labelsFrom(labelTexts(rule));
  return matchers.length === 0 || matchers.some((set) => matchesAll(set, labels));
}

/** As the rule file has them, templates unexpanded. */
function labelTexts(rule: Rule): Record<string, string> {
  return rule.kind === 'record' ? { ...rule.labels } : templateTexts(rule.labels);
}

function templateTexts(templates: AlertingRule['labels']): Record<string, string> {
  return Object.fromEntries(templates.map(({ name, template }) => [name, template.text]));
}

const STATE_ORDER = ['firing', 'pending', 'inactive'] as const;

function ruleOf(
  rule: Rule,
  id: string,
  state: TickState,
  isNew: boolean,
  excludeAlerts: boolean,
): object {
  const error = state.ruleErrors[id];
  const health = {
    health: error !== undefined ? 'err' : isNew ? 'unknown' : 'ok',
    ...(error === undefined ? {} : { lastError: error }),
  };
  const common = { name: rule.name, query: formatExpr(rule.expr), labels: labelTexts(rule) };
  if (rule.kind === 'record') return { ...common, ...health, type: 'recording' };
  const states = new Set((state.alerts[id] ?? []).map((alert) => alert.state));
  return {
    state: STATE_ORDER.find((one) => states.has(one)) ?? (isNew ? 'unknown' : 'inactive'),
    ...common,
    duration: rule.forMs / 1000,
    keepFiringFor: rule.keepFiringForMs / 1000,
    annotations: templateTexts(rule.annotations),
    alerts: excludeAlerts ? null : alertsOf(state, id),
    ...health,
    type: 'alerting',
  };
}
