import { expect, test } from 'vitest';
import type { RouteNode, RoutingTimePart } from '../../../core/answers/routing.ts';
import { ownSettings, routeNumbers } from '../../../dashboard/pages/routing/tree.ts';
import { timePartText } from '../../../dashboard/pages/routing/words.ts';

function node(id: string, more: Partial<RouteNode> = {}): RouteNode {
  return {
    ...{ id, matchers: [], receiver: 'ops', groupBy: ['alertname'], continue: false, routes: [] },
    ...{ groupWaitMs: 0, groupIntervalMs: 300_000, repeatIntervalMs: 3_600_000 },
    ...{ muteTimeIntervals: [], activeTimeIntervals: [], mutedBy: [] },
    ...more,
  };
}

test('routes are numbered by their place', () => {
  const root = node('{}', {
    routes: [node('a', { routes: [node('b'), node('c')] }), node('d')],
  });
  expect([...routeNumbers(root)]).toEqual([
    ['{}', '0'],
    ['a', '1'],
    ['b', '1.1'],
    ['c', '1.2'],
    ['d', '2'],
  ]);
});

test('what a route inherits is not its own', () => {
  const parent = node('{}');
  const child = node('a', { groupBy: ['alertname', 'host'], groupWaitMs: 5 });
  const own = Object.entries(ownSettings(child, parent)).flatMap(([name, is]) =>
    is ? [name] : [],
  );
  expect(own).toEqual(['groupBy', 'groupWaitMs']);
  expect(Object.values(ownSettings(parent, undefined))).not.toContain(false);
});

const ALWAYS: RoutingTimePart = {
  ...{ times: [], weekdays: [], daysOfMonth: [], months: [], years: [], location: 'UTC' },
};

test.each<[Partial<RoutingTimePart>, string]>([
  [{}, 'always (UTC)'],
  [
    {
      weekdays: [[1, 5]],
      times: [
        [0, 540],
        [1080, 1440],
      ],
      location: 'Europe/Berlin',
    },
    'Mon–Fri, 00:00–09:00, 18:00–24:00 (Europe/Berlin)',
  ],
  [{ daysOfMonth: [[-1, -1]], months: [[12, 12]] }, 'Dec, days the last (UTC)'],
  [{ daysOfMonth: [[1, 7]], years: [[2026, 2027]] }, 'days 1–7, 2026–2027 (UTC)'],
])('%j is %s', (part, text) => {
  expect(timePartText({ ...ALWAYS, ...part })).toBe(text);
});
