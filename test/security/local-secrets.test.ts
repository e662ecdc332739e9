import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { newHostKey } from '../../functions/store/host-keys.ts';
import { Place, type Run } from '../local/start-fixture.ts';
import { startTarget, type Target } from '../notify/target.ts';
import { type Log, SecretRegister } from '../secrets/secret-register.ts';

/**
 * A run of `npm start` in which every secret there is comes by, rightly and wrongly: then none is in what was
 * printed or written, the files of keys excepted.
 */
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const secrets = new SecretRegister();
const random = () => randomBytes(18).toString('base64url');
const hook = secrets.keep('webhook address', `T0/${random()}`);
const credential = secrets.keep('password', random());
const mailPassword = secrets.keep('password', random());
const peerPassword = secrets.keep('password', random());
const typed = secrets.keep('password', random());

let place: Place;
let run: Run;
let service: Target;
let url = '';
const printed: Log[] = [];

beforeAll(async () => {
  // A service that fails and repeats what it was sent, as some do.
  service = await startTarget(({ path, headers }) => ({
    status: 500,
    body: `no such hook ${path} (${headers.authorization}): http://x${path}`,
  }));
  place = new Place();
  place.writeRules('Alive');
  writeFileSync(
    join(place.rules, 'alertmanager.yaml'),
    `route: { receiver: hook, group_wait: 0s, group_interval: 1s }
receivers:
  - name: hook
    webhook_configs:
      - url: ${service.url}/services/${hook}
        http_config: { authorization: { credentials: '${credential}' } }
    slack_configs:
      - api_url: ${service.url}/slack/${hook}
        channel: '#alerts'
    sns_configs:
      - topic_arn: arn:aws:sns:local:000000000000:critical
`,
  );
  run = place.start(['--alertmanager', `http://hv:${peerPassword}@127.0.0.1:9`], {
    HYPERVIGIL_SMTP_URL: `smtp://hv:${mailPassword}@127.0.0.1:9`,
    HYPERVIGIL_EMAIL_TO: 'ops@example.org',
  });
  const found = await run.prints(/listening on (http:\S+),/);
  url = found[1] ?? '';
  await run.prints(/me: cpu/);
}, 120_000);
afterAll(async () => {
  await place.remove();
  await service.close();
});

const kept = (name: string) => readFileSync(join(place.data, 'keys', name), 'utf8').trim();

test('no secret is printed, nor in any file but those of keys', async () => {
  const host = secrets.keep('host key', kept('me.key'));
  const sender = secrets.keep('sender key', kept('import.key'));
  const enrolment = secrets.keep('enrolment token', kept('enrolment.token'));
  const token = secrets.keep('API token', kept('api.token'));
  const unknown = secrets.keep('host key', newHostKey());
  const all = [host, sender, enrolment, token, unknown, `hvt_${unknown.slice(3)}`, typed];

  // Each secret at each door, where it belongs and where it does not.
  const doors = [
    ['POST', '/v1/batches'],
    ['POST', '/v1/enrolments'],
    ['POST', '/api/v1/write'],
    ['GET', '/api/v1/query?query=up'],
    ['GET', '/api/v1/query?query=('],
    ['POST', '/api/v2/silences'],
    ['GET', '/v1/agent/files/release.json'],
    ['DELETE', '/api/v1/nothing'],
  ] as const;
  const types = [
    'application/json',
    'application/x-www-form-urlencoded',
    'application/vnd.hypervigil.chunk',
  ];
  for (const secret of all) {
    const ways: Record<string, string>[] = [
      { authorization: `Bearer ${secret}` },
      { authorization: `Basic ${Buffer.from(`x:${secret}`).toString('base64')}` },
      { authorization: secret, cookie: `session=${secret}`, 'x-api-key': secret },
    ];
    for (const [method, path] of doors) {
      for (const headers of ways) {
        for (const type of method === 'POST' ? types : ['text/plain']) {
          const body = method === 'POST' ? { body: `{"token":"${secret}", broken` } : {};
          const sent = { method, headers: { ...headers, 'content-type': type }, ...body };
          await (await fetch(`${url}${path}`, sent)).text();
        }
      }
      await (await fetch(`${url}/${secret}${path}?token=${secret}`, { method })).text();
    }
  }
  // A silence, which is on record.
  const silenced = await fetch(`${url}/api/v2/silences`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      matchers: [{ name: 'host', value: 'other', isRegex: false, isEqual: true }],
      ...{
        startsAt: new Date().toISOString(),
        endsAt: new Date(Date.now() + 60_000).toISOString(),
      },
      ...{ createdBy: 'ops', comment: 'planned' },
    }),
  });
  expect(silenced.status).toBe(200);

  // A host that enrols, and programs that are given what is wrong.
  const keyFile = join(place.path, 'other.key');
  const tokenFile = join(place.path, 'wrong.token');
  writeFileSync(tokenFile, `hvt_${unknown.slice(3)}\n`, { mode: 0o600 });
  const agent = ['agent/main.ts', 'enroll', '--url', url, '--host', 'other'];
  await program('agent enroll', [...agent, '--key-file', keyFile, '--token', enrolment]);
  secrets.keep('host key', readFileSync(keyFile, 'utf8').trim());
  await program('agent enroll again', [...agent, '--key-file', `${keyFile}2`, '--token', typed]);
  const cli = ['infra/cli/main.ts', 'alerts', '--url', url, '--token-file'];
  await program('hypervigil', [...cli, join(place.data, 'keys', 'api.token')]);
  await program('hypervigil, refused', [...cli, tokenFile]);
  await program('hypervigil, no token', [...cli, join(place.data, 'keys', 'me.key')]);

  // The service has had messages of both kinds, and its refusals were told.
  await vi.waitUntil(() => service.seen.length >= 4, { timeout: 60_000, interval: 100 });
  await run.prints(/answers 500/);
  await run.prints(/email/);
  expect(service.seen.some(({ path }) => path.endsWith(hook))).toBe(true);
  await run.end('SIGTERM');

  const logs = [
    ...printed,
    { name: 'npm start: stdout', text: run.stdout },
    { name: 'npm start: stderr', text: run.stderr },
    ...files(place.data).filter(
      ({ name }) => !name.startsWith('keys/') && !name.startsWith('table/'),
    ),
  ];
  expect(logs.map(({ name }) => name)).toContain('messages.jsonl');
  expect(secrets.leaksIn(logs)).toEqual([]);
  // The table has hashes of them only. What it was written to last is not packed yet.
  const table = files(place.data).filter(({ name }) => name.startsWith('table/'));
  expect(secrets.leaksIn(table)).toEqual([]);
}, 180_000);

/** Runs a program of ours to its end and keeps what it prints. */
function program(name: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (data: Buffer) => {
        text += data.toString();
      });
    child.once('error', reject);
    child.once('close', () => {
      printed.push({ name, text });
      resolve();
    });
  });
}

function files(folder: string): Log[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ name: relative(folder, path), text: readFileSync(path, 'latin1') }));
}
