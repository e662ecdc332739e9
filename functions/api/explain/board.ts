import type { AlertInstance } from '../../../core/alerting/alert-state.ts';
import { conditionsOf, unitMetricOf } from '../../../core/alerting/conditions.ts';
import { linksById, notifiedAlert } from '../../../core/alerting/notify.ts';
import { ruleIds } from '../../../core/alerting/rule-ids.ts';
import type { TickState } from '../../../core/alerting/tick-state.ts';
import { matchesLabels } from '../../../core/alertmanager/matcher.ts';
import { groupLabelsOf } from '../../../core/alertmanager/regroup.ts';
import { matchRoutes } from '../../../core/alertmanager/route.ts';
import { silenceState } from '../../../core/alertmanager/silence.ts';
import type { AlertBoard, BoardAlert, BoardCounts } from '../../../core/answers/alert-board.ts';
import { err, ok, type Result } from '../../../core/result.ts';
import type { RuleGroup } from '../../../core/rules/rule-file.ts';
import { readMatchers } from '../../alertmanager-api/params.ts';
import type { AlertView } from '../../alertmanager-api/ports.ts';
import type { StoredSilence } from '../../store/silences.ts';
import { viewAlerts } from '../alert-views.ts';
import { type ApiData, type ApiError, badParameter } from '../reply.ts';
import { acknowledgementAnswer, numberAnswer, silenceAnswer } from './answers.ts';
import type { ExplainPorts } from './ports.ts';

/** Alerts of one answer, each some 700 bytes; more nobody reads. */
const MAX_ALERTS = 500;
/** Of silences that are over, the last ones. */
const MAX_EXPIRED = 100;
const MAX_WORD_CHARS = 200;

/**
 * `GET /api/v1/alerts/board`: all alerts there are just now, with who mutes them, who has acknowledged them and
 * in which groups they are told; and the silences. `filter`: matchers that they must fit, one each; `word`: a text
 * that they must have anywhere.
 */
export async function alertBoard(
  params: URLSearchParams,
  ports: ExplainPorts,
): Promise<Result<ApiData, ApiError>> {
  const matchers = readMatchers(params.getAll('filter'));
  if (!matchers.ok) return err(badParameter('filter', matchers.error));
  const word = (params.get('word') ?? '').slice(0, MAX_WORD_CHARS).toLowerCase();
  const nowMs = ports.nowMs();
  const [state, silences, acknowledgements] = await Promise.all([
    ports.lastState(),
    ports.silences.list(nowMs),
    ports.acknowledgements.list(nowMs),
  ]);
  const views = viewAlerts(state, { silences, acknowledgements }, ports, nowMs);
  const wanted = boardAlerts(state, views, ports).filter(
    (alert) => matchesLabels(matchers.value, alert.labels) && hasWord(alert, word),
  );
  const shown = wanted.toSorted(compareAlerts).slice(0, MAX_ALERTS);
  const board: AlertBoard = {
    atMs: nowMs,
    lastTickMs: state.lastTickMs,
    alerts: shown,
    counts: countsOf(wanted),
    alertsLeftOut: wanted.length - shown.length,
    silences: listedSilences(silences, nowMs),
  };
  return ok({ json: JSON.stringify(board) });
}

/** Firing ones as they are told, the others as the rules have them. */
function boardAlerts(
  state: TickState,
  views: readonly AlertView[],
  ports: ExplainPorts,
): BoardAlert[] {
  const links = linksById(ports.rules.groups, '');
  const metrics = metricsById(ports.rules.groups);
  const viewed = new Map(views.map((view) => [view.fingerprint, view]));
  const found = new Map<string, BoardAlert>();
  for (const [id, instances] of Object.entries(state.alerts)) {
    for (const instance of instances) {
      const alert = boardAlert(instance, viewed, ports, {
        expr: links.get(id)?.expr,
        metric: metrics.get(id),
      });
      // Two rules may make one alert: the one that fires says how it is.
      if (alert.state === 'firing' || !found.has(alert.fingerprint))
        found.set(alert.fingerprint, alert);
    }
  }
  // One that flaps counts as firing while its rule is quiet.
  for (const [id, { held }] of Object.entries(state.flapping)) {
    const view = viewed.get(id);
    if (held === undefined || view === undefined || found.get(id)?.state === 'firing') continue;
    found.set(id, {
      ...asViewed(view),
      labels: view.labels,
      annotations: view.annotations,
      value: numberAnswer(held.value),
      activeAtMs: held.activeAtMs ?? held.startsAtMs,
      firedAtMs: held.startsAtMs,
      ...(held.expr === undefined ? {} : { expr: held.expr }),
    });
  }
  return [...found.values()];
}

function boardAlert(
  instance: AlertInstance,
  views: ReadonlyMap<string, AlertView>,
  { config }: ExplainPorts,
  { expr, metric }: { readonly expr: string | undefined; readonly metric: string | undefined },
): BoardAlert {
  const { fingerprint, labels } = notifiedAlert(instance, undefined);
  const { annotations, activeAtMs, firedAtMs, resolvedAtMs, keepFiringSinceMs } = instance;
  const view = instance.state === 'firing' ? views.get(fingerprint) : undefined;
  const routes = view === undefined ? matchRoutes(config.route, labels) : [];
  const state = instance.state === 'inactive' ? 'resolved' : instance.state;
  return {
    ...(view === undefined
      ? {
          ...{ fingerprint, state, silencedBy: [], inhibitedBy: [], mutedBy: [] },
          groups: routes.map((route) => ({
            receiver: route.receiver,
            routeId: route.id,
            groupLabels: groupLabelsOf(route, labels),
          })),
        }
      : asViewed(view)),
    ...{ labels, annotations, activeAtMs },
    value: numberAnswer(instance.value),
    ...(firedAtMs === undefined ? {} : { firedAtMs }),
    ...(resolvedAtMs === undefined ? {} : { resolvedAtMs }),
    ...(keepFiringSinceMs === undefined ? {} : { keepFiringSinceMs }),
    ...(expr === undefined ? {} : { expr }),
    ...(metric === undefined ? {} : { metric }),
  };
}

/** The same rules are asked about every few seconds. */
const madeMetrics = new WeakMap<readonly RuleGroup[], ReadonlyMap<string, string>>();

/** What says the unit of rules' values, by rule id: of the first condition, whose value an alert has. */
function metricsById(groups: readonly RuleGroup[]): ReadonlyMap<string, string> {
  const made = madeMetrics.get(groups);
  if (made !== undefined) return made;
  const metrics = new Map<string, string>();
  for (const group of groups) {
    const ids = ruleIds(group);
    group.rules.forEach(({ kind, expr }, i) => {
      const [first] = kind === 'alert' ? conditionsOf(expr) : [];
      const metric = first && unitMetricOf(first.expr);
      if (metric !== undefined) metrics.set(ids[i] ?? '', metric);
    });
  }
  madeMetrics.set(groups, metrics);
  return metrics;
}

function asViewed(view: AlertView) {
  const { fingerprint, silencedBy, inhibitedBy, mutedBy, groups, noDataSinceMs } = view;
  const { flapping, acknowledgement } = view;
  return {
    ...{ fingerprint, silencedBy, inhibitedBy, mutedBy, state: 'firing' as const },
    groups: groups.map(({ receiver, routeId, groupLabels }) => ({
      receiver,
      routeId,
      groupLabels,
    })),
    ...(noDataSinceMs === undefined ? {} : { noDataSinceMs }),
    ...(flapping === undefined
      ? {}
      : { flapping: { times: flapping.times, sinceMs: flapping.sinceMs } }),
    ...(acknowledgement === undefined
      ? {}
      : { acknowledgement: acknowledgementAnswer(acknowledgement) }),
  };
}

function isMuted({ silencedBy, inhibitedBy, mutedBy }: BoardAlert): boolean {
  return silencedBy.length + inhibitedBy.length + mutedBy.length > 0;
}

function countsOf(alerts: readonly BoardAlert[]): BoardCounts {
  const count = (is: (alert: BoardAlert) => boolean) => alerts.filter(is).length;
  return {
    firing: count((alert) => alert.state === 'firing' && !isMuted(alert)),
    pending: count(({ state }) => state === 'pending'),
    muted: count((alert) => alert.state === 'firing' && isMuted(alert)),
    noData: count(({ noDataSinceMs }) => noDataSinceMs !== undefined),
    resolved: count(({ state }) => state === 'resolved'),
  };
}

const STATE_ORDER: readonly BoardAlert['state'][] = ['firing', 'pending', 'resolved'];

function compareAlerts(a: BoardAlert, b: BoardAlert): number {
  return (
    STATE_ORDER.indexOf(a.state) - STATE_ORDER.indexOf(b.state) ||
    Number(isMuted(a)) - Number(isMuted(b)) ||
    severityRank(a.labels) - severityRank(b.labels) ||
    startOf(b) - startOf(a) ||
    (a.fingerprint < b.fingerprint ? -1 : 1)
  );
}

const SEVERITIES = ['critical', 'warning', 'info'];

function severityRank({ severity = '' }: BoardAlert['labels']): number {
  const rank = SEVERITIES.indexOf(severity);
  return rank < 0 ? SEVERITIES.length : rank;
}

function startOf({ resolvedAtMs, firedAtMs, activeAtMs }: BoardAlert): number {
  return resolvedAtMs ?? firedAtMs ?? activeAtMs;
}

function hasWord({ labels, annotations }: BoardAlert, word: string): boolean {
  if (word === '') return true;
  const texts = [...Object.values(labels), annotations['summary'] ?? ''];
  return texts.some((text) => text.toLowerCase().includes(word));
}

/** What ends next first, then what begins next, then what ended last. */
function listedSilences(silences: readonly StoredSilence[], nowMs: number) {
  const inState = (state: string) =>
    silences.filter((silence) => silenceState(silence, nowMs) === state);
  return [
    ...inState('active').sort((a, b) => a.endsAtMs - b.endsAtMs),
    ...inState('pending').sort((a, b) => a.startsAtMs - b.startsAtMs),
    ...inState('expired')
      .sort((a, b) => b.endsAtMs - a.endsAtMs)
      .slice(0, MAX_EXPIRED),
  ].map((silence) => silenceAnswer(silence, nowMs));
}
