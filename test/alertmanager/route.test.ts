import { describe, expect, test } from 'vitest';
import type { Route } from '../../core/alertmanager/config-types.ts';
import { matchRoutes } from '../../core/alertmanager/route.ts';
import { parsed } from './config-fixture.ts';

const RECEIVERS = ['all', 'db', 'db-night', 'web', 'audit', 'other'];

const CONFIG = parsed(`
receivers: [${RECEIVERS.map((name) => `{name: ${name}}`)}]
route:
  receiver: all
  group_by: [alertname]
  routes:
    - matchers: [kind = audit]
      receiver: audit
      continue: true
    - matchers: [service =~ "db|sql"]
      receiver: db
      group_by: ['...']
      group_wait: 5s
      routes:
        - matchers: ['{shift = night, team != ""}']
          receiver: db-night
          repeat_interval: 1d
          group_by: [host, vm]
        - matchers: [shift = night]
    - match: { service: web }
      match_re: { zone: eu-.* }
      receiver: web
      continue: true
    - matchers: [service = web]
      receiver: other
      group_by: []
`);

function receiversOf(labels: Record<string, string>): string[] {
  return matchRoutes(CONFIG.route, labels).map(({ receiver }) => receiver);
}

describe('an alert takes the deepest routes that fit', () => {
  test.each([
    [{}, ['all']],
    [{ service: 'mail' }, ['all']],
    [{ service: 'db' }, ['db']],
    [{ service: 'sql', shift: 'night', team: 'a' }, ['db-night']],
    [{ service: 'db', shift: 'night' }, ['db']],
    [{ service: 'db', shift: 'night', team: '' }, ['db']],
    [{ service: 'web', zone: 'us-1' }, ['other']],
    [{ service: 'web', zone: 'eu-1' }, ['web', 'other']],
    [{ service: 'db', kind: 'audit' }, ['audit', 'db']],
    [{ kind: 'audit' }, ['audit']],
  ])('%j', (labels, receivers) => {
    expect(receiversOf(labels)).toEqual(receivers);
  });
});

/** All routes, parents first. */
function flatten(route: Route): Route[] {
  return [route, ...route.routes.flatMap(flatten)];
}

test('what a route leaves out is its parent’s', () => {
  const told = flatten(CONFIG.route).map((route) => ({
    receiver: route.receiver,
    groupBy: route.groupBy,
    times: [route.groupWaitMs, route.groupIntervalMs, route.repeatIntervalMs].map(
      (ms) => ms / 1000,
    ),
  }));
  const times = [30, 300, 14_400];
  expect(told).toEqual([
    { receiver: 'all', groupBy: ['alertname'], times },
    { receiver: 'audit', groupBy: ['alertname'], times },
    { receiver: 'db', groupBy: 'all', times: [5, 300, 14_400] },
    { receiver: 'db-night', groupBy: ['host', 'vm'], times: [5, 300, 86_400] },
    { receiver: 'db', groupBy: 'all', times: [5, 300, 14_400] },
    { receiver: 'web', groupBy: ['alertname'], times },
    { receiver: 'other', groupBy: [], times },
  ]);
});

test('ids are the matchers on the way, as Alertmanager writes them', () => {
  expect(flatten(CONFIG.route).map(({ id }) => id)).toEqual([
    '{}',
    '{}/{kind="audit"}',
    '{}/{service=~"db|sql"}',
    '{}/{service=~"db|sql"}/{shift="night",team!=""}',
    '{}/{service=~"db|sql"}/{shift="night"}',
    '{}/{service="web",zone=~"eu-.*"}',
    '{}/{service="web"}',
  ]);
});

test('routes with the same matchers have ids of their own, as have those below them', () => {
  const config = parsed(`
receivers: [{name: x}]
route:
  receiver: x
  routes:
    - { matchers: [a=b], continue: true, routes: [{ matchers: [c=d] }] }
    - { matchers: [e=f] }
    - { matchers: ['{a="b"}'], routes: [{ matchers: [c=d] }] }
`);
  expect(flatten(config.route).map(({ id }) => id)).toEqual([
    '{}',
    '{}/{a="b"}',
    '{}/{a="b"}/{c="d"}',
    '{}/{e="f"}',
    '{}/{a="b"}/1',
    '{}/{a="b"}/1/{c="d"}',
  ]);
});
