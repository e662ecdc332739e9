import type { Route } from './config-types.ts';
import { type AlertLabels, type LabelMatcher, matchesLabels } from './matcher.ts';

/** What a route did with an alert. */
export type RouteOutcome =
  /** It is told by this route: none of its children took it. */
  | { readonly kind: 'taken' }
  | { readonly kind: 'passed' }
  /** `has`: the label's value; `''`: there is no such label. */
  | { readonly kind: 'refused'; readonly matcher: LabelMatcher; readonly has: string }
  /** A sibling before it took the alert and ended the search. */
  | { readonly kind: 'untried'; readonly takenBy: string };

export interface TracedRoute {
  readonly route: Route;
  readonly outcome: RouteOutcome;
}

/**
 * What each route does with an alert, in the tree's order: those that `matchRoutes` gives are `taken`. Routes below
 * one that refused it, or that was not tried, are left out.
 */
export function traceRoutes(route: Route, labels: AlertLabels): readonly TracedRoute[] {
  const matcher = route.matchers.find((one) => !matchesLabels([one], labels));
  if (matcher !== undefined) {
    const has = Object.hasOwn(labels, matcher.name) ? (labels[matcher.name] ?? '') : '';
    return [{ route, outcome: { kind: 'refused', matcher, has } }];
  }
  const below: TracedRoute[] = [];
  let isTaken = false;
  let endedBy: string | undefined;
  for (const child of route.routes) {
    if (endedBy !== undefined) {
      below.push({ route: child, outcome: { kind: 'untried', takenBy: endedBy } });
      continue;
    }
    const traced = traceRoutes(child, labels);
    below.push(...traced);
    if (traced[0]?.outcome.kind === 'refused') continue;
    isTaken = true;
    if (!child.continue) endedBy = child.id;
  }
  return [{ route, outcome: { kind: isTaken ? 'passed' : 'taken' } }, ...below];
}
