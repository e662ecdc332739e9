import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { AREAS, type Area } from '../../core/area.ts';
import { ROLES, type Role } from '../../core/role.ts';
import { DAY_MS } from '../../core/time.ts';
import { createHandler } from '../../functions/api/handler.ts';
import { addApiToken, listApiTokens, revokeTokensOf } from '../../functions/store/api-tokens.ts';
import { createAuditLog } from '../../functions/store/audit-log.ts';
import { readEnrolmentToken } from '../../functions/store/enrolment-tokens.ts';
import { readClaim } from '../../functions/store/host-claims.ts';
import { addHostKey, ownerOfKey } from '../../functions/store/host-keys.ts';
import { startTable, type TestTable } from '../functions/table.ts';
import { apiEvent, NOW_MS, readReply } from './fixture.ts';

let store: TestTable;
let handler: ReturnType<typeof createHandler>;
let nowMs = NOW_MS;

beforeAll(async () => {
  store = await startTable();
});
beforeEach(() => {
  nowMs += DAY_MS;
  handler = createHandler({ ...store.environment, RULES_DIR: 'test/api/rules' }, () => nowMs);
});
afterAll(() => store.close());

async function call(token: string, method: string, rawPath: string, body?: unknown, query = '') {
  const headers = {
    authorization: `Bearer ${token}`,
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  };
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  const event = apiEvent({ method, rawPath, rawQueryString: query, headers, ...sent });
  return readReply(await handler(event));
}

type Member = Readonly<Record<string, unknown>>;
const dataOf = (reply: { readonly json: { readonly data?: unknown } }) => reply.json.data as Member;
const listOf = (reply: { readonly json: { readonly data?: unknown } }) =>
  reply.json.data as readonly Member[];

async function personal(owner: string, role: Role, days = 300, areas?: readonly Area[]) {
  const endsAtMs = nowMs + days * DAY_MS;
  return addApiToken(store.table, 'by hand', nowMs, { role, owner, endsAtMs, areas });
}

describe('a token that is made over the API', () => {
  test('is in that answer and nowhere else, works, ends, and leaves a trace', async () => {
    const ann = await personal('ann', 'operator');
    const made = await call(ann, 'POST', '/api/v1/tokens', { name: 'Grafana', expires: '7d' });
    expect(made.status).toBe(200);
    expect(made.headers['cache-control']).toBe('no-store');
    const { token, ...terms } = dataOf(made);
    expect(terms).toMatchObject({
      ...{ name: 'Grafana', kind: 'personal', owner: 'ann', role: 'viewer', by: 'ann (by hand)' },
      areas: ['metrics', 'alerts', 'inventory', 'audit'],
      endsAt: new Date(nowMs + 7 * DAY_MS).toISOString(),
      state: 'good',
    });
    expect((await call(String(token), 'GET', '/api/v1/query', undefined, 'query=1')).status).toBe(
      200,
    );
    const listed = await call(ann, 'GET', '/api/v1/tokens');
    expect(listOf(listed)).toContainEqual(terms);
    const log = await createAuditLog(store.table, () => nowMs).list(
      { fromMs: 0, toMs: nowMs, limit: 10 },
      nowMs,
    );
    expect(log.records[0]).toMatchObject({
      ...{ who: 'ann (by hand)', action: 'token.add', subject: terms['id'], outcome: 'done' },
    });
    for (const text of [listed.text, JSON.stringify(log)]) {
      expect(text).not.toContain(String(token).slice(4));
      for (const { hash } of await listApiTokens(store.table)) expect(text).not.toContain(hash);
    }

    const path = `/api/v1/tokens/${terms['id']}`;
    expect((await call(ann, 'DELETE', path)).status).toBe(200);
    nowMs += 60_000;
    expect((await call(String(token), 'GET', '/api/v1/query', undefined, 'query=1')).status).toBe(
      401,
    );
    // Done again it keeps the first end.
    const [end] = listOf(await call(ann, 'GET', '/api/v1/tokens')).filter(
      ({ id }) => id === terms['id'],
    );
    expect((await call(ann, 'DELETE', path)).status).toBe(200);
    expect(listOf(await call(ann, 'GET', '/api/v1/tokens'))).toContainEqual(end);
  });

  test('may no more than who makes it, and lives no longer, whoever that is', async () => {
    for (const role of ROLES) {
      const mine = await personal('bob', role, 30, ['alerts', 'tokens']);
      for (const wished of ROLES) {
        for (const areas of [...AREAS.map((area) => [area]), undefined]) {
          for (const expires of ['10d', '40d', undefined]) {
            const wish = { name: 'x', role: wished, areas, expires };
            const { status, json } = await call(mine, 'POST', '/api/v1/tokens', wish);
            const isMore =
              ROLES.indexOf(wished) > ROLES.indexOf(role) ||
              (areas !== undefined && !['alerts', 'tokens'].includes(areas[0] ?? '')) ||
              (expires === '40d' && role !== 'admin');
            expect([wish, status]).toEqual([wish, isMore ? 403 : 200]);
            if (status !== 200) continue;
            const made = dataOf({ json });
            await call(mine, 'DELETE', `/api/v1/tokens/${made['id']}`);
            if (role !== 'admin')
              expect(Date.parse(String(made['endsAt']))).toBeLessThanOrEqual(nowMs + 30 * DAY_MS);
          }
        }
      }
    }
  });

  test("is a service's only if an admin makes it, and personal only if a person does", async () => {
    const operator = await personal('carl', 'operator');
    const service = { name: 'ci', kind: 'service', role: 'viewer' };
    expect((await call(operator, 'POST', '/api/v1/tokens', service)).status).toBe(403);
    const root = await addApiToken(store.table, 'root', nowMs, { role: 'admin' });
    const made = await call(root, 'POST', '/api/v1/tokens', { ...service, role: 'admin' });
    expect(dataOf(made)).toMatchObject({ kind: 'service', by: 'root', role: 'admin' });
    expect(dataOf(made)['endsAt']).toBe(new Date(nowMs + 366 * DAY_MS).toISOString());
    const refused = await call(root, 'POST', '/api/v1/tokens', { name: 'x' });
    expect([refused.status, refused.json.error]).toEqual([
      403,
      expect.stringContaining('a personal token is made by a person'),
    ]);
  });

  test('is bound to its areas', async () => {
    const grafana = await personal('dora', 'viewer', 9, ['metrics']);
    const status = async (path: string) => (await call(grafana, 'GET', path)).status;
    expect(await status('/api/v1/labels')).toBe(200);
    expect(await status('/api/v1/status/buildinfo')).toBe(200);
    for (const path of ['/api/v2/alerts', '/api/v1/alerts', '/api/v1/hosts', '/api/v1/tokens'])
      expect([path, await status(path)]).toEqual([path, 403]);
    const { json } = await call(grafana, 'GET', '/api/v2/silences');
    expect(json.error).toBe('this token (dora (by hand)) is for metrics only; this takes alerts');
  });

  test('is told what it may: nothing outside of its areas, whatever its role', async () => {
    const mayOf = async (areas?: readonly Area[]) =>
      dataOf(await call(await personal('eve', 'admin', 9, areas), 'GET', '/api/v1/whoami'))['may'];
    expect(await mayOf(['metrics'])).toMatchObject({ silence: false, readAudit: false });
    expect(await mayOf(['alerts'])).toMatchObject({ silence: true, readAudit: false });
    expect(await mayOf()).toMatchObject({ silence: true, readAudit: true });
  });

  test.each([
    [{}, 'name: is missing, or not known here: the body must be {"name": NAME}'],
    [{ name: 1 }, 'name: must be a text'],
    [{ name: '' }, 'name: must be 1 to 100 characters'],
    [{ name: 'a\nb' }, 'name: must be 1 to 100 characters'],
    [{ name: 'x'.repeat(101) }, 'name: must be 1 to 100 characters'],
    [{ name: 'x', role: 'root' }, 'role: must be one of viewer, operator, admin'],
    [{ name: 'x', areas: [] }, 'areas: must name one'],
    [{ name: 'x', areas: ['all'] }, 'areas.0: must be one of metrics'],
    [{ name: 'x', expires: 'soon' }, 'expires: give a time such as'],
    [{ name: 'x', expires: 0 }, 'expires: give a time such as'],
    [{ name: 'x', expires: '367d' }, 'expires: at most 366 days for a personal token'],
    [{ name: 'x', kind: 'service', expires: '1828d' }, 'expires: at most 1827 days'],
    [{ name: 'x', scope: 'all' }, 'scope: is missing, or not known here'],
    [['x'], 'the body is a list'],
  ])('is not made of %j', async (wish, message) => {
    const admin = await personal('eve', 'admin');
    const { status, json } = await call(admin, 'POST', '/api/v1/tokens', wish);
    expect([status, json.error]).toEqual([400, expect.stringContaining(message)]);
  });

  test('is sent as JSON, in a body that is not too long', async () => {
    const admin = await personal('eve', 'admin');
    const headers = { authorization: `Bearer ${admin}`, 'content-type': 'text/plain' };
    const rawPath = '/api/v1/tokens';
    const text = apiEvent({ method: 'POST', rawPath, headers, body: '{"name":"x"}' });
    expect(readReply(await handler(text)).status).toBe(415);
    const put = await call(admin, 'PUT', rawPath, {});
    expect([put.status, put.headers['allow']]).toEqual([405, 'GET, POST']);
  });
});

describe('other tokens', () => {
  test('are seen and ended by their owner and by admins only; any token may end itself', async () => {
    const fay = await personal('fay', 'operator');
    const gus = await personal('gus', 'operator');
    const ci = await addApiToken(store.table, 'ci', nowMs, { role: 'viewer' });
    const [mine] = listOf(await call(fay, 'GET', '/api/v1/tokens'));
    expect(listOf(await call(fay, 'GET', '/api/v1/tokens'))).toHaveLength(1);
    const ofFay = `/api/v1/tokens/${mine?.['id']}`;
    expect((await call(gus, 'DELETE', ofFay)).status).toBe(404);
    expect((await call(ci, 'DELETE', ofFay)).status).toBe(404);
    const [itself] = listOf(await call(ci, 'GET', '/api/v1/tokens'));
    expect((await call(ci, 'DELETE', `/api/v1/tokens/${itself?.['id']}`)).status).toBe(200);
    const admin = await personal('hal', 'admin');
    expect((await call(admin, 'DELETE', ofFay)).status).toBe(200);
    nowMs += 60_000;
    expect((await call(fay, 'GET', '/api/v1/tokens')).status).toBe(401);
  });

  test('of a person end when the role behind them is taken away', async () => {
    const [admin, viewer] = [await personal('ida', 'admin'), await personal('ida', 'viewer')];
    const ended = await revokeTokensOf(store.table, ['ida'], nowMs, 'operator');
    expect(ended.map(({ role }) => role)).toEqual(['admin']);
    nowMs += 60_000;
    expect((await call(admin, 'GET', '/api/v1/labels')).status).toBe(401);
    expect((await call(viewer, 'GET', '/api/v1/labels')).status).toBe(200);
    expect(await revokeTokensOf(store.table, ['ida'], nowMs)).toHaveLength(1);
  });
});

describe('enrolment tokens and host keys', () => {
  test('are for admins', async () => {
    const operator = await personal('jo', 'operator');
    for (const path of ['/api/v1/enrolment-tokens', '/api/v1/keys'])
      expect((await call(operator, 'GET', path)).status).toBe(403);
    expect((await call(operator, 'POST', '/api/v1/enrolment-tokens', {})).status).toBe(403);
  });

  test('an enrolment token is made with its terms and ended', async () => {
    const admin = await personal('kim', 'admin');
    const wish = { uses: 5, expires: '2h', hosts: 'web-*', reEnrol: true };
    const made = dataOf(await call(admin, 'POST', '/api/v1/enrolment-tokens', wish));
    const known = await readEnrolmentToken(store.table, String(made['token']));
    expect(known).toMatchObject({
      ...{ id: made['id'], uses: 5, usesLeft: 5, hosts: 'web-*', mayReEnrol: true },
      expiresAtMs: nowMs + 7_200_000,
    });
    const path = `/api/v1/enrolment-tokens/${made['id']}`;
    expect((await call(admin, 'DELETE', path)).status).toBe(200);
    const [listed] = listOf(await call(admin, 'GET', '/api/v1/enrolment-tokens'));
    expect(listed).toMatchObject({ id: made['id'], state: 'revoked' });
    expect(JSON.stringify(listed)).not.toContain(String(made['token']).slice(4));
    expect((await call(admin, 'DELETE', `${path}0`)).status).toBe(404);
  });

  test.each([
    [{ uses: 0 }, 'uses: must be a whole number from 1 to 100000'],
    [{ uses: 100_001 }, 'uses: must be a whole number from 1 to 100000'],
    [{ expires: '367d' }, 'expires: at most 366 days'],
    [{ hosts: '@web' }, 'hosts: must be 1 to 253'],
  ])('an enrolment token is not made of %j', async (wish, message) => {
    const admin = await personal('kim', 'admin');
    const { status, json } = await call(admin, 'POST', '/api/v1/enrolment-tokens', wish);
    expect([status, json.error]).toEqual([400, expect.stringContaining(message)]);
  });

  test("a host's key is listed and ended, and its name stays taken", async () => {
    const key = await addHostKey(store.table, 'web-1', nowMs);
    const other = await addHostKey(store.table, 'db-1', nowMs);
    const admin = await personal('lea', 'admin');
    const list = listOf(await call(admin, 'GET', '/api/v1/keys', undefined, 'name=web-*'));
    expect(list).toEqual([
      expect.objectContaining({ name: 'web-1', kind: 'host', by: 'operator', state: 'good' }),
    ]);
    const first = await call(admin, 'GET', '/api/v1/keys', undefined, 'limit=1');
    expect([listOf(first).length, first.json.warnings]).toEqual([
      1,
      ['1 more keys: ask with "name"'],
    ]);
    expect((await call(admin, 'DELETE', `/api/v1/keys/${list[0]?.['id']}`)).status).toBe(200);
    expect(await ownerOfKey(store.table, key, nowMs)).toBeUndefined();
    expect(await ownerOfKey(store.table, other, nowMs)).toMatchObject({ name: 'db-1' });
    expect((await readClaim(store.table, 'web-1'))?.isRevoked).toBe(true);
  });
});

describe('access that is taken away', () => {
  test.each(['/api/v1/tokens', '/api/v1/enrolment-tokens'])(
    'leaves nothing good behind at %s, however warm the function is',
    async (path) => {
      const owner = `eve${path}@example.org`;
      const eve = await personal(owner, 'admin');
      expect((await call(eve, 'GET', path)).status).toBe(200);
      await revokeTokensOf(store.table, [owner.toUpperCase()], nowMs);
      const body = path.endsWith('/tokens') ? { name: 'for later', role: 'admin' } : {};
      const made = await call(eve, 'POST', path, body);
      expect([made.status, made.json.error]).toEqual([401, expect.stringContaining('has ended')]);
      expect(made.text).not.toMatch(/hv[a-z]_/);
      nowMs += 60_000;
      const admin = await personal('root', 'admin');
      const after = listOf(await call(admin, 'GET', path));
      expect(
        after.filter(({ by, state }) => by === `${owner} (by hand)` && state === 'good'),
      ).toEqual([]);
    },
  );
});

describe('who is on record', () => {
  test.each([
    'grace@example.org',
    'grace@example.org (laptop)',
    'grace＠example.org',
    'Deployment',
  ])('is never a service called %s', async (name) => {
    const admin = await personal('root', 'admin');
    const made = await call(admin, 'POST', '/api/v1/tokens', { name, kind: 'service' });
    expect([made.status, made.json.error]).toEqual([400, expect.stringContaining('name: ')]);
  });
});

test('the tokens that one person made and ended are bounded, too', async () => {
  const terms = { role: 'viewer', owner: 'max', endsAtMs: nowMs - 1 } as const;
  for (let i = 0; i < 499; i++) await addApiToken(store.table, `t${i}`, nowMs - DAY_MS, terms);
  const max = await personal('max', 'viewer');
  const made = await call(max, 'POST', '/api/v1/tokens', { name: 'one more' });
  expect([made.status, made.json.error]).toEqual([400, expect.stringContaining('500 tokens')]);
});
