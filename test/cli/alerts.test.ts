import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { answerAlertmanager } from '../../functions/alertmanager-api/answer.ts';
import { readRequest } from '../../functions/api/http.ts';
import { acknowledge, withdrawAcknowledgement } from '../../infra/cli/acknowledge.ts';
import { readBacktestRouting } from '../../infra/cli/backtest/backtest-routing.ts';
import { type ApiClient, createClient } from '../../infra/cli/client.ts';
import { printAlerts, readAlerts } from '../../infra/cli/list-alerts.ts';
import { endMaintenance, listMaintenance, startMaintenance } from '../../infra/cli/maintenance.ts';
import { readMatcherArguments } from '../../infra/cli/matcher-arguments.ts';
import {
  addSilence,
  expireSilences,
  printSilences,
  readSilences,
} from '../../infra/cli/silences.ts';
import { formatTime } from '../../infra/cli/time-text.ts';
import { type Front, startFront, type UrlFunction } from '../../infra/local/http-front.ts';
import {
  ALERTS,
  HOUR_MS,
  NOW_MS,
  startAlertmanager,
  type TestAlertmanager,
} from '../alertmanager-api/fixture.ts';
import { createRecorder, type Recorder } from './recorder.ts';

const FLAGS = { for: '2h', comment: 'new disks', by: 'ann' };
const FINGERPRINT = /^[0-9a-f]{16}$/;

let api: TestAlertmanager;
let front: Front;
let client: ApiClient;
let terminal: Recorder;
/** Hosts that the query API knows. */
let knownHosts: string[];

beforeEach(async () => {
  api = await startAlertmanager();
  knownHosts = ['web1'];
  terminal = createRecorder();
  const alertmanager: UrlFunction = async (event) => {
    const request = readRequest(event);
    if (!request.ok) throw new Error(request.error.message);
    return answerAlertmanager(request.value, api.ports);
  };
  const started = await startFront({
    port: 0,
    routes: {
      '/api/v2/': alertmanager,
      '/v1/acknowledgements': alertmanager,
      '/api/v1/alerts': async () =>
        json({
          data: { alerts: [pendingAlert('Later', 'web1'), firingAlert('HostDown', 'web1')] },
        }),
      '/api/v1/query': async ({ rawQueryString }) => {
        const query = new URLSearchParams(rawQueryString).get('query') ?? '';
        const result = knownHosts.filter((host) => query === `up{host="${host}"}`);
        return json({ data: { resultType: 'vector', result } });
      },
    },
    nowMs: () => NOW_MS,
    onFault: (path, error) => console.error(path, error),
  });
  if (!started.ok) throw new Error(started.error.message);
  front = started.value;
  client = createClient(front.url, 'hvt_test');
});

afterEach(async () => {
  await front.close();
  await api.close();
});

function json(value: object) {
  return {
    statusCode: 200,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(value),
  };
}

function ruleAlert(state: string, alertname: string, host: string) {
  const activeAt = new Date(NOW_MS - 60_000).toISOString();
  return { labels: { alertname, host }, annotations: {}, state, activeAt, value: '1e+00' };
}
const pendingAlert = (name: string, host: string) => ruleAlert('pending', name, host);
const firingAlert = (name: string, host: string) => ruleAlert('firing', name, host);

async function listed(...matchers: string[]): Promise<string[]> {
  const read =
    matchers.length === 0 ? { ok: true as const, value: [] } : readMatcherArguments(matchers);
  if (!read.ok) throw new Error(read.error.message);
  const alerts = await readAlerts(client, read.value);
  if (!alerts.ok) throw new Error(alerts.error.message);
  return alerts.value.map(
    ({ state, labels }) => `${state} ${labels['alertname']} ${labels['host']}`,
  );
}

async function fingerprintOf(host: string): Promise<string> {
  const alerts = await readAlerts(client, []);
  if (!alerts.ok) throw new Error(alerts.error.message);
  return alerts.value.find(({ labels }) => labels['host'] === host)?.fingerprint ?? '';
}

describe('alerts', () => {
  test('lists what fires, then what is pending', async () => {
    expect(await listed()).toEqual([
      ...['firing DiskFull db1', 'firing DiskFull web2', 'firing HostDown web1'].sort(),
      'pending Later web1',
    ]);
  });

  test('is a table with a line each and their count', async () => {
    const alerts = await readAlerts(client, []);
    if (!alerts.ok) throw new Error(alerts.error.message);
    printAlerts(alerts.value, terminal, NOW_MS);
    const [head = '', ...rows] = terminal.lines;
    expect(head.split(/ {2,}/)).toEqual([
      'STATE',
      'SEVERITY',
      'ALERT',
      'SINCE',
      'FOR',
      'FINGERPRINT',
      'WHAT',
    ]);
    const row = rows.find((line) => line.includes('HostDown')) ?? '';
    expect(row).toContain(formatTime(NOW_MS - 60_000));
    expect(row).toMatch(/firing +critical +HostDown .* 1 min +[0-9a-f]{16} +HostDown on web1$/);
    // Columns stand under their titles.
    expect(row.indexOf('HostDown')).toBe(head.indexOf('ALERT'));
    expect(rows.at(-1)).toBe('4 alerts: 3 firing, 1 pending');
  });

  test('are chosen by name and matchers', async () => {
    expect(await listed('DiskFull', 'host=~"db.*"')).toEqual(['firing DiskFull db1']);
    expect(await listed('severity="critical"', 'alertname!=DiskFull')).toEqual([
      'firing HostDown web1',
    ]);
  });

  test('of a Hypervigil without routing are those of its rules', async () => {
    const bare = await startFront({
      port: 0,
      routes: {
        '/api/v1/alerts': async () => json({ data: { alerts: [firingAlert('Old', 'a')] } }),
      },
      nowMs: () => NOW_MS,
      onFault: () => undefined,
    });
    if (!bare.ok) throw new Error(bare.error.message);
    const alerts = await readAlerts(createClient(bare.value.url, 'x'), []);
    expect(alerts).toMatchObject({ value: [{ state: 'firing', labels: { alertname: 'Old' } }] });
    await bare.value.close();
  });
});

describe('alerts ack', () => {
  test('acknowledges one alert by its fingerprint, and withdraws that', async () => {
    const flags = { by: 'ann', note: 'on it', for: '2h' };
    const id = await fingerprintOf('db1');
    expect(id).toMatch(FINGERPRINT);
    expect(await acknowledge([id], flags, client, terminal)).toMatchObject({ ok: true });
    expect(terminal.lines).toEqual([
      `${id}  DiskFull host=db1 severity=critical: acknowledged by ann until ${formatTime(NOW_MS + 2 * HOUR_MS)}`,
    ]);
    expect(await api.ports.acknowledgements.list(NOW_MS)).toMatchObject([
      { fingerprint: id, by: 'ann', note: 'on it', untilMs: NOW_MS + 2 * HOUR_MS },
    ]);
    expect(await withdrawAcknowledgement([id], client, terminal)).toMatchObject({ ok: true });
    expect(terminal.lines[1]).toMatch(/: no more acknowledged$/);
  });

  test('acknowledges all that fit matchers', async () => {
    const flags = { by: 'ann', note: '', for: '30m' };
    expect(await acknowledge(['DiskFull'], flags, client, terminal)).toMatchObject({ ok: true });
    expect(terminal.lines).toHaveLength(
      ALERTS.filter((one) => one['alertname'] === 'DiskFull').length,
    );
  });

  test('of nothing that fires says so', async () => {
    const flags = { by: 'ann', note: '', for: '30m' };
    const result = await acknowledge(['Nothing'], flags, client, terminal);
    expect(result).toMatchObject({
      error: { code: 'trouble', message: expect.stringContaining('no such alert fires now') },
    });
  });

  test('with a bad time is a wrong command line', async () => {
    const flags = { by: 'ann', note: '', for: 'long' };
    expect(await acknowledge(['DiskFull'], flags, client, terminal)).toMatchObject({
      error: { code: 'usage', message: expect.stringContaining('--for long') },
    });
  });
});

describe('silence', () => {
  test('mutes what fits, is listed, and ends', async () => {
    expect(
      await addSilence(['DiskFull', 'host=~"db.*"'], FLAGS, client, terminal, NOW_MS),
    ).toMatchObject({ ok: true });
    const [id = ''] = terminal.lines;
    expect(await listed('DiskFull')).toEqual(['firing DiskFull web2', 'silenced DiskFull db1']);
    const silences = await readSilences(client, false);
    if (!silences.ok) throw new Error(silences.error.message);
    printSilences(silences.value, terminal);
    expect(terminal.lines.at(-1)).toMatch(
      new RegExp(`^${id}  active .* ann  alertname="DiskFull" host=~"db\\.\\*"  new disks$`),
    );
    expect(await expireSilences([id], client)).toMatchObject({ ok: true });
    expect(await listed('DiskFull', 'host=db1')).toEqual(['firing DiskFull db1']);
    expect(await readSilences(client, false)).toMatchObject({ value: [] });
    expect(await readSilences(client, true)).toMatchObject({ value: [{ id }] });
  });

  test('that is over still mutes in a backtest of its time, if that is asked for', async () => {
    await addSilence(['DiskFull', 'host=~"db.*"'], FLAGS, client, terminal, NOW_MS);
    await expireSilences(terminal.lines, client);
    const silencesOf = async (flags: { silences?: true }) => {
      const routing = await readBacktestRouting(['rules/host.rules.yaml'], flags, client);
      if (!routing.ok) throw new Error(routing.error.message);
      return routing.value.notify.silences;
    };
    expect(await silencesOf({})).toEqual([]);
    const [silence] = await silencesOf({ silences: true });
    const [, host] = silence?.matchers ?? [];
    expect(silence).toMatchObject({ startsAtMs: NOW_MS, endsAtMs: NOW_MS });
    expect([host?.matches('db7'), host?.matches('web1')]).toEqual([true, false]);
  });

  test('that is not there can not end', async () => {
    const id = '00000000-0000-4000-8000-000000000000';
    expect(await expireSilences([id], client)).toMatchObject({
      error: { code: 'trouble', message: `there is no silence ${id}` },
    });
  });

  test('wants matchers that can be read', async () => {
    expect(await addSilence(['host=~"("'], FLAGS, client, terminal, NOW_MS)).toMatchObject({
      error: { code: 'usage' },
    });
  });
});

describe('maintenance', () => {
  test('is a silence of exactly the host, until it is ended', async () => {
    expect(await startMaintenance('web1', FLAGS, client, terminal, NOW_MS)).toMatchObject({
      ok: true,
    });
    expect(terminal.lines[0]).toContain(
      `web1 is under maintenance until ${formatTime(NOW_MS + 2 * HOUR_MS)}`,
    );
    expect(terminal.notes).toEqual([]);
    expect(await api.ports.silences.list(NOW_MS)).toMatchObject([
      { matchers: [{ name: 'host', op: '=', value: 'web1' }], comment: 'new disks' },
    ]);
    await addSilence(['host=web1', 'vm=a'], FLAGS, client, terminal, NOW_MS);
    await listMaintenance(client, terminal);
    expect(terminal.lines.at(-1)).toMatch(/^web1 .* ann {2}new disks$/);
    expect(await endMaintenance('web1', client, terminal)).toMatchObject({ ok: true });
    const left = (await api.ports.silences.list(NOW_MS + 1)).filter(
      ({ endsAtMs }) => endsAtMs > NOW_MS,
    );
    expect(left).toMatchObject([{ matchers: [{ name: 'host' }, { name: 'vm' }] }]);
    expect(await endMaintenance('web1', client, terminal)).toMatchObject({
      error: { message: 'web1 is not under maintenance' },
    });
  });

  test('of a host nobody knows is begun, with a word of warning', async () => {
    await startMaintenance('wbe1', FLAGS, client, terminal, NOW_MS);
    expect(terminal.notes).toEqual([expect.stringContaining('no host is known as wbe1')]);
  });
});
