import type { Route } from './config-types.ts';
import { type AlertLabels, matchesLabels } from './matcher.ts';

/**
 * The routes that an alert takes: the deepest that fit, from left to right. A child that fits ends
 * the search among its siblings unless it says `continue`; where no child fits, the node itself
 * takes the alert. Never empty for a root, which fits every alert. Source: alertmanager/dispatch,
 * Route.Match.
 */
export function matchRoutes(root: Route, labels: AlertLabels): readonly Route[] {
  if (!matchesLabels(root.matchers, labels)) return [];
  const found: Route[] = [];
  for (const child of root.routes) {
    const below = matchRoutes(child, labels);
    found.push(...below);
    if (below.length > 0 && !child.continue) break;
  }
  return found.length === 0 ? [root] : found;
}
