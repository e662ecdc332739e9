import * as v from 'valibot';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ALERTS, type Reply, startAlertmanager, type TestAlertmanager } from './fixture.ts';

let api: TestAlertmanager;
beforeAll(async () => {
  api = await startAlertmanager();
});
afterAll(() => api.close());
beforeEach(() => {
  api.firing = ALERTS;
  api.view = (alert) => alert;
});

const labelled = v.array(v.looseObject({ labels: v.record(v.string(), v.string()) }));
const grouped = v.array(
  v.looseObject({
    receiver: v.object({ name: v.string() }),
    labels: v.record(v.string(), v.string()),
    alerts: labelled,
  }),
);

/** Which alerts were listed: `HostDown/web1`. */
function names({ json }: Reply): string[] {
  return v.parse(labelled, json).map(({ labels }) => `${labels['alertname']}/${labels['host']}`);
}

async function listed(params: Parameters<TestAlertmanager['get']>[1]): Promise<string[]> {
  return names(await api.get('/api/v2/alerts', params)).sort();
}

describe('GET /api/v2/alerts', () => {
  test('has every member that Alertmanager has, in its forms', async () => {
    api.firing = ALERTS.slice(0, 1);
    const { status, json, headers } = await api.get('/api/v2/alerts');
    expect(status).toBe(200);
    expect(headers).toMatchObject({ 'cache-control': 'no-store' });
    expect(json).toEqual([
      {
        annotations: { summary: 'HostDown on web1' },
        endsAt: '2026-03-01T12:04:00.000Z',
        fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/),
        receivers: [{ name: 'oncall' }],
        startsAt: '2026-03-01T11:59:00.000Z',
        status: { inhibitedBy: [], mutedBy: [], silencedBy: [], state: 'active' },
        updatedAt: '2026-03-01T12:00:00.000Z',
        generatorURL: 'https://hypervigil.example.com/graph',
        labels: { alertname: 'HostDown', host: 'web1', severity: 'critical' },
      },
    ]);
  });

  test('says since when there is no data, and that an alert flaps', async () => {
    api.firing = ALERTS.slice(0, 1);
    api.view = (alert) => ({
      ...alert,
      noDataSinceMs: api.nowMs - 60_000,
      flapping: { times: 4, sinceMs: api.nowMs - 3_600_000, quietMs: 900_000 },
    });
    const [alert] = v.parse(labelled, (await api.get('/api/v2/alerts')).json);
    expect(alert).toMatchObject({
      noDataSince: '2026-03-01T11:59:00.000Z',
      flapping: { times: 4, since: '2026-03-01T11:00:00.000Z' },
    });
  });

  test('says who acknowledged, and leaves out a link that there is not', async () => {
    api.firing = ALERTS.slice(0, 1);
    api.view = (alert) => ({
      ...alert,
      generatorUrl: '',
      acknowledgement: {
        fingerprint: alert.fingerprint,
        labels: alert.labels,
        alertStartsAtMs: alert.startsAtMs,
        by: 'ann',
        note: 'on it',
        atMs: api.nowMs,
        untilMs: api.nowMs + 1000,
      },
    });
    const [alert] = v.parse(labelled, (await api.get('/api/v2/alerts')).json);
    expect(alert).not.toHaveProperty('generatorURL');
    expect(alert).toHaveProperty('acknowledgement', {
      by: 'ann',
      note: 'on it',
      at: '2026-03-01T12:00:00.000Z',
      until: '2026-03-01T12:00:01.000Z',
    });
  });

  test.each([
    [{}, ['DiskFull/db1', 'DiskFull/web2', 'HostDown/web1']],
    [{ filter: 'alertname="DiskFull"' }, ['DiskFull/db1', 'DiskFull/web2']],
    [{ filter: ['alertname=DiskFull', 'host!~"web.*"'] }, ['DiskFull/db1']],
    [{ filter: 'team=""' }, ['DiskFull/db1', 'DiskFull/web2', 'HostDown/web1']],
    [{ filter: 'team!=""' }, []],
    [{ receiver: 'on.*' }, ['DiskFull/db1', 'HostDown/web1']],
    [{ receiver: 'dba' }, ['DiskFull/db1']],
    [{ receiver: 'db' }, []],
    [{ receiver: '' }, ['DiskFull/db1', 'DiskFull/web2', 'HostDown/web1']],
    [{ receiver_matchers: 'owner="me"' }, []],
    [{ receiver_matchers: 'name=dba' }, ['DiskFull/db1']],
    [{ receiver_matchers: 'name=dba', receiver: 'on.*' }, []],
    [{ active: 'false' }, []],
    [{ active: '1', silenced: 'no' }, ['DiskFull/db1', 'DiskFull/web2', 'HostDown/web1']],
  ])('%j finds %j', async (params, expected) => {
    expect(await listed(params)).toEqual(expected);
  });

  test('by what mutes them', async () => {
    api.view = (alert) => {
      if (alert.labels['host'] === 'web1')
        return { ...alert, state: 'suppressed', silencedBy: ['a'] };
      if (alert.labels['host'] === 'web2')
        return { ...alert, state: 'suppressed', inhibitedBy: ['b'] };
      return { ...alert, state: 'unprocessed' };
    };
    expect(await listed({ silenced: 'false' })).toEqual(['DiskFull/db1', 'DiskFull/web2']);
    expect(await listed({ inhibited: 'false' })).toEqual(['DiskFull/db1', 'HostDown/web1']);
    expect(await listed({ unprocessed: 'false' })).toEqual(['DiskFull/web2', 'HostDown/web1']);
    expect(await listed({ silenced: 'false', inhibited: 'false', unprocessed: 'f' })).toEqual([]);
  });

  test.each([
    [{ filter: 'xx' }, /bad matcher format: xx/],
    [{ filter: '{host="web1"}' }, /open or close brace/],
    [{ filter: 'host=~"("' }, /error parsing regexp|missing/],
    [{ receiver: '(' }, /^failed to parse receiver param: /],
    [{ receiver_matchers: 'x' }, /^failed to parse receiver_matchers param: /],
  ])('%j is refused', async (params, reason) => {
    for (const path of ['/api/v2/alerts', '/api/v2/alerts/groups']) {
      const { status, json } = await api.get(path, params);
      expect([status, json]).toEqual([400, expect.stringMatching(reason)]);
    }
  });
});

describe('GET /api/v2/alerts/groups', () => {
  async function groups(params: Parameters<TestAlertmanager['get']>[1] = {}): Promise<string[]> {
    const { json } = await api.get('/api/v2/alerts/groups', params);
    return v
      .parse(grouped, json)
      .map(
        ({ receiver, labels, alerts }) =>
          `${receiver.name} ${labels['alertname']}: ${names({ status: 200, headers: {}, json: alerts })}`,
      );
  }

  test('an alert is in a group of each route that takes it, in Alertmanager’s order', async () => {
    expect(await groups()).toEqual([
      'dba DiskFull: DiskFull/db1',
      'oncall DiskFull: DiskFull/db1',
      'team DiskFull: DiskFull/web2',
      'oncall HostDown: HostDown/web1',
    ]);
    expect(await groups({ receiver: 'oncall', filter: 'host=db1' })).toEqual([
      'oncall DiskFull: DiskFull/db1',
    ]);
  });

  test('has every member that Alertmanager has', async () => {
    const { json } = await api.get('/api/v2/alerts/groups', { filter: 'host=db1' });
    const alert = { labels: ALERTS[1], receivers: [{ name: 'dba' }, { name: 'oncall' }] };
    expect(json).toMatchObject([
      { labels: { alertname: 'DiskFull' }, receiver: { name: 'dba' }, routeLabels: {} },
      { receiver: { name: 'oncall' }, alerts: [alert] },
    ]);
  });

  test('groups that a time interval mutes are marked, and left out if asked', async () => {
    api.view = (alert) => ({
      ...alert,
      groups: alert.groups.map((group) => ({
        ...group,
        mutedBy: group.receiver === 'oncall' ? ['nights'] : [],
      })),
    });
    const { json } = await api.get('/api/v2/alerts/groups', { filter: 'host=db1' });
    expect(json).toMatchObject([
      { alerts: [{ status: { state: 'active', mutedBy: [] } }] },
      { alerts: [{ status: { state: 'suppressed', mutedBy: ['nights'] } }] },
    ]);
    expect(await groups({ muted: 'false' })).toEqual([
      'dba DiskFull: DiskFull/db1',
      'team DiskFull: DiskFull/web2',
    ]);
  });
});

describe('all else', () => {
  test('status and receivers', async () => {
    const { json } = await api.get('/api/v2/status');
    expect(json).toMatchObject({
      cluster: { status: 'disabled', peers: [] },
      uptime: '2026-03-01T11:00:00.000Z',
      versionInfo: { version: expect.stringMatching(/^0\.34\./), revision: 'hypervigil-1.2.3' },
    });
    expect((await api.get('/api/v2/receivers')).json).toEqual([
      { name: 'team', labels: { name: 'team' } },
      { name: 'oncall', labels: { name: 'oncall' } },
      { name: 'dba', labels: { name: 'dba' } },
    ]);
    const one = await api.get('/api/v2/receivers', { receiver_matchers: 'name=~"d.*"' });
    expect(one.json).toMatchObject([{ name: 'dba' }]);
  });

  test('alerts can’t be posted, and it says what to do', async () => {
    const { status, json, headers } = await api.post('/api/v2/alerts', []);
    expect([status, json]).toEqual([
      405,
      { code: 405, message: expect.stringContaining('write a rule') },
    ]);
    expect(headers).toMatchObject({ allow: 'GET' });
  });

  test('other methods and paths', async () => {
    expect(await api.delete('/api/v2/alerts')).toMatchObject({
      status: 405,
      headers: { allow: 'GET,POST' },
      json: { code: 405, message: 'method DELETE is not allowed, but [GET,POST] are' },
    });
    expect(await api.get('/api/v2/toString')).toMatchObject({
      status: 404,
      json: { code: 404, message: 'path /api/v2/toString was not found' },
    });
  });
});
