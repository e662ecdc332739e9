import type { RouteStep } from '../answers/explain.ts';
import type { AlertmanagerConfig, Route } from './config-types.ts';
import { type AlertLabels, matchesLabels } from './matcher.ts';
import { formatMatcher } from './parse-matcher.ts';
import { mutedByTime } from './time-interval.ts';

/**
 * The way of an alert through the routing tree: every route that is looked at, from the root on, in order. Those
 * behind one that took the alert and does not say `continue` are not looked at. Those with `takes` are those of
 * `matchRoutes`.
 */
export function routeSteps(
  config: Pick<AlertmanagerConfig, 'route' | 'timeIntervals'>,
  labels: AlertLabels,
  nowMs: number,
): RouteStep[] {
  const steps: RouteStep[] = [];
  visit(config.route, 0);
  return steps;

  /** Did it, or one below it, take the alert? */
  function visit(route: Route, depth: number): boolean {
    const fits = matchesLabels(route.matchers, labels);
    const at = steps.length;
    steps.push(stepOf(route, depth, fits, config, nowMs));
    if (!fits) return false;
    let isTaken = false;
    for (const child of route.routes) {
      if (!visit(child, depth + 1)) continue;
      isTaken = true;
      if (!child.continue) break;
    }
    const step = steps[at];
    if (!isTaken && step !== undefined) steps[at] = { ...step, takes: true };
    return true;
  }
}

function stepOf(
  route: Route,
  depth: number,
  fits: boolean,
  config: Pick<AlertmanagerConfig, 'timeIntervals'>,
  nowMs: number,
): RouteStep {
  const { id, receiver, groupBy, groupWaitMs, groupIntervalMs, repeatIntervalMs } = route;
  const { muteTimeIntervals, activeTimeIntervals } = route;
  const { muted, by } = mutedByTime(route, config, nowMs);
  return {
    ...{ id, depth, fits, takes: false, continue: route.continue, receiver, groupBy },
    matchers: route.matchers.map(formatMatcher),
    ...{ groupWaitMs, groupIntervalMs, repeatIntervalMs, muteTimeIntervals, activeTimeIntervals },
    mutedBy: muted ? by : [],
  };
}
