import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Route } from '../../core/alertmanager/config-types.ts';
import { matchRoutes } from '../../core/alertmanager/route.ts';
import { traceRoutes } from '../../core/alertmanager/trace-routes.ts';
import { anyConfig, anyLabels } from '../alertmanager-real/random-config.ts';
import { parsed } from './config-fixture.ts';

const { route: ROUTE } = parsed(`
receivers: [{name: all}, {name: db}, {name: night}, {name: audit}]
route:
  receiver: all
  routes:
    - matchers: [kind = audit]
      receiver: audit
      continue: true
    - matchers: [service = db, zone =~ "eu-.*"]
      receiver: db
      routes:
        - matchers: [shift = night]
          receiver: night
    - matchers: [service = db]
      receiver: db
`);

/** A line a route: how deep it is by its id, and what it did. */
function lines(labels: Record<string, string>): string[] {
  return traceRoutes(ROUTE, labels).map(({ route, outcome }) => {
    const more =
      outcome.kind === 'refused'
        ? ` ${outcome.matcher.name}${outcome.matcher.op}${outcome.matcher.value}, has "${outcome.has}"`
        : outcome.kind === 'untried'
          ? ` after ${outcome.takenBy}`
          : '';
    return `${route.id}: ${outcome.kind}${more}`;
  });
}

describe('the way of an alert', () => {
  test('names the first matcher that fails, and what the alert has instead', () => {
    expect(lines({ service: 'web' })).toEqual([
      '{}: taken',
      '{}/{kind="audit"}: refused kind=audit, has ""',
      '{}/{service="db",zone=~"eu-.*"}: refused service=db, has "web"',
      '{}/{service="db"}: refused service=db, has "web"',
    ]);
  });

  test('ends among siblings at the first that takes it, unless that says continue', () => {
    expect(lines({ kind: 'audit', service: 'db', zone: 'eu-1', shift: 'night' })).toEqual([
      '{}: passed',
      '{}/{kind="audit"}: taken',
      '{}/{service="db",zone=~"eu-.*"}: passed',
      '{}/{service="db",zone=~"eu-.*"}/{shift="night"}: taken',
      '{}/{service="db"}: untried after {}/{service="db",zone=~"eu-.*"}',
    ]);
  });

  test('takes just the routes by which alerts are told', () => {
    fc.assert(
      fc.property(anyConfig, anyLabels, (data, labels) => {
        const { route } = parsed(JSON.stringify(data));
        const traced = traceRoutes(route, labels);
        const taken = traced.filter(({ outcome }) => outcome.kind === 'taken');
        expect(taken.map((one) => one.route.id)).toEqual(
          matchRoutes(route, labels).map(({ id }) => id),
        );
        // In the tree's order, each once.
        const order = flatten(route).map(({ id }) => id);
        const places = traced.map((one) => order.indexOf(one.route.id));
        expect(places).toEqual(places.toSorted((a, b) => a - b));
        expect(new Set(places).size).toBe(places.length);
      }),
    );
  });
});

function flatten(route: Route): Route[] {
  return [route, ...route.routes.flatMap(flatten)];
}
