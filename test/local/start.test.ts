import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { closeServer, listen } from '../../infra/local/listen.ts';
import { type SmtpFixture, startSmtpServer } from './smtp-fixture.ts';
import { Place } from './start-fixture.ts';

// Each starts Node some times over and waits for real samples and ticks.
vi.setConfig({ testTimeout: 180_000 });

let place: Place;
beforeEach(() => {
  place = new Place();
});
afterEach(() => place.remove());

test('numbers of this machine appear, a rule that fires gives a message, Ctrl-C exits 0', async () => {
  place.writeRules('Alive');
  const run = place.start();
  await run.prints(/listening on http:\/\/127\.0\.0\.1:\d+, 1 rule, data in /);
  await run.prints(/ me: cpu [\d.]+%, memory [\d.]+%/);
  await run.prints(/message: \[FIRING:1\] Alive of me\n {4}Alive of me\n/);
  const [agent] = run.childIds();
  if (agent === undefined) throw new Error('no agent runs');
  expect(await run.end('SIGINT')).toBe(0);
  expect(isRunning(agent)).toBe(false);
  expect(run.stderr).toBe('');
  const [logged] = readFileSync(join(place.data, 'messages.jsonl'), 'utf8').trim().split('\n');
  expect(JSON.parse(logged ?? '')).toMatchObject({
    subject: '[FIRING:1] Alive of me',
    attributes: { severity: 'critical', status: 'firing', alertname: 'Alive' },
  });
  expect(statSync(join(place.data, 'keys', 'me.key')).mode & 0o777).toBe(0o600);
});

test.each(['SIGTERM', 'SIGKILL'] as const)(
  'after %s a restart goes on: no second message for what fires already',
  async (signal) => {
    place.writeRules('Old');
    const first = place.start();
    await first.prints(/message: \[FIRING:1\] Old/);
    await first.prints(/ me: cpu /);
    const [agent] = first.childIds();
    if (agent === undefined) throw new Error('no agent runs');
    await first.end(signal);
    // However the stack ended, its agent does not stay behind.
    await vi.waitUntil(() => !isRunning(agent), { timeout: 30_000, interval: 50 });

    place.writeRules('Old', 'New');
    const second = place.start();
    await second.prints(/message: \[FIRING:1\] New/);
    await second.prints(/ me: cpu /);
    expect(second.stdout).not.toContain('[FIRING:1] Old');
    expect(await second.end('SIGINT')).toBe(0);
  },
);

test('a mail server that is down costs no message: it is sent when the server is back', async () => {
  const held = await startSmtpServer();
  await held.close();
  place.writeRules('Alive');
  const run = place.start([], {
    HYPERVIGIL_SMTP_URL: `smtp://watch:p%40ss@127.0.0.1:${held.port}`,
    HYPERVIGIL_EMAIL_TO: 'ops@example.org',
    HYPERVIGIL_EMAIL_FROM: 'hypervigil@example.org',
  });
  await run.prints(/ email: SMTP 127\.0\.0\.1:\d+: .*ECONNREFUSED/);
  await run.prints(/message: \[FIRING:1\] Alive/);
  await run.prints(/ evaluation: notification .* will be tried again: .*SMTP/);
  const server: SmtpFixture = await startSmtpServer(held.port);
  await run.prints(/ evaluation: well again/);
  expect(await run.end('SIGINT')).toBe(0);
  await server.close();
  expect(server.received).toHaveLength(1);
  expect(server.received[0]).toMatchObject({
    from: 'hypervigil@example.org',
    to: ['ops@example.org'],
  });
  expect(server.received[0]?.source).toContain('Subject: [FIRING:1] Alive of me');
  expect(run.stdout.match(/message:/g)).toHaveLength(1);
});

test('without an agent it waits for others, with their key', async () => {
  place.writeRules('Alive');
  const run = place.start(['--no-agent']);
  const [, url] = await run.prints(/listening on (\S+),/);
  const answer = await fetch(`${url}/v1/batches`, { method: 'POST', body: 'x' });
  expect(answer.status).toBe(401);
  expect(run.childIds()).toEqual([]);
  expect(await run.end('SIGINT')).toBe(0);
});

describe('what is wrong is one clear line, and exit code 1', () => {
  async function failure(args: string[], environment: Record<string, string> = {}) {
    const run = place.start(args, environment);
    expect(await run.exit()).toBe(1);
    expect(run.stdout).toBe('');
    return run.stderr;
  }

  test('a port in use', async () => {
    place.writeRules('Alive');
    const other = createServer();
    const port = await listen(other, 0);
    if (!port.ok) throw new Error(port.error.message);
    expect(await failure(['--port', String(port.value)])).toBe(
      `hypervigil: port ${port.value} is in use: stop the program that uses it, or choose another with --port\n`,
    );
    await closeServer(other, 0);
  });

  test('a data folder that another Hypervigil uses', async () => {
    place.writeRules('Alive');
    const run = place.start(['--no-agent']);
    await run.prints(/listening/);
    expect(await failure([])).toBe(
      `hypervigil: another Hypervigil runs in the data folder ${place.data}: stop it, or choose another folder with --data\n`,
    );
    expect(await run.end('SIGINT')).toBe(0);
  });

  test('a data folder that can not be written', async () => {
    place.writeRules('Alive');
    writeFileSync(place.data, '');
    expect(await failure([])).toBe(
      `hypervigil: can't write to the data folder ${place.data}: it is a file, not a folder\n`,
    );
    // Not even root can make a folder there.
    expect(await failure(['--data', '/proc/hypervigil'])).toMatch(
      /^hypervigil: can't write to the data folder \/proc\/hypervigil: [^\n]+\n$/,
    );
  });

  test('a broken rule file, with file, line and reason', async () => {
    place.writeRuleFile('groups:\n  - name: a\n    rules:\n      - alert: B\n        expr: sum(\n');
    expect(await failure([])).toMatch(
      /^hypervigil: \S+\/rules\/test\.rules\.yaml:5: group "a", rule 1 "B": [^\n]+\n$/,
    );
  });

  test('a broken routing', async () => {
    place.writeRules('Alive');
    writeFileSync(join(place.rules, 'alertmanager.yaml'), 'route: { receiver: me }\n');
    expect(await failure([])).toMatch(
      /^hypervigil: \S+\/rules\/alertmanager\.yaml:1: route: undefined receiver "me" [^\n]+\n$/,
    );
  });

  test('no rules at all', async () => {
    expect(await failure([])).toBe(`hypervigil: ${place.rules}: no *.rules.yaml in it\n`);
  });

  test('a bad SMTP address', async () => {
    place.writeRules('Alive');
    const environment = { HYPERVIGIL_SMTP_URL: 'mail', HYPERVIGIL_EMAIL_TO: 'a@b.example' };
    expect(await failure([], environment)).toBe(
      'hypervigil: HYPERVIGIL_SMTP_URL: must be such as smtp://user:password@mail.example:587\n',
    );
  });
});

/** A dead process nobody has waited for yet (a zombie) does not run. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
