import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MINUTE_MS } from '../../core/host-minute.ts';
import { ROUTES } from '../../functions/api/access.ts';
import { openToken, sessionHash } from '../../functions/api/sign-in/session-secret.ts';
import { addApiToken, hasTokenEnded, listApiTokens } from '../../functions/store/api-tokens.ts';
import { createAuditLog } from '../../functions/store/audit-log.ts';
import { createSessionStore } from '../../functions/store/sessions.ts';
import { newBrowser, OWN_PAGE, type TestBrowser } from './browser.ts';
import type { PoolUser } from './fake-cognito.ts';
import { type SignInSite, startSite } from './site.ts';

let site: SignInSite;
let browser: TestBrowser;
let ada: PoolUser;

beforeEach(async () => {
  site = await startSite();
  browser = newBrowser(site.handler);
  ada = site.cognito.addUser('ada@example.org', ['operator']);
  site.cognito.current = ada;
  await browser.signIn();
});
afterEach(() => site.close());

const SESSION = '__Host-hypervigil';
const HOUR_MS = 60 * MINUTE_MS;

async function whoAmI(one: TestBrowser = browser) {
  return one.ask('/api/v1/whoami', { headers: OWN_PAGE });
}

/** The same browser, answered by another warm function. */
function elsewhere(): TestBrowser {
  const other = newBrowser(site.another());
  for (const [name, value] of browser.cookies) other.cookies.set(name, value);
  return other;
}

async function stored() {
  const [session] = await createSessionStore(site.store.table).list(site.nowMs());
  if (session === undefined) throw new Error('no session is stored');
  return session;
}

describe('a session', () => {
  it('asks Cognito every ten minutes of use, however many functions and requests there are', async () => {
    const other = elsewhere();
    await Promise.all([whoAmI(), whoAmI(), whoAmI(other)]);
    expect(site.cognito.grants).toEqual(['authorization_code']);
    site.pass(10 * MINUTE_MS);
    await Promise.all([whoAmI(), whoAmI(), whoAmI()]);
    await whoAmI(other);
    site.pass(MINUTE_MS);
    await whoAmI();
    expect(site.cognito.grants).toEqual(['authorization_code', 'refresh_token']);
  });

  it('takes another role once the person is in another group', async () => {
    await whoAmI();
    ada.groups = ['viewer'];
    site.pass(10 * MINUTE_MS);
    expect((await whoAmI()).json.data).toMatchObject({ role: 'viewer' });
    // Another function had asked the table before, and believes that for less than a minute.
    expect((await whoAmI(elsewhere())).json.data).toMatchObject({ role: 'viewer' });
  });

  it.each<[string, (person: PoolUser) => void]>([
    ['was disabled', (person) => (person.isEnabled = false)],
    ['is in no group any more', (person) => (person.groups = [])],
  ])('is over within ten minutes when the person %s', async (_, change) => {
    const other = elsewhere();
    await whoAmI(other);
    change(ada);
    site.pass(10 * MINUTE_MS);
    expect((await whoAmI()).status).toBe(401);
    expect((await whoAmI(other)).status).toBe(401);
    await expect(stored()).rejects.toThrow('no session is stored');
  });

  it('is over when the renewal is about somebody else', async () => {
    site.cognito.forged = { claims: { sub: 'eve' } };
    site.pass(10 * MINUTE_MS);
    expect((await whoAmI()).status).toBe(401);
  });

  it('goes on for an hour while Cognito does not answer, then says that it waits for it', async () => {
    site.cognito.isDown = true;
    site.pass(50 * MINUTE_MS);
    expect((await whoAmI()).status).toBe(200);
    site.pass(11 * MINUTE_MS);
    const waiting = await whoAmI();
    expect([waiting.status, waiting.json.errorType]).toEqual([503, 'unavailable']);
    site.cognito.isDown = false;
    site.pass(2 * MINUTE_MS);
    expect((await whoAmI()).status).toBe(200);
  });

  it('is over after 12 hours, in use or not', async () => {
    for (let hour = 0; hour < 11; hour++) {
      site.pass(HOUR_MS - MINUTE_MS);
      expect((await whoAmI()).status).toBe(200);
    }
    site.pass(HOUR_MS + 12 * MINUTE_MS);
    expect((await whoAmI()).status).toBe(401);
  });

  it('ends with sign-out, here at once and elsewhere within a minute, and so does its refresh token', async () => {
    const other = elsewhere();
    await whoAmI(other);
    const out = await browser.ask('/sign-out', { method: 'POST', headers: OWN_PAGE });
    expect(out.json.data).toEqual({
      location: expect.stringContaining('/logout?client_id=client1234567890&logout_uri=https'),
    });
    expect(browser.cookies.has(SESSION)).toBe(false);
    expect(site.cognito.revoked.size).toBe(1);
    site.pass(MINUTE_MS);
    expect((await whoAmI(other)).status).toBe(401);
  });

  it('takes from a person with a lower role the tokens of the old one, on record', async () => {
    const endsAtMs = site.nowMs() + 24 * HOUR_MS;
    for (const [owner, role] of [
      ['Ada@example.org', 'operator'],
      ['ada@example.org', 'viewer'],
      ['bob@example.org', 'operator'],
    ] as const)
      await addApiToken(site.store.table, 'CI', site.nowMs(), { role, owner, endsAtMs });
    const good = async () =>
      (await listApiTokens(site.store.table))
        .filter((token) => !hasTokenEnded(token, site.nowMs()))
        .map(({ owner, role }) => `${owner} ${role}`)
        .sort();
    ada.isEnabled = false;
    site.pass(10 * MINUTE_MS);
    expect((await whoAmI()).status).toBe(401);
    expect(await good()).toHaveLength(3);
    ada.isEnabled = true;
    await browser.signIn();
    ada.groups = ['viewer'];
    site.pass(10 * MINUTE_MS);
    expect((await whoAmI()).status).toBe(200);
    expect(await good()).toEqual(['ada@example.org viewer', 'bob@example.org operator']);
    ada.groups = [];
    await browser.signIn();
    expect(await good()).toEqual(['bob@example.org operator']);
    const log = createAuditLog(site.store.table, site.nowMs);
    const { records } = await log.list({ fromMs: 0, toMs: site.nowMs(), limit: 100 }, site.nowMs());
    expect(records.filter(({ who }) => who === 'user pool')).toMatchObject([
      { action: 'token.revoke', before: { owner: 'ada@example.org', role: 'viewer' } },
      { action: 'token.revoke', before: { owner: 'Ada@example.org', role: 'operator' } },
    ]);
  });

  it('goes on with refresh tokens that Cognito changes with each use, in two functions at once', async () => {
    site.cognito.rotates = true;
    const other = elsewhere();
    await Promise.all([whoAmI(), whoAmI(other)]);
    for (let i = 0; i < 3; i++) {
      site.pass(10 * MINUTE_MS);
      const both = [await whoAmI(), await whoAmI(other)];
      expect(both.map(({ status }) => status)).toEqual([200, 200]);
    }
  });

  it('goes on while the key that Cognito signs with is not known yet', async () => {
    site.cognito.forged = { header: { kid: 'key-2' } };
    site.pass(10 * MINUTE_MS);
    expect((await whoAmI()).status).toBe(200);
  });

  it('is not told by a cookie that a neighbour under the same domain could set', async () => {
    const id = browser.cookies.get(SESSION) ?? '';
    for (const space of ['\u2000', '\u00a0', '\u3000', '\ufeff', '\v', '\f']) {
      browser.cookies.clear();
      browser.cookies.set(`${space}${SESSION}`, id);
      expect([space, (await whoAmI()).status]).toEqual([space, 401]);
    }
    browser.cookies.set(SESSION, id);
    expect((await whoAmI()).status).toBe(200);
  });

  it('goes on where it is known, while somebody at the same address tries others', async () => {
    await whoAmI();
    const guesser = newBrowser(site.handler);
    let status = 0;
    for (let i = 0; status !== 429 && i < 5000; i++) {
      guesser.cookies.set(SESSION, String(i).padStart(32, 'x'));
      ({ status } = await whoAmI(guesser));
    }
    expect(status).toBe(429);
    expect((await whoAmI()).status).toBe(200);
  });

  it('that was ended makes no token, however warm the function is', async () => {
    ada.groups = ['admin'];
    await browser.signIn();
    expect((await whoAmI()).json.data).toMatchObject({ role: 'admin' });
    const sessions = createSessionStore(site.store.table);
    for (const { hash } of await sessions.list(site.nowMs())) await sessions.end(hash);
    const body = JSON.stringify({ name: 'for later', kind: 'service', role: 'admin' });
    const headers = { ...OWN_PAGE, 'content-type': 'application/json' };
    const made = await browser.ask('/api/v1/tokens', { method: 'POST', headers, body });
    expect(made.status).toBe(401);
    const tokens = await listApiTokens(site.store.table);
    expect(tokens.filter((token) => !hasTokenEnded(token, site.nowMs()))).toEqual([]);
  });

  it('that somebody made up is none', async () => {
    for (const id of ['x', 'x'.repeat(32), '', `${'x'.repeat(31)}'`]) {
      browser.cookies.set(SESSION, id);
      expect((await whoAmI()).status).toBe(401);
    }
  });

  it('counts for nothing beside a token', async () => {
    const headers = { ...OWN_PAGE, authorization: `Bearer hvt_${'x'.repeat(32)}` };
    expect((await browser.ask('/api/v1/whoami', { headers })).status).toBe(401);
  });
});

describe('who reads the table', () => {
  it('can neither use the session nor its refresh token', async () => {
    const session = await stored();
    const id = browser.cookies.get(SESSION) ?? '';
    expect(session.hash).toBe(sessionHash(id));
    expect(JSON.stringify(session)).not.toContain(id);
    expect(openToken(id, session.sealed)).toMatch(/^refresh-/);
    for (const guess of [session.hash, session.hash.slice(0, 32), session.sub])
      expect(openToken(guess, session.sealed)).toBeUndefined();
    browser.cookies.set(SESSION, session.hash.slice(0, 32));
    expect((await whoAmI()).status).toBe(401);
  });

  it('and changes it, ends the session at the next renewal', async () => {
    const session = await stored();
    const sealed = Buffer.from(session.sealed, 'base64');
    sealed[sealed.length - 1] = (sealed.at(-1) ?? 0) ^ 1;
    await createSessionStore(site.store.table).put({
      ...session,
      sealed: sealed.toString('base64'),
    });
    site.pass(10 * MINUTE_MS);
    expect((await whoAmI()).status).toBe(401);
  });
});

describe('a page of another origin', () => {
  it.each<[string, Readonly<Record<string, string>>]>([
    ['from another site', { ...OWN_PAGE, 'sec-fetch-site': 'cross-site' }],
    ['from a neighbour under the same domain', { ...OWN_PAGE, 'sec-fetch-site': 'same-site' }],
    ['without our header', { 'sec-fetch-site': 'same-origin' }],
    ['with another origin', { 'x-hypervigil': '1', origin: 'https://evil.example' }],
    ['with a hidden origin', { 'x-hypervigil': '1', origin: 'null' }],
    ['that does not say whence', { 'x-hypervigil': '1' }],
    ['typed into the address bar', { 'x-hypervigil': '1', 'sec-fetch-site': 'none' }],
  ])('changes nothing with the cookie: %s', async (_, headers) => {
    for (const [path, method] of [
      ['/api/v2/silences', 'POST'],
      ['/v1/acknowledgements', 'DELETE'],
      ['/api/v1/query', 'POST'],
      ['/sign-out', 'POST'],
    ] as const) {
      const reply = await browser.ask(path, { method, headers });
      expect([path, reply.status]).toEqual([path, 403]);
      expect(reply.json.error).toMatch(/programs use an API token$/);
    }
    expect((await whoAmI()).status).toBe(200);
  });

  it('reads nothing with it either', async () => {
    const headers = { 'sec-fetch-site': 'cross-site' };
    expect((await browser.ask('/api/v1/whoami', { headers })).status).toBe(403);
    const preflight = await browser.ask('/api/v2/silences', { method: 'OPTIONS', headers });
    expect(Object.keys(preflight.headers).filter((name) => name.startsWith('access-'))).toEqual([]);
  });

  it('is told apart from our own in browsers that only name the origin', async () => {
    const headers = { 'x-hypervigil': '1', origin: 'https://hypervigil.example.org' };
    const own = await browser.ask('/api/v1/query?query=1', { method: 'POST', headers });
    expect(own.status).toBe(200);
  });
});

describe('a person', () => {
  /** What a request is refused for, if it is for who asks. */
  async function isLetIn(path: string, method: string): Promise<boolean> {
    const headers = { ...OWN_PAGE, 'content-type': 'application/json' };
    const body = method === 'GET' ? {} : { body: '{}' };
    // Of a minute only: it is about who may ask.
    const seconds = Math.floor(site.nowMs() / 1000);
    const address = `${path.replaceAll('*', 'x')}?start=${seconds - 60}&end=${seconds}`;
    const { status } = await browser.ask(address, { method, headers, ...body });
    return status !== 401 && status !== 403;
  }

  it.each(['viewer', 'operator', 'admin'])(
    'may as %s what that role may, on every route',
    async (role) => {
      ada.groups = [role];
      await browser.signIn();
      const rank = ['viewer', 'operator', 'admin'].indexOf(role);
      const may = (needed: string) => rank >= ['viewer', 'operator', 'admin'].indexOf(needed);
      for (const route of ROUTES) {
        const asked = `${role} GET ${route.path}`;
        expect([asked, await isLetIn(route.path, 'GET')]).toEqual([asked, may(route.role)]);
        for (const [method, change] of Object.entries(route.changes ?? {})) {
          const changed = `${role} ${method} ${route.path}`;
          expect([changed, await isLetIn(route.path, method)]).toEqual([changed, may(change.role)]);
        }
      }
    },
  );

  it('who is not signed in is let in nowhere', async () => {
    browser.cookies.clear();
    for (const route of ROUTES)
      for (const method of ['GET', ...Object.keys(route.changes ?? {})])
        expect([route.path, method, await isLetIn(route.path, method)]).toEqual([
          route.path,
          method,
          false,
        ]);
  });

  it('is told where to sign in, without the browser asking for a password itself', async () => {
    browser.cookies.clear();
    const { status, headers } = await whoAmI();
    expect([status, headers['x-hypervigil-sign-in'], headers['www-authenticate']]).toEqual([
      401,
      'sign-in',
      'Bearer',
    ]);
    const program = await browser.ask('/api/v1/whoami');
    expect(program.headers['www-authenticate']).toContain('Basic');
  });
});
