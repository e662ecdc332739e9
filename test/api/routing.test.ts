import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeState } from '../../core/alerting/state-encoding.ts';
import { FIRST_STATE } from '../../core/alerting/tick-state.ts';
import { createMatcher } from '../../core/alertmanager/parse-matcher.ts';
import type { RoutingAnswer, RoutingTestAnswer } from '../../core/answers/routing.ts';
import { MINUTE_MS } from '../../core/host-minute.ts';
import { labelsFrom } from '../../core/series/labels.ts';
import { createSilenceStore } from '../../functions/store/silences.ts';
import { createStateStore } from '../../functions/store/state.ts';
import { apiEvent, NOW_MS, readReply, startApi, type TestApi } from './fixture.ts';

const DOWN = { alertname: 'HostDown', host: 'hv-1', severity: 'critical' };
const CRITICAL = '{}/{severity="critical"}';

let api: TestApi;
beforeAll(async () => {
  api = await startApi({ RULES_DIR: 'test/api/routing' });
  const kept = createStateStore(api.store.table);
  const state = {
    ...FIRST_STATE,
    lastTickMs: NOW_MS,
    alerts: {
      'routing.rules.yaml;up;HostDown;0': [
        {
          labels: labelsFrom(DOWN),
          annotations: {},
          state: 'firing' as const,
          value: 0,
          activeAtMs: NOW_MS - 3 * MINUTE_MS,
          firedAtMs: NOW_MS - 2 * MINUTE_MS,
        },
      ],
    },
    groups: {
      [`${CRITICAL}:{alertname="HostDown"}`]: {
        routeId: CRITICAL,
        groupLabels: { alertname: 'HostDown' },
        nextFlushMs: NOW_MS + 10_000,
        firing: ['0000000000000001'],
        resolved: [],
        told: {},
        escalated: {},
      },
    },
  };
  await kept.replace(await kept.read(), encodeState(state));
});
afterAll(() => api.close());

async function ask(labels: unknown): Promise<ReturnType<typeof readReply>> {
  return post({ labels });
}

async function post(body: unknown): Promise<ReturnType<typeof readReply>> {
  return readReply(
    await api.handler(
      apiEvent({
        method: 'POST',
        rawPath: '/api/v1/routing/test',
        headers: { authorization: `Bearer ${api.token}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    ),
  );
}

async function whereTo(labels: Readonly<Record<string, string>>): Promise<RoutingTestAnswer> {
  const { status, json } = await ask(labels);
  expect(status).toBe(200);
  return json.data as RoutingTestAnswer;
}

describe('the routing', () => {
  test('is shown as a tree, with what its receivers deliver to and no secret', async () => {
    const { status, json, text } = await api.get('/api/v1/routing');
    expect(status).toBe(200);
    const { route, receivers, timeIntervals, escalations, errors } = json.data as RoutingAnswer;
    expect(errors).toEqual([]);
    expect(route).toMatchObject({
      id: '{}',
      receiver: 'warning',
      groupWaitMs: 30_000,
      mutedBy: [],
    });
    expect(route.routes.map(({ id, mutedBy }) => [id, mutedBy])).toEqual([
      [CRITICAL, []],
      [`${CRITICAL}/1`, ['year-1999']],
    ]);
    expect(route.routes[0]?.routes[0]).toMatchObject({
      matchers: [{ name: 'team', value: 'db|storage', isRegex: true, isEqual: true }],
      mutedBy: ['all-day'],
      groupIntervalMs: 10_000,
    });
    expect(
      receivers.map(({ name, integrations }) => [
        name,
        ...integrations.map(({ target, of }) => `${target} ${of}`),
      ]),
    ).toEqual([
      ['warning', expect.stringMatching(/^topic \S+$/)],
      ['on-call', 'phone …5678', 'webhook hooks.example.com'],
      ['database', 'ntfy ntfy.example.com'],
      ['chat', 'slack #ops'],
      ['boss', 'pagerduty events.pagerduty.com'],
    ]);
    expect(timeIntervals.map(({ name, holdsNow }) => [name, holdsNow])).toEqual([
      ['all-day', true],
      ['year-1999', false],
    ]);
    expect(escalations).toHaveLength(3);
    for (const secret of ['secret', '4917012345']) expect(text).not.toContain(secret);
  });

  test('takes only what it answers', async () => {
    expect((await api.post('/api/v1/routing')).status).toBe(405);
    expect((await api.get('/api/v1/routing/test')).status).toBe(405);
    for (const [labels, error] of [
      [undefined, 'labels'],
      [{ a: 1 }, 'labels.a: give a text'],
      [{ '': 'x' }, 'labels: a name is empty'],
      ['x', 'labels: give an object'],
    ] as const) {
      const { status, json } = await ask(labels);
      expect([status, json.error]).toEqual([400, expect.stringContaining(error)]);
    }
    expect((await post({ labels: {}, label: {} })).status).toBe(400);
  });
});

describe('where an alert would go', () => {
  test('by every route that takes it, with its group, and who is told next', async () => {
    const found = await whereTo({ ...DOWN, host: 'hv-2', team: '' });
    expect(found.labels).toEqual({ ...DOWN, host: 'hv-2' });
    expect(found.firing).toBeUndefined();
    expect(found.steps).toEqual([
      { id: '{}', outcome: 'passed' },
      { id: CRITICAL, outcome: 'taken' },
      {
        id: `${CRITICAL}/{team=~"db|storage"}`,
        outcome: 'refused',
        has: '',
        matcher: expect.objectContaining({ text: 'team=~"db|storage"' }),
      },
      { id: `${CRITICAL}/1`, outcome: 'taken' },
    ]);
    expect(found.taken).toMatchObject([
      {
        receiver: 'on-call',
        groupKey: `${CRITICAL}:{alertname="HostDown"}`,
        groupLabels: { alertname: 'HostDown' },
        mutedBy: [],
        group: { alerts: 1, nextFlushMs: NOW_MS + 10_000 },
        escalations: [
          { to: 'database', afterMs: 15 * MINUTE_MS },
          { to: 'boss', afterMs: 30 * MINUTE_MS },
        ],
      },
      { receiver: 'chat', mutedBy: ['year-1999'] },
    ]);
    expect(found.taken[1]?.group).toBeUndefined();
    expect(found.isTold).toBe(true);
  });

  test('nowhere while time intervals mute all of its routes', async () => {
    const { taken, isTold } = await whereTo({ severity: 'critical', team: 'db' });
    expect(taken.map(({ receiver, mutedBy }) => [receiver, mutedBy])).toEqual([
      ['database', ['all-day']],
      ['chat', ['year-1999']],
    ]);
    expect(isTold).toBe(false);
  });

  test('nowhere while an alert that fires inhibits it, which it names', async () => {
    const load = { alertname: 'HighLoad', severity: 'warning' };
    const muted = await whereTo({ ...load, host: 'hv-1' });
    expect(muted.inhibitions).toEqual([
      { rule: 0, by: { fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/), labels: DOWN } },
    ]);
    expect(muted.isTold).toBe(false);
    const told = await whereTo({ ...load, host: 'hv-2' });
    expect(told.inhibitions).toEqual([{ rule: 0 }]);
    expect(told.isTold).toBe(true);
    // The source is no target of its own rule, and fires.
    const source = await whereTo(DOWN);
    expect(source.inhibitions).toEqual([]);
    expect(source.firing?.sinceMs).toBe(NOW_MS - 2 * MINUTE_MS);
  });

  test('nowhere while a silence holds that fits', async () => {
    const host = createMatcher('host', '=', 'web-9');
    if (!host.ok) throw new Error(host.error);
    await createSilenceStore(api.store.table).add(
      {
        id: '00000000-0000-4000-8000-000000000009',
        matchers: [host.value],
        startsAtMs: NOW_MS - 1000,
        endsAtMs: NOW_MS + 1000,
        updatedAtMs: NOW_MS,
        createdBy: 'Anna',
        comment: 'new disks',
      },
      NOW_MS,
    );
    const found = await whereTo({ alertname: 'HostDown', host: 'web-9' });
    expect(found.silences).toEqual([
      {
        id: '00000000-0000-4000-8000-000000000009',
        matchers: ['host="web-9"'],
        createdBy: 'Anna',
        comment: 'new disks',
        endsAtMs: NOW_MS + 1000,
      },
    ]);
    expect(found.isTold).toBe(false);
  });
});
