import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ALERTMANAGER_ENDPOINTS } from '../../functions/alertmanager-api/answer.ts';
import { changeOf, ROUTES, routeAt } from '../../functions/api/access.ts';
import { EXPLAIN_ENDPOINTS } from '../../functions/api/explain/answer.ts';
import { createHandler } from '../../functions/api/handler.ts';
import { PUSH_ENDPOINTS } from '../../functions/api/push/answer.ts';
import { PROMETHEUS_ENDPOINTS } from '../../functions/api/routes.ts';
import { RULE_FILE_ENDPOINTS } from '../../functions/api/rules-edit/answer.ts';
import { SUBSCRIPTION_ENDPOINTS } from '../../functions/api/subscriptions/answer.ts';
import { TOKEN_ENDPOINTS } from '../../functions/api/tokens/answer.ts';
import { createHandler as createEvaluate } from '../../functions/evaluate/handler.ts';
import {
  addApiToken,
  listApiTokens,
  newApiToken,
  putApiToken,
} from '../../functions/store/api-tokens.ts';
import { type AuditRecord, createAuditLog } from '../../functions/store/audit-log.ts';
import { addEnrolmentToken } from '../../functions/store/enrolment-tokens.ts';
import { addHostKey, idOfHostKey } from '../../functions/store/host-keys.ts';
import { listHostKeys } from '../../functions/store/key-list.ts';
import { type FakeSns, startFakeSns } from '../api/fake-sns.ts';
import { apiEvent, readReply } from '../api/fixture.ts';
import { startTable, type TestTable } from '../functions/table.ts';
import { type PushService, startPushService } from '../push/push-service.ts';

/**
 * Whatever changes something leaves a record of who did it. A route that changes something and is not in the
 * table of routes, or has no example here, fails: so nobody adds one without thinking of the record.
 */

const HOUR_MS = 3_600_000;
const RULES = `groups:
  - name: always
    rules: [{ alert: Always, expr: 'vector(1)', labels: { severity: info } }]
`;

let store: TestTable;
let folder: string;
let handler: ReturnType<typeof createHandler>;
let token: string;
let sns: FakeSns;
let pushService: PushService;

beforeAll(async () => {
  store = await startTable();
  folder = mkdtempSync(join(tmpdir(), 'hypervigil-rules-'));
  cpSync('test/api/rules', folder, { recursive: true });
  writeFileSync(join(folder, 'always.rules.yaml'), RULES);
  const environment = { ...store.environment, RULES_DIR: folder };
  await createEvaluate({ ...environment, SNS_ENDPOINT: 'http://127.0.0.1:9' })();
  sns = await startFakeSns();
  pushService = await startPushService(() => '');
  handler = createHandler({
    ...environment,
    SNS_ENDPOINT: sns.endpoint,
    PUSH_SERVICE_ORIGIN: pushService.origin,
  });
  token = await addApiToken(store.table, 'root', Date.now(), { role: 'admin', owner: 'ann' });
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await sns.close();
  await pushService.close();
  await store.close();
});

async function records(): Promise<readonly AuditRecord[]> {
  const log = createAuditLog(store.table, Date.now);
  const range = { fromMs: 0, toMs: Date.now() + 1000, limit: 1000 };
  return (await log.list(range, Date.now())).records;
}

interface Example {
  readonly path: string;
  readonly body?: object;
  readonly query?: string;
}

async function send(method: string, { path, body, query = '' }: Example) {
  const event = apiEvent({
    method,
    rawPath: path,
    rawQueryString: query,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return readReply(await handler(event));
}

const silence = () => ({
  matchers: [{ name: 'vm', value: 'db', isRegex: false, isEqual: true }],
  startsAt: new Date().toISOString(),
  endsAt: new Date(Date.now() + HOUR_MS).toISOString(),
  createdBy: 'ann',
  comment: 'is moved',
});
const subscriptions = '/api/v1/subscriptions';
const browsers = '/api/v1/push/subscriptions';
let addresses = 0;

/** An address that is subscribed, and has agreed or not. */
async function subscribed(isConfirmed: boolean): Promise<string> {
  const address = `a${addresses++}@example.org`;
  await send('POST', {
    path: subscriptions,
    body: { protocol: 'email', address, topics: ['critical'] },
  });
  if (isConfirmed) sns.confirm(address);
  const { json } = await send('GET', { path: subscriptions });
  const { subscriptions: all } = v.parse(Subscribed, json.data);
  return `${subscriptions}/${all.find((one) => one.address === address)?.id}`;
}

const Subscribed = v.object({
  subscriptions: v.array(v.object({ id: v.string(), address: v.string() })),
});

async function browser(): Promise<{ id: string; body: object }> {
  const device = pushService.addDevice(`d${addresses++}`);
  const body = { ...device, severities: ['critical'], browser: 'Chromium' };
  const { json } = await send('POST', { path: browsers, body });
  return { id: v.parse(v.object({ id: v.string() }), json.data).id, body };
}

const always = { filter: ['alertname="Always"'], by: 'ann', note: 'at it', for: '1h' };

/** A request for each change, as method and path of the route; what it needs is made first. */
const EXAMPLES: Readonly<Record<string, () => Promise<Example>>> = {
  'POST /api/v1/tokens': async () => ({ path: '/api/v1/tokens', body: { name: 'x' } }),
  'DELETE /api/v1/tokens/*': async () => {
    const { known } = newApiToken('old', Date.now(), { role: 'viewer', owner: 'ann' });
    await putApiToken(store.table, known);
    return { path: `/api/v1/tokens/${known.id}` };
  },
  'POST /api/v1/enrolment-tokens': async () => ({ path: '/api/v1/enrolment-tokens', body: {} }),
  'DELETE /api/v1/enrolment-tokens/*': async () => {
    const terms = { uses: 1, expiresAtMs: Date.now() + HOUR_MS, mayReEnrol: false };
    const { id } = await addEnrolmentToken(store.table, terms, Date.now());
    return { path: `/api/v1/enrolment-tokens/${id}` };
  },
  'DELETE /api/v1/keys/*': async () => {
    await addHostKey(store.table, 'web-1', Date.now());
    const [key] = await listHostKeys(store.table);
    return { path: `/api/v1/keys/${idOfHostKey(key?.hash ?? '')}` };
  },
  'POST /api/v1/subscriptions': async () => ({
    path: subscriptions,
    body: { protocol: 'sms', address: '+14155550123', topics: ['critical'] },
  }),
  'DELETE /api/v1/subscriptions/*': async () => ({ path: await subscribed(true) }),
  'POST /api/v1/subscriptions/*/confirmation': async () => {
    sns.add({ topic: 'info', endpoint: 'slow@example.org' });
    const { json } = await send('GET', { path: subscriptions });
    const { subscriptions: all } = v.parse(Subscribed, json.data);
    const id = all.find(({ address }) => address === 'slow@example.org')?.id;
    return { path: `${subscriptions}/${id}/confirmation` };
  },
  'POST /api/v1/topics/*/test': async () => ({ path: '/api/v1/topics/critical/test' }),
  'POST /api/v1/push/subscriptions': async () => ({
    path: browsers,
    body: (await browser()).body,
  }),
  'DELETE /api/v1/push/subscriptions/*': async () => ({
    path: `${browsers}/${(await browser()).id}`,
  }),
  'POST /api/v1/push/subscriptions/*/test': async () => {
    const { json } = await send('GET', { path: '/api/v1/push/key' });
    const { key } = v.parse(v.object({ key: v.string() }), json.data);
    pushService.trust(key);
    return { path: `${browsers}/${(await browser()).id}/test` };
  },
  'PUT /api/v1/rules/files/*': async () => ({
    path: '/api/v1/rules/files/put.rules.yaml',
    body: { text: RULES, basedOn: 0 },
  }),
  'DELETE /api/v1/rules/files/*': async () => {
    const path = '/api/v1/rules/files/deleted.rules.yaml';
    await send('PUT', { path, body: { text: RULES, basedOn: 0 } });
    return { path, body: { basedOn: 1 } };
  },
  'POST /api/v1/rules/files/*/rollback': async () => {
    const path = '/api/v1/rules/files/back.rules.yaml';
    await send('PUT', { path, body: { text: RULES, basedOn: 0 } });
    return { path: `${path}/rollback`, body: { to: 1, basedOn: 1 } };
  },
  'POST /api/v2/silences': async () => ({ path: '/api/v2/silences', body: silence() }),
  'DELETE /api/v2/silence/*': async () => {
    const { text } = await send('POST', { path: '/api/v2/silences', body: silence() });
    return { path: `/api/v2/silence/${JSON.parse(text).silenceID}` };
  },
  'POST /v1/acknowledgements': async () => ({ path: '/v1/acknowledgements', body: always }),
  'DELETE /v1/acknowledgements': async () => {
    await send('POST', { path: '/v1/acknowledgements', body: always });
    return {
      path: '/v1/acknowledgements',
      query: `filter=${encodeURIComponent('alertname="Always"')}`,
    };
  },
};

const CHANGES = ROUTES.flatMap((route) =>
  Object.entries(route.changes ?? {}).map(
    ([method, { action }]) => [`${method} ${route.path}`, action] as const,
  ),
);

describe('law: each change over the API is on record', () => {
  test.each(CHANGES)('%s is %s', async (name, action) => {
    const example = EXAMPLES[name];
    if (example === undefined) throw new Error(`${name} changes something and has no example here`);
    const request = await example();
    const before = new Set((await records()).map((record) => JSON.stringify(record)));
    const reply = await send(name.split(' ')[0] ?? '', request);
    expect([reply.status, reply.text]).toEqual([200, expect.anything()]);
    const added = (await records()).filter((record) => !before.has(JSON.stringify(record)));
    expect(added).toEqual([
      expect.objectContaining({ who: 'ann (root)', action, outcome: 'done' }),
    ]);
    const [record] = added;
    expect(record?.before ?? record?.after ?? record?.subject).toBeDefined();
    const secret = /hv[te]?_[\w-]{32}/.exec(reply.text)?.[0] ?? token;
    expect(JSON.stringify(added)).not.toContain(secret.slice(4));
    for (const { hash } of [
      ...(await listApiTokens(store.table)),
      ...(await listHostKeys(store.table)),
    ])
      expect(JSON.stringify(added)).not.toContain(hash);
  });

  /** They say why nothing is changed here. */
  const REFUSING = new Set(['POST /api/v2/alerts']);

  test('every endpoint is in the table of routes, and what is no question is a change there', () => {
    const endpoints = [
      ...[...PROMETHEUS_ENDPOINTS].map(([path, { methods }]) => [path, methods] as const),
      ...[...EXPLAIN_ENDPOINTS.keys()].map((path) => [path, ['GET']] as const),
      ...[
        ...[ALERTMANAGER_ENDPOINTS, RULE_FILE_ENDPOINTS, TOKEN_ENDPOINTS],
        ...[SUBSCRIPTION_ENDPOINTS, PUSH_ENDPOINTS],
      ].flatMap((table) =>
        Object.entries(table).map(([path, acts]) => [path, Object.keys(acts)] as const),
      ),
    ];
    for (const [path, methods] of endpoints) {
      const route = routeAt(path.replace('*', 'x'));
      expect([path, route?.path]).toEqual([path, path]);
      for (const method of methods) {
        if (method === 'GET' || REFUSING.has(`${method} ${path}`)) continue;
        if (method === 'POST' && route?.postsQuestions === true) continue;
        expect([path, method, changeOf(route, method)]).toEqual([path, method, expect.anything()]);
      }
    }
    expect(endpoints.length).toBeGreaterThan(20);
  });

  test('what is refused is not on record as done', async () => {
    const before = (await records()).length;
    expect((await send('POST', { path: '/api/v1/tokens', body: {} })).status).toBe(400);
    expect((await send('DELETE', { path: '/api/v1/tokens/token-0' })).status).toBe(404);
    expect((await send('DELETE', { path: '/api/v1/keys/key-0' })).status).toBe(404);
    expect((await records()).length).toBe(before);
  });
});

describe('law: each change by `npm run key` is on record', () => {
  const KEY = fileURLToPath(new URL('../../infra/aws/key.ts', import.meta.url));

  test.each([
    ['key.add', /^db-1$/, ['--host', 'db-1']],
    ['key.add', /^prometheus$/, ['--sender', 'prometheus']],
    ['token.add', /^token-/, ['--token', 'ci', '--role', 'operator', '--expires', '7d']],
    ['enrolment-token.add', /^enrol-/, ['--enrol-token', '--hosts', 'db-*']],
    ['key.rotate', /^db-1$/, ['--rotate', 'db-1']],
    ['key.revoke', /^db-1$/, ['--revoke', 'db-1']],
  ])('%s of %s', { timeout: 60_000 }, async (action, name, args) => {
    const before = new Set((await records()).map((record) => JSON.stringify(record)));
    const { TABLE_NAME = '', DYNAMODB_ENDPOINT = '' } = store.environment;
    const credentials = { AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x' };
    const env = { ...process.env, ...credentials, AWS_ENDPOINT_URL: DYNAMODB_ENDPOINT };
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [KEY, '--table', TABLE_NAME, ...args],
      { env: { ...env, AWS_REGION: 'eu-central-1' } },
    );
    const added = (await records()).filter((record) => !before.has(JSON.stringify(record)));
    const who = expect.stringMatching(/ \(npm run key\)$/);
    const subject = expect.stringMatching(name);
    expect(added).toEqual([expect.objectContaining({ who, action, subject, outcome: 'done' })]);
    const secret = stdout.trim().slice(4);
    if (secret !== '') expect(JSON.stringify(added)).not.toContain(secret);
  });
});
