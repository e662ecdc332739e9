import * as v from 'valibot';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fingerprint } from '../../core/alertmanager/fingerprint.ts';
import {
  ALERTS,
  HOUR_MS,
  type Reply,
  startAlertmanager,
  type TestAlertmanager,
} from './fixture.ts';

const PATH = '/v1/acknowledgements';
const [WEB1 = {}, DB1 = {}] = ALERTS;

let api: TestAlertmanager;
beforeEach(async () => {
  api = await startAlertmanager();
});
afterEach(() => api.close());

const listSchema = v.object({
  status: v.literal('success'),
  data: v.array(v.looseObject({ labels: v.record(v.string(), v.string()) })),
});

function hosts({ status, json }: Reply): string[] {
  expect(status).toBe(200);
  return v
    .parse(listSchema, json)
    .data.map(({ labels }) => labels['host'] ?? '')
    .sort();
}

test('one alert is acknowledged by its fingerprint', async () => {
  const body = { fingerprint: fingerprint(WEB1), by: 'ann', note: 'on my way', for: '2h' };
  const expected = {
    fingerprint: fingerprint(WEB1),
    labels: WEB1,
    by: 'ann',
    note: 'on my way',
    alertStartsAt: '2026-03-01T11:59:00.000Z',
    at: '2026-03-01T12:00:00.000Z',
    until: '2026-03-01T14:00:00.000Z',
  };
  const wanted = { status: 200, json: { status: 'success', data: [expected] } };
  expect(await api.post(PATH, body)).toMatchObject(wanted);
  expect(await api.get(PATH)).toMatchObject(wanted);
  expect(await api.ports.acknowledgements.list(api.nowMs)).toMatchObject([
    { alertStartsAtMs: api.nowMs - 60_000, untilMs: api.nowMs + 2 * HOUR_MS },
  ]);
});

test('all that fit a filter are, and can be looked for by one', async () => {
  const body = { filter: ['severity="critical"'], by: 'ann', until: '2026-03-01T14:00:00+01:00' };
  expect(hosts(await api.post(PATH, body))).toEqual(['db1', 'web1']);
  expect(hosts(await api.get(PATH))).toEqual(['db1', 'web1']);
  expect(hosts(await api.get(PATH, { filter: 'host=~"db.*"' }))).toEqual(['db1']);
  api.nowMs += HOUR_MS;
  expect(hosts(await api.get(PATH))).toEqual([]);
});

test('an acknowledgement can be taken back', async () => {
  await api.post(PATH, { filter: ['severity=critical'], by: 'ann', for: '1d' });
  expect(hosts(await api.delete(PATH, { fingerprint: fingerprint(DB1) }))).toEqual(['db1']);
  expect(hosts(await api.get(PATH))).toEqual(['web1']);
  expect(hosts(await api.delete(PATH, { filter: 'alertname=HostDown' }))).toEqual(['web1']);
  expect(await api.delete(PATH, { filter: 'alertname=HostDown' })).toMatchObject({
    status: 404,
    json: { status: 'error', error: 'no such alert is acknowledged' },
  });
});

test('an alert that does not fire can’t be acknowledged', async () => {
  api.firing = [DB1];
  const body = { fingerprint: fingerprint(WEB1), by: 'ann', for: '2h' };
  expect(await api.post(PATH, body)).toMatchObject({
    status: 404,
    json: { status: 'error', errorType: 'not_found', error: 'no such alert fires now' },
  });
});

test.each([
  ['no', /the body is not JSON/],
  [[], /the body is a list, not an object/],
  [{ by: 'ann', for: '2h' }, /say which alerts/],
  [{ fingerprint: 'a', filter: ['a=b'], by: 'ann', for: '2h' }, /say which alerts/],
  [{ filter: [], by: 'ann', for: '2h' }, /say which alerts/],
  [{ filter: ['zz'], by: 'ann', for: '2h' }, /^filter: .*zz/],
  [{ fingerprint: 'a', for: '2h' }, /^by: /],
  [{ fingerprint: 'a', by: '  ', for: '2h' }, /^by: must not be empty/],
  [{ fingerprint: 'a', by: 'ann' }, /say how long/],
  [{ fingerprint: 'a', by: 'ann', for: '2h', until: '2027-01-01T00:00:00Z' }, /say how long/],
  [{ fingerprint: 'a', by: 'ann', for: 'long' }, /^for: /],
  [{ fingerprint: 'a', by: 'ann', until: 'noon' }, /^until: "noon" is not RFC 3339/],
  [{ fingerprint: 'a', by: 'ann', until: '2026-03-01T12:00:00Z' }, /not in the future/],
  [{ fingerprint: 'a', by: 'ann', for: '31d' }, /30 days at most/],
  [{ fingerprint: 'a', by: 'ann', for: '2h', who: 1 }, /^who: /],
])('%j is refused', async (body, reason) => {
  expect(await api.post(PATH, body)).toMatchObject({
    status: 400,
    json: { status: 'error', errorType: 'bad_data', error: expect.stringMatching(reason) },
  });
});

test('what is bad about a request is said', async () => {
  expect(await api.post(PATH, {}, 'text/plain')).toMatchObject({
    status: 400,
    json: { error: 'content type "text/plain" is not application/json' },
  });
  expect(await api.get(PATH, { filter: 'zz' })).toMatchObject({ status: 400 });
  expect(await api.delete(PATH)).toMatchObject({ status: 400 });
});
