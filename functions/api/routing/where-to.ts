import type { AlertmanagerConfig } from '../../../core/alertmanager/config-types.ts';
import type { Escalation } from '../../../core/alertmanager/escalation.ts';
import { fingerprint, groupKey } from '../../../core/alertmanager/fingerprint.ts';
import type { AlertGroups } from '../../../core/alertmanager/group-state.ts';
import { createInhibitor } from '../../../core/alertmanager/inhibit.ts';
import { type AlertLabels, matchesLabels } from '../../../core/alertmanager/matcher.ts';
import { formatMatcher } from '../../../core/alertmanager/parse-matcher.ts';
import { groupLabelsOf } from '../../../core/alertmanager/regroup.ts';
import { type Silence, silencedBy } from '../../../core/alertmanager/silence.ts';
import { mutedByTime } from '../../../core/alertmanager/time-interval.ts';
import { type TracedRoute, traceRoutes } from '../../../core/alertmanager/trace-routes.ts';
import type {
  RoutingInhibition,
  RoutingSilence,
  RoutingStep,
  RoutingTestAnswer,
  TakenRoute,
} from '../../../core/answers/routing.ts';
import { integrationsOf } from '../explain/targets.ts';
import { matcherAnswer } from './tree.ts';

/** What fires, as far as it matters to an alert beside it. */
export interface FiringAlert {
  readonly fingerprint: string;
  readonly labels: AlertLabels;
  readonly startsAtMs: number;
}

/** What is known when it is asked where an alert would go. */
export interface RoutingMoment {
  readonly config: AlertmanagerConfig;
  readonly escalations: readonly Escalation[];
  readonly silences: readonly Silence[];
  readonly firing: readonly FiringAlert[];
  readonly groups: AlertGroups;
  readonly nowMs: number;
}

/** Where an alert with these labels would go at that moment. */
export function whereTo(labels: AlertLabels, moment: RoutingMoment): RoutingTestAnswer {
  const { config, silences, firing, nowMs } = moment;
  const traced = traceRoutes(config.route, labels);
  const id = fingerprint(labels);
  const same = firing.find((alert) => alert.fingerprint === id);
  const taken = traced
    .filter(({ outcome }) => outcome.kind === 'taken')
    .map(({ route }) => takenRoute(route, labels, moment));
  const silencing = silencedBy(silences, labels, nowMs).flatMap((silenceId) =>
    silences.filter((one) => one.id === silenceId).map(silenceAnswer),
  );
  const inhibitions = inhibitionsOf(labels, id, moment);
  return {
    atMs: nowMs,
    labels,
    ...(same === undefined ? {} : { firing: { fingerprint: id, sinceMs: same.startsAtMs } }),
    steps: traced.map(stepAnswer),
    taken,
    silences: silencing,
    inhibitions,
    isTold:
      silencing.length === 0 &&
      inhibitions.every(({ by }) => by === undefined) &&
      taken.some(({ mutedBy, integrations }) => mutedBy.length === 0 && integrations.length > 0),
  };
}

function stepAnswer({ route: { id }, outcome }: TracedRoute): RoutingStep {
  switch (outcome.kind) {
    case 'refused':
      return {
        ...{ id, outcome: outcome.kind, has: outcome.has },
        matcher: matcherAnswer(outcome.matcher),
      };
    case 'untried':
      return { id, outcome: outcome.kind, takenBy: outcome.takenBy };
    default:
      return { id, outcome: outcome.kind };
  }
}

function takenRoute(
  route: TracedRoute['route'],
  labels: AlertLabels,
  { config, escalations, groups, nowMs }: RoutingMoment,
): TakenRoute {
  const { id, receiver, groupBy, groupWaitMs, groupIntervalMs, repeatIntervalMs } = route;
  const groupLabels = groupLabelsOf(route, labels);
  const key = groupKey(route, groupLabels);
  const group = Object.hasOwn(groups, key) ? groups[key] : undefined;
  const { muted, by } = mutedByTime(route, config, nowMs);
  return {
    ...{ id, receiver, groupBy, groupKey: key, groupLabels },
    ...{ groupWaitMs, groupIntervalMs, repeatIntervalMs },
    integrations: integrationsOf(config, receiver),
    mutedBy: muted ? by : [],
    ...(group === undefined
      ? {}
      : { group: { alerts: group.firing.length, nextFlushMs: group.nextFlushMs } }),
    escalations: chainFrom(receiver, labels, escalations),
  };
}

/** Who is drawn in after whom; circles are not configured, and would end here. */
function chainFrom(
  receiver: string,
  labels: AlertLabels,
  escalations: readonly Escalation[],
): TakenRoute['escalations'] {
  const chain: { to: string; afterMs: number }[] = [];
  const told = new Set([receiver]);
  for (const name of told) {
    for (const { matchers, from, to, afterMs } of escalations) {
      if (from !== name || told.has(to) || !matchesLabels(matchers, labels)) continue;
      told.add(to);
      chain.push({ to, afterMs });
    }
  }
  return chain;
}

function inhibitionsOf(
  labels: AlertLabels,
  id: string,
  { config, firing }: RoutingMoment,
): RoutingInhibition[] {
  return config.inhibitRules.flatMap((rule, i): RoutingInhibition[] => {
    if (!matchesLabels(rule.targetMatchers, labels)) return [];
    const [source] = createInhibitor([rule], firing)({ fingerprint: id, labels });
    const by = firing.find((alert) => alert.fingerprint === source);
    if (by === undefined) return [{ rule: i }];
    return [{ rule: i, by: { fingerprint: by.fingerprint, labels: by.labels } }];
  });
}

function silenceAnswer({ id, matchers, createdBy, comment, endsAtMs }: Silence): RoutingSilence {
  return { id, matchers: matchers.map(formatMatcher), createdBy, comment, endsAtMs };
}
