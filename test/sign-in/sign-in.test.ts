import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAuditLog } from '../../functions/store/audit-log.ts';
import { createSessionStore } from '../../functions/store/sessions.ts';
import { API_URL, locationOf, newBrowser, OWN_PAGE, type TestBrowser } from './browser.ts';
import type { Forged } from './fake-cognito.ts';
import { type SignInSite, startSite } from './site.ts';

let site: SignInSite;
let browser: TestBrowser;

beforeEach(async () => {
  site = await startSite();
  browser = newBrowser(site.handler);
});
afterEach(() => site.close());

const SESSION = '__Host-hypervigil';
const FLOW = '__Host-hypervigil-sign-in';

async function whoAmI(one: TestBrowser = browser) {
  return one.ask('/api/v1/whoami', { headers: OWN_PAGE });
}

async function sessions() {
  return createSessionStore(site.store.table).list(site.nowMs());
}

describe('signing in', () => {
  it('leads to Cognito and back to the page, as who one is, in the highest role', async () => {
    site.cognito.current = site.cognito.addUser('ada@example.org', ['viewer', 'operator', 'dev']);
    const back = await browser.signIn('/sign-in?return=%2Fgraph%3Fg0.expr%3Dup%23here');
    expect([back.status, back.headers['location']]).toEqual([303, '/graph?g0.expr=up#here']);
    expect((await whoAmI()).json.data).toMatchObject({
      ...{ name: 'ada@example.org', role: 'operator', kind: 'session' },
      may: { silence: true, acknowledge: true, readAudit: false },
    });
  });

  it('asks Cognito for a code, with state, nonce and a challenge that differ each time', async () => {
    const asked = await Promise.all(
      [1, 2].map(async () => new URL(locationOf(await browser.ask('/sign-in')))),
    );
    for (const { searchParams } of asked)
      expect(Object.fromEntries(searchParams)).toMatchObject({
        ...{ response_type: 'code', client_id: site.cognito.clientId, scope: 'openid email' },
        redirect_uri: `${API_URL}/sign-in/callback`,
        code_challenge_method: 'S256',
      });
    for (const name of ['state', 'nonce', 'code_challenge'])
      expect(new Set(asked.map((url) => url.searchParams.get(name))).size).toBe(2);
  });

  it('gives cookies that no script, neighbour or other site gets at, and ends the first', async () => {
    site.cognito.current = site.cognito.addUser('ada@example.org', ['viewer']);
    await browser.signIn();
    const [flow, session, ended] = browser.setCookies;
    const safe = 'Path=/; Secure; HttpOnly; SameSite=';
    expect(flow).toMatch(new RegExp(`^${FLOW}=[^;]+; ${safe}Lax; Max-Age=900$`));
    expect(session).toMatch(new RegExp(`^${SESSION}=[\\w-]{32}; ${safe}Strict; Max-Age=43200$`));
    expect(ended).toBe(`${FLOW}=; ${safe}Lax; Max-Age=0`);
  });

  it('is on record', async () => {
    site.cognito.current = site.cognito.addUser('ada@example.org', ['admin']);
    await browser.signIn();
    await browser.ask('/sign-out', { method: 'POST', headers: OWN_PAGE });
    const log = createAuditLog(site.store.table, site.nowMs);
    const range = { fromMs: 0, toMs: site.nowMs() + 1000, limit: 10 };
    const { records } = await log.list(range, site.nowMs() + 1000);
    const told = records.map(({ who, action, after }) => [who, action, after]).sort();
    expect(told).toEqual([
      ['ada@example.org', 'session.begin', { role: 'admin' }],
      ['ada@example.org', 'session.end', undefined],
    ]);
  });

  it('goes by an address only if it is proven', async () => {
    const eve = site.cognito.addUser('ada@example.org', ['viewer']);
    eve.emailVerified = false;
    site.cognito.current = eve;
    await browser.signIn();
    expect((await whoAmI()).json.data).toMatchObject({ name: eve.sub });
  });

  it('refuses whoever is in none of the groups, says whom to ask, and keeps nothing', async () => {
    site.cognito.current = site.cognito.addUser('<b>eve</b>@example.org', ['dev']);
    const back = await browser.signIn();
    expect(back.status).toBe(403);
    expect(back.text).toContain('You are &lt;b&gt;eve&lt;/b&gt;@example.org, and in none of');
    expect(back.text).toContain('/logout?client_id=');
    expect(site.cognito.revoked.size).toBe(1);
    expect(await sessions()).toEqual([]);
    expect((await whoAmI()).status).toBe(401);
  });

  it.each([
    '//evil.example',
    'https://evil.example/alerts',
    '/\\evil.example',
    'javascript:alert(1)',
    '/alerts/../../x',
    '/api/v1/query?query=up',
    '/sign-out',
    `/alerts?${'x'.repeat(3000)}`,
  ])('never leads elsewhere than to a page of its own: %s', async (wanted) => {
    site.cognito.current = site.cognito.addUser('ada@example.org', ['viewer']);
    const back = await browser.signIn(`/sign-in?return=${encodeURIComponent(wanted)}`);
    expect(back.headers['location']).toBe('/');
  });

  it('gives a new session each time, and ends the one before', async () => {
    site.cognito.current = site.cognito.addUser('ada@example.org', ['viewer']);
    browser.cookies.set(SESSION, 'x'.repeat(32));
    await browser.signIn();
    const first = browser.cookies.get(SESSION);
    expect(first).not.toBe('x'.repeat(32));
    await browser.signIn();
    expect(browser.cookies.get(SESSION)).not.toBe(first);
    expect(await sessions()).toHaveLength(1);
  });
});

describe('a way back that is not of this sign-in', () => {
  beforeEach(() => {
    site.cognito.current = site.cognito.addUser('ada@example.org', ['admin']);
  });

  it('is refused in a browser that began none: nobody is signed in as somebody else', async () => {
    const theirs = await newBrowser(site.handler).atCognito();
    const back = await browser.ask(theirs);
    expect([back.status, browser.cookies.has(SESSION)]).toEqual([400, false]);
    expect(back.text).toContain('did not begin in this browser');
    await browser.atCognito();
    expect((await browser.ask(theirs)).status).toBe(400);
  });

  it('is refused with a code of another sign-in, which the verifier does not fit', async () => {
    const theirs = new URL(await newBrowser(site.handler).atCognito());
    const mine = new URL(await browser.atCognito());
    mine.searchParams.set('code', theirs.searchParams.get('code') ?? '');
    const back = await browser.ask(mine.href);
    expect([back.status, browser.cookies.has(SESSION)]).toEqual([400, false]);
  });

  it('is refused a second time', async () => {
    const address = await browser.atCognito();
    const flow = browser.cookies.get(FLOW) ?? '';
    expect((await browser.ask(address)).status).toBe(303);
    browser.cookies.clear();
    expect((await browser.ask(address)).status).toBe(400);
    browser.cookies.set(FLOW, flow);
    expect((await browser.ask(address)).status).toBe(400);
    expect(browser.cookies.has(SESSION)).toBe(false);
  });

  it('says what Cognito says, as text', async () => {
    const url = new URL(await browser.atCognito());
    url.searchParams.delete('code');
    url.searchParams.set('error_description', '<script>no</script>');
    const back = await browser.ask(url.href);
    expect([back.status, back.text.includes('Cognito says: &lt;script&gt;')]).toEqual([400, true]);
  });

  const hourAgo = Math.floor(Date.now() / 1000) - 3600;
  it.each<[string, Forged]>([
    ['of another key', { isForeign: true }],
    ['without a signature', { isUnsigned: true }],
    ['that is over', { claims: { exp: hourAgo } }],
    ['that is not good yet', { claims: { nbf: hourAgo + 7200 } }],
    ['for another client', { claims: { aud: 'other' } }],
    ['of another pool', { claims: { iss: 'https://cognito-idp.eu-west-1.amazonaws.com/other' } }],
    ['that is an access token', { claims: { token_use: 'access' } }],
    ['with a symmetric key', { header: { alg: 'HS256' } }],
    ['of another sign-in', { claims: { nonce: 'x' } }],
    ['without a nonce', { claims: { nonce: undefined } }],
    ['of nobody', { claims: { sub: '' } }],
  ])('is refused with an ID token %s', async (_, forged) => {
    site.cognito.forged = forged;
    const back = await browser.signIn();
    expect([back.status, browser.cookies.has(SESSION)]).toEqual([400, false]);
    expect(await sessions()).toEqual([]);
    expect(site.cognito.revoked.size).toBe(1);
  });

  it('waits for Cognito when that is down', async () => {
    const address = await browser.atCognito();
    site.cognito.isDown = true;
    const back = await browser.ask(address);
    expect([back.status, back.text.includes('API tokens work as ever')]).toEqual([503, true]);
  });
});

it('asks Cognito only so often for one address', async () => {
  site.cognito.current = site.cognito.addUser('ada@example.org', ['viewer']);
  const back = await browser.atCognito();
  const flow = browser.cookies.get(FLOW) ?? '';
  let status = 0;
  let asked = 0;
  for (; status !== 429 && asked < 5000; asked++) {
    browser.cookies.set(FLOW, flow);
    ({ status } = await browser.ask(back));
  }
  expect(status).toBe(429);
  expect(asked).toBeGreaterThan(190);
  expect(site.cognito.grants.length).toBe(asked - 1);
});
