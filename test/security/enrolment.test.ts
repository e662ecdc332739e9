import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hashHostKey, newHostKey } from '../../functions/store/host-keys.ts';
import { type Sent, startVictim, type Victim } from './victim.ts';

/** What somebody with an enrolment token, or none, can make of the way hosts come in. */
let victim: Victim;
beforeAll(async () => {
  victim = await startVictim();
});
afterAll(() => victim.close());

const enrol = (secret: string, host: string, key = newHostKey(), more: Partial<Sent> = {}) =>
  victim.ask('enroll', {
    method: 'POST',
    path: '/v1/enrolments',
    secret,
    body: JSON.stringify({ host, keyHash: hashHostKey(key) }),
    ...more,
  });

describe('a token', () => {
  test('of three uses lets three hosts in, however many come at once', async () => {
    const token = await victim.newEnrolmentToken(3);
    const all = await Promise.all(Array.from({ length: 40 }, (_, i) => enrol(token, `race-${i}`)));
    // Some are told to come again; then the token is used up.
    const again = await Promise.all(
      all.flatMap(({ status }, i) => (status === 503 ? [enrol(token, `race-${i}`)] : [])),
    );
    expect([...all, ...again].filter(({ status }) => status === 200)).toHaveLength(3);
  });

  test('gives one name to one of many that want it at once', async () => {
    const token = await victim.newEnrolmentToken(40);
    const all = await Promise.all(Array.from({ length: 20 }, () => enrol(token, 'wanted')));
    expect(all.filter(({ status }) => status === 200)).toHaveLength(1);
    for (const { status } of all) expect([200, 409, 503]).toContain(status);
  });

  test('that was used up is no good to who overheard it', async () => {
    const token = await victim.newEnrolmentToken(1);
    const key = newHostKey();
    expect((await enrol(token, 'first', key)).status).toBe(200);
    expect((await enrol(token, 'second')).status).toBe(403);
    expect((await enrol(token, 'first')).status).not.toBe(200);
    // The very same wish, once more: nothing new is given, and the key is only its hash on the way.
    expect((await enrol(token, 'first', key)).status).toBe(200);
  });

  test('for some names gives no others', async () => {
    const token = await victim.newEnrolmentToken(50, 'web-*.berlin');
    for (const host of [
      'db-1.berlin',
      'web-1.berlin.evil',
      'xweb-1.berlin',
      'WEB-1.berlin',
      'web-1\n.berlin',
    ])
      expect((await enrol(token, host)).status).toBeGreaterThanOrEqual(400);
    expect((await enrol(token, 'web-1.berlin')).status).toBe(200);
  });

  test('takes no name that a host has', async () => {
    const token = await victim.newEnrolmentToken(50);
    expect((await enrol(token, 'taken')).status).toBe(200);
    expect((await enrol(token, 'taken')).status).toBe(409);
  });
});

test.each([
  ['looks the same, with nothing in it', 'web\u200b-1'],
  ['looks the same, with a joiner', 'web-1\u2060'],
  ['looks the same, with a soft hyphen', 'web\u00ad-1'],
  ['looks the same, with a selector', 'web-1\ufe0f'],
  ['looks the same, decomposed', 'cafe\u0301'],
  ['looks the same, with a filler', 'web-1\u3164'],
  ['is written backwards', 'web\u202e1-'],
  ['has a tag', 'web-1\u{e0041}'],
  ['is half a character', 'web-\ud800'],
  ["is a sender's", '@prometheus'],
  ['is empty', ''],
  ['has a blank', 'web 1'],
  ['has a line end', 'web-1\n'],
  ['has an escape', 'web-\u001b[2J'],
  ['has a C1 control', 'web-\u009b1'],
  ['is too long', 'a'.repeat(254)],
])('no host gets a name that %s', async (_what, host) => {
  const token = await victim.newEnrolmentToken(1);
  const { status, text } = await enrol(token, host);
  expect(status).toBe(400);
  expect(JSON.parse(text)).toMatchObject({ error: { code: 'body' } });
});

test.each([
  '__proto__',
  'constructor',
  'x'.repeat(253),
  'a#b',
  'a/b',
  '../a',
  "a'b",
  '$(reboot)',
  '日本',
])('a name that is only odd is only a name: %s', async (host) => {
  const token = await victim.newEnrolmentToken(1);
  const { status, text } = await enrol(token, host);
  expect(status).toBe(200);
  expect(JSON.parse(text)).toMatchObject({ host });
});

test.each([
  ['more members', { host: 'a', keyHash: 'x'.repeat(43), role: 'admin' }],
  ['a prototype', JSON.parse('{"host":"a","keyHash":"x","__proto__":{"host":"b"}}')],
  ['a list', []],
  ['nothing', null],
  ['a key instead of its hash', { host: 'a', keyHash: newHostKey() }],
])('a body with %s is refused', async (_what, body) => {
  const token = await victim.newEnrolmentToken(1);
  const asked = { method: 'POST', path: '/v1/enrolments', secret: token };
  const got = await victim.ask('enroll', { ...asked, body: JSON.stringify(body) });
  expect(got.status).toBe(400);
});

test('whoever tries tokens from one address is slowed down', async () => {
  const guess = () =>
    enrol(`hve_${newHostKey().slice(3)}`, 'a', newHostKey(), { ip: '198.51.100.7' });
  const all = await Promise.all(Array.from({ length: 220 }, guess));
  expect(all.filter(({ status }) => status === 429).length).toBeGreaterThanOrEqual(20);
  expect((await enrol(await victim.newEnrolmentToken(), 'neighbour')).status).toBe(200);
});

describe('the installers', () => {
  const NAMES = ["a'; touch PWNED; '", 'a\nreboot', 'a‘; calc; ‘', 'a\u0000b'];

  test.each(NAMES)(
    'are not made for an address that would end the text it stands in: %j',
    async (domainName) => {
      for (const path of ['/install.sh', '/install.ps1'])
        await expect(victim.ask('install', { path, domainName })).rejects.toThrow(
          "can't stand in a script",
        );
    },
  );

  test.each(['$(touch PWNED)', '`touch PWNED`', 'a";reboot;"', 'a\\', '$HOME', '%0a'])(
    'hold an address as it is, whatever a shell would make of it: %s',
    async (domainName) => {
      const { text } = await victim.ask('install', { path: '/install.sh', domainName });
      const line = text.split('\n').find((each) => /^\s*(readonly )?URL='/.test(each)) ?? '';
      expect(line).toContain(domainName);
      const shell = spawnSync('sh', ['-c', `${line.trim()}\nprintf %s "$URL"`]);
      expect(String(shell.stdout)).toBe(`https://${domainName}`);
    },
  );

  test('go by the name that AWS was asked for, not by what a header says', async () => {
    const headers = {
      host: 'evil.example',
      'x-forwarded-host': 'evil.example',
      forwarded: 'host=evil.example',
    };
    for (const path of ['/install.sh', '/install.ps1'])
      expect((await victim.ask('install', { path, headers })).text).not.toContain('evil.example');
  });

  test.each([
    ...['/v1/agent/files/../../etc/passwd', '/v1/agent/files/%2e%2e/release-key.pem'],
    ...['/v1/agent/files/release-key.pem', '/v1/agent/files/', '/v1/agent/files/constructor'],
    ...['/v1/agent/files//etc/passwd', '/v1/agent/files/__proto__', '/install.sh/'],
  ])('give no other file: %s', async (path) => {
    const got = await victim.ask('install', { path, secret: victim.hostKey });
    expect(got.status).toBe(404);
    expect(got.headers['location']).toBeUndefined();
  });
});
