import type { RouteNode, RoutingStep, RoutingTestAnswer } from '../../../core/answers/routing.ts';

/** What an alert met at each route, by the route's id; a route that is not in it was not reached. */
export type Path = ReadonlyMap<string, RoutingStep>;

export function pathOf(answer: RoutingTestAnswer | undefined): Path {
  return new Map(answer?.steps.map((step) => [step.id, step]));
}

/** What a child does otherwise than its parent; of the root all. */
export interface OwnSettings {
  readonly receiver: boolean;
  readonly groupBy: boolean;
  readonly groupWaitMs: boolean;
  readonly groupIntervalMs: boolean;
  readonly repeatIntervalMs: boolean;
}

/** Which settings a route has of its own: what it has from its parent says nothing new. */
export function ownSettings(route: RouteNode, parent: RouteNode | undefined): OwnSettings {
  const differs = (name: keyof OwnSettings) =>
    parent === undefined || JSON.stringify(route[name]) !== JSON.stringify(parent[name]);
  return {
    receiver: differs('receiver'),
    groupBy: differs('groupBy'),
    groupWaitMs: differs('groupWaitMs'),
    groupIntervalMs: differs('groupIntervalMs'),
    repeatIntervalMs: differs('repeatIntervalMs'),
  };
}

/** A name for each route that is short and tells where it is: `1`, `1.2`, `1.2.1`; the root is `0`. */
export function routeNumbers(root: RouteNode): ReadonlyMap<string, string> {
  const numbers = new Map([[root.id, '0']]);
  visit(root, '');
  return numbers;

  function visit(route: RouteNode, prefix: string): void {
    for (const [i, child] of route.routes.entries()) {
      const number = `${prefix}${i + 1}`;
      numbers.set(child.id, number);
      visit(child, `${number}.`);
    }
  }
}
