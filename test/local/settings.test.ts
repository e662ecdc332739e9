import { expect, test } from 'vitest';
import { readLocalSettings } from '../../infra/local/settings.ts';

const MAIL = {
  HYPERVIGIL_SMTP_URL: 'smtp://watch%40example.org:p%40ss@mail.example.org',
  HYPERVIGIL_EMAIL_TO: 'ops@example.org, boss@example.org',
};

test('flags win over the environment, that over the defaults', () => {
  const environment = { HYPERVIGIL_PORT: '1', HYPERVIGIL_TICK: '5s', HYPERVIGIL_RULES: '' };
  expect(readLocalSettings({ port: '2' }, environment)).toMatchObject({
    ok: true,
    value: { port: 2, tickMs: 5000, rulesPath: 'rules', dataPath: '.hypervigil', runAgent: true },
  });
});

test('an SMTP address gives server, login, sender and recipients', () => {
  expect(readLocalSettings({}, MAIL)).toMatchObject({
    ok: true,
    value: {
      mail: {
        server: { host: 'mail.example.org', port: 587, secure: false },
        login: { user: 'watch@example.org', pass: 'p@ss' },
        from: 'watch@example.org',
        to: ['ops@example.org', 'boss@example.org'],
      },
    },
  });
});

test('smtps begins with TLS, on its own port', () => {
  const environment = { ...MAIL, HYPERVIGIL_SMTP_URL: 'smtps://mail.example.org' };
  expect(readLocalSettings({}, environment)).toMatchObject({
    value: { mail: { server: { port: 465, secure: true }, from: 'ops@example.org' } },
  });
});

test('Alertmanagers are named by several flags, by commas, or by the environment', () => {
  const [a, b, c] = ['http://a:9093', 'https://b/alerts', 'http://me:secret@c:9093'];
  expect(readLocalSettings({ alertmanager: [`${a}, ${b}`, c] }, {})).toMatchObject({
    value: { alertmanagers: [a, b, c] },
  });
  const environment = { HYPERVIGIL_ALERTMANAGER: a, HYPERVIGIL_EXTERNAL_URL: 'https://watch' };
  expect(readLocalSettings({}, environment)).toMatchObject({
    value: { alertmanagers: [a], externalUrl: 'https://watch' },
  });
  expect(readLocalSettings({}, {})).toMatchObject({ value: { alertmanagers: [] } });
});

test.each([
  [{ alertmanager: ['alertmanager:9093'] }, {}, '--alertmanager: give an address'],
  [{ alertmanager: ['http://me:p%40ss@am/?x=1'] }, {}, '--alertmanager: give an address'],
  [{ externalUrl: 'watch.example' }, {}, '--external-url watch.example'],
  [{ port: '65536' }, {}, '--port 65536'],
  [{ port: 'http' }, {}, '--port http'],
  [{ tick: '0s' }, {}, '--tick 0s'],
  [{ tick: '1 minute' }, {}, '--tick 1 minute'],
  [{}, { HYPERVIGIL_EMAIL_TO: 'a@b.example' }, 'HYPERVIGIL_SMTP_URL is not'],
  [{}, { ...MAIL, HYPERVIGIL_EMAIL_TO: '' }, 'HYPERVIGIL_EMAIL_TO is not'],
  [{}, { ...MAIL, HYPERVIGIL_SMTP_URL: 'mail.example.org:587' }, 'HYPERVIGIL_SMTP_URL: must be'],
  [{}, { ...MAIL, HYPERVIGIL_EMAIL_TO: 'ops' }, '"ops" is no email address'],
  [{}, { ...MAIL, HYPERVIGIL_EMAIL_FROM: 'me' }, '"me" is no email address'],
  [{}, { ...MAIL, HYPERVIGIL_SMTP_URL: 'smtp://a:100%@mail.example' }, 'must be written as %25'],
])('%j with %j is one line that names what is wrong', (flags, environment, line) => {
  const settings = readLocalSettings(flags, environment);
  expect(settings).toMatchObject({ ok: false, error: { code: 'bad_setting' } });
  if (settings.ok) throw new Error('a failure was expected');
  expect(settings.error.message).toContain(line);
  expect(settings.error.message).not.toContain('\n');
  expect(settings.error.message).not.toContain('p%40ss');
});
