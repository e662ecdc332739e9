import { DeleteItemCommand } from '@aws-sdk/client-dynamodb';
import * as v from 'valibot';
import { DAY_MS } from '../../core/time.ts';
import { createHandler as createApi } from '../../functions/api/handler.ts';
import { RULE_VERSIONS_MAX } from '../../functions/api/rules-edit/save.ts';
import { addApiToken } from '../../functions/store/api-tokens.ts';
import { claimHost } from '../../functions/store/host-claims.ts';
import { addHostKey, hashHostKey } from '../../functions/store/host-keys.ts';
import { PUSH_KEY_PARTITION, PUSH_KEY_SORT_KEY } from '../../functions/store/item-keys.ts';
import { encode } from '../api/fixture.ts';
import { type Answer, ask, urlEvent } from '../table-faults/clients.ts';
import { expectStatus, type Scene } from './scenes.ts';
import { signInAndOut } from './sign-in-scene.ts';
import type { World } from './world.ts';

type Call = (
  method: string,
  path: string,
  params?: Readonly<Record<string, string>>,
  body?: object,
) => Promise<Answer>;

/** What people and programs ask of the API, and what they change. */
export const api: Scene = async (world, nowMs) => {
  const { become, table, rules } = world;
  const clock = { nowMs };
  const handler = createApi({ ...become('api'), RULES_DIR: rules }, () => clock.nowMs);
  const token = await addApiToken(table, 'test', nowMs, { role: 'admin' });
  const call: Call = (method, path, params = {}, body) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const event = { method, rawPath: path, rawQueryString: encode(params), headers, ...sent };
    return ask(handler, urlEvent(event));
  };
  const get = async (path: string, params = {}) =>
    expectStatus(await call('GET', path, params), 200);
  const seconds = (ms: number) => String(ms / 1000);
  const [start, end] = [seconds(nowMs - 3 * DAY_MS), seconds(nowMs)];
  await get('/api/v1/query', { query: 'host_load1', time: end });
  await get('/api/v1/query', { query: 'max_over_time(host_load1{host="web-1"}[20m])', time: end });
  await get('/api/v1/query_range', { query: 'host_load1', start, end, step: '600' });
  await get('/api/v1/series', { 'match[]': 'host_load1', start, end });
  for (const path of ['labels', 'label/host/values', 'rules', 'alerts', 'hosts', 'vms', 'audit'])
    await get(`/api/v1/${path}`);
  for (const path of ['status', 'receivers', 'alerts', 'alerts/groups', 'silences'])
    await get(`/api/v2/${path}`);
  await get('/v1/notifications');
  await get('/api/v1/alerts/board');
  await get('/api/v1/alerts/history', { start, end });
  // Of none: what is kept of past ones is looked through.
  const unknown = { fingerprint: '0123456789abcdef' };
  expectStatus(await call('GET', '/api/v1/alerts/explain', unknown), 404);
  const silenced = await call(
    'POST',
    '/api/v2/silences',
    {},
    {
      matchers: [{ name: 'alertname', value: 'Many', isRegex: false, isEqual: true }],
      startsAt: new Date(nowMs).toISOString(),
      endsAt: new Date(nowMs + DAY_MS).toISOString(),
      createdBy: 'test',
      comment: 'test',
    },
  );
  expectStatus(silenced, 200);
  const { silenceID } = JSON.parse(silenced.body);
  await get(`/api/v2/silence/${silenceID}`);
  expectStatus(await call('DELETE', `/api/v2/silence/${silenceID}`), 200);
  const filter = 'alertname="To_critical"';
  const acknowledged = { filter: [filter], by: 'test', for: '1h' };
  expectStatus(await call('POST', '/v1/acknowledgements', {}, acknowledged), 200);
  await get('/v1/acknowledgements');
  expectStatus(await call('DELETE', '/v1/acknowledgements', { filter }), 200);
  await editRules(call);
  await makeAndEnd(call, world, nowMs);
  await subscribe(call, world);
  world.recorder.setParameter('https://ingest.example.org/');
  await get('/api/v1/install');
  await signInAndOut(handler, world, clock);
  return [];
};

/** Saves, deletes and brings back until versions are removed; asks what there is. */
async function editRules(call: Call): Promise<void> {
  const path = '/api/v1/rules/files/edited.rules.yaml';
  const rule = { alert: 'Edited', expr: 'host_load1 > 1' };
  const text = JSON.stringify({ groups: [{ name: 'edited', rules: [rule] }] });
  for (let basedOn = 0; basedOn <= RULE_VERSIONS_MAX; basedOn++)
    expectStatus(await call('PUT', path, {}, { text, basedOn }), 200);
  for (const asked of [path, `${path}/versions`, '/api/v1/rules/files', '/api/v1/rules/export'])
    expectStatus(await call('GET', asked), 200);
  expectStatus(await call('GET', `${path}/versions/7`), 200);
  const basedOn = RULE_VERSIONS_MAX + 1;
  expectStatus(await call('DELETE', path, {}, { basedOn }), 200);
  const back = { to: 9, basedOn: basedOn + 1 };
  expectStatus(await call('POST', `${path}/rollback`, {}, back), 200);
}

/** Who is told of alerts: an address, a browser, a test of a topic. */
async function subscribe(call: Call, { recorder, table }: World): Promise<void> {
  const good = async (...asked: Parameters<Call>) => {
    const answer = await call(...asked);
    expectStatus(answer, 200);
    return JSON.parse(answer.body);
  };
  const list = '/api/v1/subscriptions';
  const address = 'ada@example.org';
  recorder.setSubscriptions([]);
  const topics = ['critical', 'warning', 'info', 'operations'];
  await good('POST', list, {}, { protocol: 'email', address, topics });
  await good('POST', list, {}, { protocol: 'sms', address: '+14155550123', topics });
  recorder.setSubscriptions([{ protocol: 'email', endpoint: address }]);
  const { data } = v.parse(Subscribed, await good('GET', list));
  const added = data.subscriptions.find(({ from }) => from === 'here');
  await good('DELETE', `${list}/${added?.id}`);
  for (const topic of topics) await good('POST', `/api/v1/topics/${topic}/test`);
  // Another scene made a pair.
  const Key = { p: { S: PUSH_KEY_PARTITION }, s: { S: PUSH_KEY_SORT_KEY } };
  await table.client.send(new DeleteItemCommand({ TableName: table.name, Key }));
  await good('GET', '/api/v1/push/key');
  const browser = await good(
    'POST',
    '/api/v1/push/subscriptions',
    {},
    {
      endpoint: 'https://push.example.org/1',
      keys: { p256dh: Buffer.alloc(65, 4).toString('base64url'), auth: 'AAAAAAAAAAAAAAAAAAAAAA' },
      severities: ['critical'],
      browser: 'Chromium',
    },
  );
  await good('GET', '/api/v1/push/subscriptions');
  await good('DELETE', `/api/v1/push/subscriptions/${browser.data.id}`);
}

const Subscribed = v.object({
  data: v.looseObject({ subscriptions: v.array(v.object({ id: v.string(), from: v.string() })) }),
});
const Made = v.object({ data: v.looseObject({ id: v.string() }) });
const Listed = v.object({ data: v.array(v.looseObject({ id: v.string(), name: v.string() })) });

/** Tokens of both kinds, and a host's key, which enrolment had made. */
async function makeAndEnd(call: Call, { table }: World, nowMs: number): Promise<void> {
  const good = async (...asked: Parameters<Call>) => {
    const answer = await call(...asked);
    expectStatus(answer, 200);
    return JSON.parse(answer.body);
  };
  for (const [path, wish] of [
    ['/api/v1/tokens', { name: 'grafana', kind: 'service' }],
    ['/api/v1/enrolment-tokens', { uses: 2 }],
  ] as const) {
    const { data } = v.parse(Made, await good('POST', path, {}, wish));
    await good('GET', path);
    await good('DELETE', `${path}/${data.id}`);
  }
  const host = 'compromised';
  const keyHash = hashHostKey(await addHostKey(table, host, nowMs));
  await claimHost(table, host, { keyHash, claimedAtMs: nowMs, isRevoked: false }, undefined);
  const { data } = v.parse(Listed, await good('GET', '/api/v1/keys', { name: host }));
  for (const { id } of data) await good('DELETE', `/api/v1/keys/${id}`);
}
