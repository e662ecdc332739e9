import type { RouteStep } from '../answers/explain.ts';
import type { AlertmanagerConfig, Route } from './config-types.ts';
import type { AlertLabels } from './matcher.ts';
import { formatMatcher } from './parse-matcher.ts';
import { mutedByTime } from './time-interval.ts';
import { type RouteOutcome, traceRoutes } from './trace-routes.ts';

/**
 * The way of an alert through the routing tree: every route that was looked at, from the root on, in order, with
 * what it says of grouping and waiting. Those with `takes` are those of `matchRoutes`.
 */
export function routeSteps(
  config: Pick<AlertmanagerConfig, 'route' | 'timeIntervals'>,
  labels: AlertLabels,
  nowMs: number,
): RouteStep[] {
  const depths = new Map(withDepths(config.route, 0));
  return traceRoutes(config.route, labels)
    .filter(({ outcome }) => outcome.kind !== 'untried')
    .map(({ route, outcome }) => stepOf(route, depths.get(route) ?? 0, outcome, config, nowMs));
}

function withDepths(route: Route, depth: number): [Route, number][] {
  return [[route, depth], ...route.routes.flatMap((child) => withDepths(child, depth + 1))];
}

function stepOf(
  route: Route,
  depth: number,
  { kind }: RouteOutcome,
  config: Pick<AlertmanagerConfig, 'timeIntervals'>,
  nowMs: number,
): RouteStep {
  const { id, receiver, groupBy, groupWaitMs, groupIntervalMs, repeatIntervalMs } = route;
  const { muteTimeIntervals, activeTimeIntervals } = route;
  const { muted, by } = mutedByTime(route, config, nowMs);
  return {
    ...{ id, depth, continue: route.continue, receiver, groupBy },
    ...{ fits: kind !== 'refused', takes: kind === 'taken' },
    matchers: route.matchers.map(formatMatcher),
    ...{ groupWaitMs, groupIntervalMs, repeatIntervalMs, muteTimeIntervals, activeTimeIntervals },
    mutedBy: muted ? by : [],
  };
}
