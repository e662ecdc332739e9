import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Deployment, startDeployment } from './deployment.ts';
import { newSigningKey, publicKeyOf, writeRelease } from './fake-release.ts';
import { type RunOptions, ScriptHost } from './script-host.ts';

const AGENT = 'opt/hypervigil-agent/current/hypervigil-agent';
const KEY = 'etc/hypervigil/key';
const ARCH = process.arch === 'arm64' ? 'linux-arm64' : 'linux-x64';

/** Debian's, one that is common elsewhere, and the smallest, where this machine has it. */
const SHELLS = [
  ['dash', ['dash']],
  ['bash', ['bash', '--posix']],
  ...(existsSync('/bin/busybox') ? ([['busybox', ['busybox', 'sh']]] as const) : []),
] as const;

let deployment: Deployment;
let host: ScriptHost;
let token: string;

beforeAll(async () => {
  deployment = await startDeployment('1.0.0');
});
afterAll(() => deployment.close());
beforeEach(async () => {
  writeRelease(deployment.folder, { version: '1.0.0', key: deployment.key });
  host = new ScriptHost();
  token = await deployment.newToken();
});
afterEach(() => host.remove());

const byToken = (more: Record<string, string> = {}) => ({
  environment: { HYPERVIGIL_ENROLMENT_TOKEN: token, ...more },
});

const NO_TOKEN = { environment: {} };

async function install(args: string[] = [], options: RunOptions = byToken()) {
  return host.run(await deployment.script(), args, options);
}

/** Makes the key in its file one that the deployment knows: the agent of these tests only invents one. */
async function enrolForReal(): Promise<void> {
  const key = await deployment.newKey('web-1');
  const file = join(host.root, KEY);
  chmodSync(file, 0o600);
  writeFileSync(file, readFileSync(file, 'utf8').replace(/^.*/, key));
}

/** Takes the name that an updater takes, with some more behind it. */
async function holdUpdateLock(end: string): Promise<Server> {
  host.write('var/lib/hypervigil-update/bad.json', '[]');
  const { dev, ino } = statSync(join(host.root, 'var/lib/hypervigil-update'));
  const server = createServer().listen(`\0hypervigil-spool-${dev}-${ino}${end}`);
  await once(server, 'listening');
  return server;
}

describe('one line', () => {
  test.each(SHELLS)(
    'installs, enrols, starts, and waits for the first batch (%s)',
    async (_name, shell) => {
      const script = await deployment.script();
      const { status, output } = await host.run(script, [], { ...byToken(), shell });
      expect(output).toContain(`host web-1 reports to ${deployment.url} with agent 1.0.0`);
      expect(status).toBe(0);
      expect(host.target('opt/hypervigil-agent/current')).toBe('versions/1.0.0');
      expect(host.target('usr/local/bin/hypervigil-agent')).toBe(`/${AGENT}`);
      expect(host.mode(AGENT)).toBe(0o755);
      expect(host.mode(KEY)).toBe(0o400);
      expect(host.read('etc/systemd/system/hypervigil-agent.service')).toContain('1.0.0');
      expect(host.log).toContain('--user hypervigil --token-file -');
      expect(host.log).toMatch(/enable --quiet hypervigil-agent.service\n(.*\n)*.*restart hyper/);
      expect(host.files().filter((path) => /\.install-|\.new$/.test(path))).toEqual([]);
    },
  );

  test('takes the token from a file or standard input, too', async () => {
    const script = await deployment.script();
    const file = join(host.path, 'token');
    writeFileSync(file, `${token}\n`);
    expect(await host.run(script, ['--token-file', file])).toMatchObject({ status: 0 });
    const other = new ScriptHost();
    const args = ['--token-file=-'];
    expect(await other.run(script, args, { stdin: token })).toMatchObject({ status: 0 });
    other.remove();
  });

  test('asks for the token on the terminal, and does not show it', async () => {
    const { status, output } = await install([], { onPrompt: token });
    expect(output).toContain('Enrolment token for');
    expect(output).not.toContain(token);
    expect(status).toBe(0);
    expect(host.has(KEY)).toBe(true);
  });

  test('says what is missing where there is no token and nobody to ask', async () => {
    const { status, output } = await install([], NO_TOKEN);
    expect(output).toMatch(/no enrolment token, and no terminal to ask on: give --token-file FILE/);
    expect(status).toBe(1);
  });

  test.each(['curl', 'wget'])('shows neither token nor key to others (%s)', async (program) => {
    host.wrap(program);
    const without = program === 'wget' ? ['curl'] : [];
    const script = await deployment.script();
    expect(await host.run(script, [], { ...byToken(), without })).toMatchObject({ status: 0 });
    expect(host.log).toContain(`${program} `);
    expect(host.log).not.toContain(token.slice(4));
    await enrolForReal();
    writeRelease(deployment.folder, { version: '1.1.0', key: deployment.key });
    expect(await install([], NO_TOKEN)).toMatchObject({ status: 0 });
    expect(host.log.match(new RegExp(`^${program} `, 'gm'))?.length).toBeGreaterThan(1);
    expect(host.log).not.toMatch(/hv_|Bearer/);
  });

  test('does nothing when it was cut off on its way', async () => {
    const script = await deployment.script();
    for (let cuts = 0; cuts < 12; cuts++) {
      const part = script.slice(0, Math.floor((script.length - 2) * Math.random()));
      await host.run(part, [], byToken());
      expect([host.files(), host.log], `cut at ${part.length}`).toEqual([[], '']);
    }
  });

  test('says how to run the agent where there is no systemd', async () => {
    const other = new ScriptHost({ hasSystemd: false });
    const { status, output } = await other.run(await deployment.script(), [], byToken());
    expect(output).toMatch(
      /does not run systemd.*\n.*let your init run this.*\n.*hypervigil-agent run/,
    );
    expect(status).toBe(0);
    expect(other.log).not.toContain('systemctl');
    other.remove();
  });

  test('says why not, with the last lines of the log, when no batch arrives', async () => {
    const { status, output } = await install(
      [],
      byToken({ FAKE_POSTS: 'no', HYPERVIGIL_INSTALL_WAIT_SECONDS: '1' }),
    );
    expect(output).toMatch(
      /no batch has arrived for 1 s.*\nhypervigil agent: the deployment answered 403/,
    );
    expect(status).toBe(1);
  });

  test('shows no more of that log than text', async () => {
    host.program('journalctl', "#!/bin/sh\nprintf 'a\\033[2Jb\\302\\2332Jc \\303\\274\\n'\n");
    const environment = { FAKE_POSTS: 'no', HYPERVIGIL_INSTALL_WAIT_SECONDS: '1' };
    const { output } = await install([], byToken(environment));
    expect(output).toContain('\na[2Jb2Jc ü\n');
  });

  test('is not held up by what the agent may put in place of its note', async () => {
    host.write('var/lib/hypervigil/other', '');
    const made = ['-c', 'mkfifo "$0"', join(host.root, 'var/lib/hypervigil/posted.json')];
    execFileSync('sh', made);
    const environment = { FAKE_POSTS: 'no', HYPERVIGIL_INSTALL_WAIT_SECONDS: '1' };
    const { output } = await install([], byToken(environment));
    expect(output).toContain('no batch has arrived for 1 s');
  });

  test('leaves an agent alone that was installed as a package', async () => {
    host.write('usr/bin/hypervigil-agent', '');
    const { status, output } = await install();
    expect(output).toContain('apt or dnf');
    expect([status, host.files()]).toEqual([1, ['usr/bin/hypervigil-agent']]);
  });
});

describe('a second run', () => {
  test('finds nothing to do, needs no token and restarts nothing', async () => {
    await install();
    const before = host.log.length;
    const { status, output } = await install([], NO_TOKEN);
    expect(output).toContain('1.0.0 is installed and runs; nothing was to be done');
    expect(status).toBe(0);
    expect(host.log.slice(before)).not.toMatch(/restart|enroll|useradd/);
  });

  test('upgrades; configuration and key stay, and the version before', async () => {
    await install();
    await enrolForReal();
    host.write('etc/hypervigil/agent.yaml', 'tags: { site: north }\n');
    const key = host.read(KEY);
    for (const version of ['1.1.0', '1.2.0']) {
      writeRelease(deployment.folder, { version, key: deployment.key });
      const { status, output } = await install([], NO_TOKEN);
      expect(output).toContain(`reports to ${deployment.url} with agent ${version}`);
      expect(status).toBe(0);
    }
    expect(host.read(KEY)).toBe(key);
    expect(host.read('etc/hypervigil/agent.yaml')).toBe('tags: { site: north }\n');
    expect(host.read('etc/systemd/system/hypervigil-agent.service')).toContain('1.2.0');
    const versions = host.files('opt/hypervigil-agent/versions');
    expect(versions.map((path) => path.split('/')[3])).toEqual(['1.1.0', '1.2.0']);
  });

  test.each([
    ['broken off', 'restorecon', [], null],
    ['told to start nothing', 'true', ['--no-start'], 0],
  ])('restarts what one before put in place that was %s', async (_, name, args, ended) => {
    await install();
    await enrolForReal();
    writeRelease(deployment.folder, { version: '1.1.0', key: deployment.key });
    // A release in which no unit is another.
    for (const unit of ['agent.service', 'agent-update.service', 'agent-update.timer']) {
      const text = host.read(`etc/systemd/system/hypervigil-${unit}`);
      writeFileSync(join(deployment.folder, `hypervigil-${unit}`), text);
    }
    host.program(name, '#!/bin/sh\nkill -9 $PPID\n');
    expect(await install(args, NO_TOKEN)).toMatchObject({ status: ended });
    host.program(name, '#!/bin/sh\n');
    expect(host.target('opt/hypervigil-agent/current')).toBe('versions/1.1.0');
    const before = host.log.length;
    expect(await install([], NO_TOKEN)).toMatchObject({ status: 0 });
    expect(host.log.slice(before)).toContain('restart hypervigil-agent.service');
    expect((await install([], NO_TOKEN)).output).toContain('nothing was to be done');
  });

  test('waits for an update that is at work', async () => {
    await install();
    const lock = await holdUpdateLock('');
    host.write('hypervigil-agent', 'sleep 2\nexit\n');
    const updater = spawn('/bin/sh', [join(host.root, 'hypervigil-agent'), 'update']);
    const [{ output }] = await Promise.all([install([], NO_TOKEN), once(updater, 'close')]);
    lock.close();
    expect(output).toMatch(/an update runs; waiting for it\n(.*\n)*.*nothing was to be done/);
  });

  test.each([
    ['the same name', ''],
    ['one that begins alike', '7'],
  ])('waits for nobody else who holds %s as an update does', async (_, end) => {
    await install();
    const lock = await holdUpdateLock(end);
    const { output } = await install([], NO_TOKEN);
    lock.close();
    expect(output).not.toContain('waiting for it');
    expect(output).toContain('nothing was to be done');
  });

  test('leaves updates by the timer on, even when it comes to nothing', async () => {
    await install();
    await enrolForReal();
    writeRelease(deployment.folder, { version: '1.1.0', key: deployment.key });
    writeFileSync(join(deployment.folder, `hypervigil-agent-1.1.0-${ARCH}.gz`), 'x');
    const before = host.log.length;
    expect(await install([], NO_TOKEN)).toMatchObject({ status: 1 });
    expect(host.log.slice(before)).toMatch(
      /^systemctl is-active.*\nsystemctl stop .*\.timer\n(.*\n)*systemctl start .*\.timer\n$/,
    );
    expect(host.read(AGENT)).toContain('1.0.0');
  });

  test('mends an executable that was damaged', async () => {
    await install();
    await enrolForReal();
    host.write('opt/hypervigil-agent/versions/1.0.0/hypervigil-agent', '#!/bin/sh\necho 1.0.0\n');
    expect(await install([], NO_TOKEN)).toMatchObject({ status: 0 });
    expect(host.read(AGENT)).toContain('enroll');
  });

  test('completes what broke off after the last use of the token was taken', async () => {
    const refused = await install([], byToken({ FAKE_REFUSED_TOKEN: token }));
    expect(refused).toMatchObject({ status: 1 });
    expect(refused.output).toContain('not enrolled, so nothing was started');
    const { taken } = await deployment.useUp(token);
    expect(taken).toBe(true);
    expect(await install()).toMatchObject({ status: 0 });
    expect(host.has(KEY)).toBe(true);
  });

  test('completes what broke off between the key and the configuration', async () => {
    await install(['--host', 'web-1']);
    rmSync(join(host.root, 'etc/hypervigil/agent.yaml'));
    const before = host.log.length;
    expect(await install([], NO_TOKEN)).toMatchObject({ status: 0 });
    expect(host.log.slice(before)).toMatch(
      /enroll .* --host web-1\n(.*\n)*.*restart hypervigil-agent.service/,
    );
    expect(host.has('etc/hypervigil/agent.yaml')).toBe(true);
  });

  test('gives a copied disk a key of its own, for a token', async () => {
    await install(['--host', 'web-1']);
    await enrolForReal();
    const told = await install(['--host', 'web-2'], NO_TOKEN);
    expect(told).toMatchObject({ status: 0 });
    expect(told.output).toContain('the key here is of host web-1: if this disk is a copy');
    const before = host.log.length;
    token = await deployment.newToken();
    expect(await install(['--host', 'web-2'])).toMatchObject({ status: 0 });
    expect(host.log.slice(before)).toContain('--host web-2');
    expect(host.read(KEY)).toContain(token.slice(4));
  });

  test('sends the key to no other deployment', async () => {
    await install();
    host.program('curl', '#!/bin/sh\necho curl >>"$FAKE_LOG"\nexit 7\n');
    writeRelease(deployment.folder, { version: '1.1.0', key: deployment.key });
    const args = ['--url', 'https://other.example'];
    const { status, output } = await install(args, NO_TOKEN);
    expect(output).toMatch(
      /is enrolled at http:\S+, and this script is of https:\/\/other\.example/,
    );
    expect(status).toBe(1);
    expect(host.log).not.toContain('curl');
  });

  test('completes, wherever the first one was killed', async () => {
    const script = await deployment.script();
    for (let kills = 0; kills < 8; kills++) {
      const other = new ScriptHost();
      const run = other.spawn(script, [], byToken());
      await sleep(20 + 60 * kills);
      if (run.child.pid !== undefined && run.child.exitCode === null)
        process.kill(-run.child.pid, 'SIGKILL');
      await run.ended;
      const { status, output } = await other.run(script, [], byToken());
      expect(status, output).toBe(0);
      expect(other.target('opt/hypervigil-agent/current')).toBe('versions/1.0.0');
      expect(other.files('opt/hypervigil-agent')).toEqual([
        'opt/hypervigil-agent/.lock',
        'opt/hypervigil-agent/current',
        'opt/hypervigil-agent/uninstall.sh',
        'opt/hypervigil-agent/versions/1.0.0/hypervigil-agent',
      ]);
      other.remove();
    }
  }, 60_000);
});

describe('what is not as it was signed is not installed', () => {
  test('a file that is not the one described', async () => {
    const script = await deployment.script();
    const name = `hypervigil-agent-1.0.0-${ARCH}.gz`;
    writeFileSync(join(deployment.folder, name), randomBytes(1000));
    const { status, output } = await host.run(script, [], byToken());
    expect(output).toMatch(/is not the file that the release describes \(SHA-256\)/);
    expect([status, host.has(AGENT)]).toEqual([1, false]);
  });

  test('a release that another key signed', async () => {
    const forged = newSigningKey();
    writeRelease(deployment.folder, { version: '1.0.0', key: forged });
    const pem = publicKeyOf(deployment.key);
    writeFileSync(join(deployment.folder, 'release-key.pem'), pem);
    const { status, output } = await install();
    expect(output).toMatch(/not signed by the key it should be signed by: nothing was installed/);
    expect([status, host.has(AGENT)]).toEqual([1, false]);
  });

  test('without openssl: the agent, once its hash is right, tells', async () => {
    const script = await deployment.script();
    const without = ['openssl'];
    const told = await host.run(script, [], { ...byToken({ FAKE_SIGNED: 'no' }), without });
    expect(told.output).toContain('is not signed as it should be, nothing was installed: wrong');
    expect([told.status, host.has(AGENT)]).toEqual([1, false]);
    expect(await host.run(script, [], { ...byToken(), without })).toMatchObject({ status: 0 });
    expect(host.log).toMatch(/verify update --verify \S+\/hypervigil-agent-1\.0\.0-\S+\.gz\n/);
  });

  test('a release of another key than the one that was named', async () => {
    const file = join(host.path, 'own.pem');
    writeFileSync(file, publicKeyOf(newSigningKey()));
    expect(await install(['--release-key', file])).toMatchObject({ status: 1 });
    writeFileSync(file, publicKeyOf(deployment.key));
    expect(await install(['--release-key', file])).toMatchObject({ status: 0 });
  });
});

describe('an agent whose disk reads far ahead', () => {
  const LIMITS = 'etc/systemd/system/hypervigil-agent.service.d/20-readahead.conf';
  const asking = (limits: string, status = '0') => ({
    environment: { FAKE_LIMITS: limits, FAKE_LIMITS_STATUS: status },
  });
  const TEXT = '[Service]\nMemoryHigh=72M\n';

  test('gets the room it asks for before it starts, once, and none when it asks no more', async () => {
    const { status } = await install([], byToken({ FAKE_LIMITS: TEXT }));
    expect([status, host.read(LIMITS), host.mode(LIMITS)]).toEqual([0, TEXT, 0o644]);
    expect((await install([], asking(TEXT))).output).toContain('nothing was to be done');
    for (const limits of ['', TEXT]) {
      const before = host.log.length;
      expect(await install([], asking(limits))).toMatchObject({ status: 0 });
      expect(host.log.slice(before)).toMatch(
        /daemon-reload\n(.*\n)*.*restart hypervigil-agent.service/,
      );
      expect(host.has(LIMITS)).toBe(limits !== '');
    }
  });

  test('keeps what it has when it can’t tell, and is installed all the same', async () => {
    const first = await install([], byToken({ FAKE_LIMITS_STATUS: '1' }));
    expect([first.status, host.has(LIMITS)]).toEqual([0, false]);
    await install([], asking(TEXT));
    expect(await install([], asking('', '127'))).toMatchObject({ status: 0 });
    expect(host.read(LIMITS)).toBe(TEXT);
  });

  test('leaves what an administrator has put beside it', async () => {
    const own = 'etc/systemd/system/hypervigil-agent.service.d/override.conf';
    host.write(own, '[Service]\nMemoryHigh=90M\n');
    await install([], byToken({ FAKE_LIMITS: TEXT }));
    await install([], asking(''));
    expect([host.has(LIMITS), host.has(own)]).toEqual([false, true]);
  });
});

test('it installs from a folder, without downloading', async () => {
  host.wrap('curl');
  expect(await install(['--from', deployment.folder])).toMatchObject({ status: 0 });
  expect(host.log).not.toContain('curl ');
});

test.each([
  ['install.sh uninstall', async () => deployment.script()],
  ['uninstall.sh', async () => host.read('opt/hypervigil-agent/uninstall.sh')],
])(
  '%s leaves nothing, says which key is to be revoked, and may be run again',
  async (name, script) => {
    await install([], byToken({ FAKE_LIMITS: '[Service]' }));
    const text = await script();
    const args = name === 'uninstall.sh' ? [] : ['uninstall'];
    const { status, output } = await host.run(text, args);
    expect(output).toMatch(/still knows the key of host web-1(.*\n)+.*--revoke web-1/);
    expect([status, host.files()]).toEqual([0, []]);
    expect(host.log).toMatch(/disable --quiet --now hypervigil-agent.service\n(.*\n)*userdel/);
    expect(await host.run(text, args)).toMatchObject({ status: 0 });
  },
);

test('the token alone is refused as an argument, where everyone could read it', async () => {
  const { status, output } = await install(['--token', token]);
  expect(output).toContain('use --token-file FILE');
  expect([status, host.files()]).toEqual([1, []]);
});
