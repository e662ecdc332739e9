import type { Route } from '../../../core/alertmanager/config-types.ts';
import { explainedIntegration } from '../../../core/alertmanager/integration-target.ts';
import type { LabelMatcher } from '../../../core/alertmanager/matcher.ts';
import { formatMatcher } from '../../../core/alertmanager/parse-matcher.ts';
import { isWithin, mutedByTime } from '../../../core/alertmanager/time-interval.ts';
import type { RouteNode, RoutingAnswer, RoutingMatcher } from '../../../core/answers/routing.ts';
import type { LoadedRouting } from '../../evaluate/routing.ts';

/** What is configured, as pages show it: without secrets. */
export function routingAnswer(routing: LoadedRouting, nowMs: number): RoutingAnswer {
  const { config, escalations, errors, instead } = routing;
  return {
    atMs: nowMs,
    route: routeNode(config.route, routing, nowMs),
    receivers: [...config.receivers.values()].map(({ name, integrations }) => ({
      name,
      integrations: integrations.map(explainedIntegration),
    })),
    timeIntervals: [...config.timeIntervals].map(([name, parts]) => ({
      name,
      holdsNow: parts.some((part) => isWithin(part, nowMs)),
      parts,
    })),
    inhibitRules: config.inhibitRules.map(({ sourceMatchers, targetMatchers, equal }) => ({
      source: sourceMatchers.map(matcherAnswer),
      target: targetMatchers.map(matcherAnswer),
      equal,
    })),
    escalations: escalations.map(({ matchers, from, to, afterMs }) => ({
      matchers: matchers.map(matcherAnswer),
      ...{ from, to, afterMs },
    })),
    errors,
    ...(instead === undefined ? {} : { instead }),
  };
}

function routeNode(route: Route, routing: LoadedRouting, nowMs: number): RouteNode {
  const { id, receiver, groupBy, groupWaitMs, groupIntervalMs, repeatIntervalMs } = route;
  const { muteTimeIntervals, activeTimeIntervals } = route;
  const { muted, by } = mutedByTime(route, routing.config, nowMs);
  return {
    ...{ id, receiver, groupBy, groupWaitMs, groupIntervalMs, repeatIntervalMs },
    ...{ muteTimeIntervals, activeTimeIntervals, continue: route.continue },
    matchers: route.matchers.map(matcherAnswer),
    mutedBy: muted ? by : [],
    routes: route.routes.map((child) => routeNode(child, routing, nowMs)),
  };
}

export function matcherAnswer({ name, op, value }: LabelMatcher): RoutingMatcher {
  return {
    ...{ name, value, text: formatMatcher({ name, op, value }) },
    isRegex: op === '=~' || op === '!~',
    isEqual: op === '=' || op === '=~',
  };
}
