import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { Deployment } from './deployment.ts';
import { type Machine, startMachine } from './machine.ts';
import { RELEASES } from './releases.ts';

const HOST = 'db-1';
const UNIT = 'hypervigil-agent.service';
const UPDATER = 'hypervigil-agent-update.service';

let deployment: Deployment;
let machine: Machine;

beforeAll(async () => {
  deployment = await Deployment.start(inject('releases'), RELEASES.first);
  machine = await startMachine(HOST);
  await machine.run(`umask 077; cat > /root/token`, deployment.enrolmentToken);
  const line = `curl -fsSL ${deployment.url}/install.sh | sh -s -- --token-file /root/token`;
  await machine.run(`${line} --no-start`);
  // Whether a version posts is so known within seconds.
  await machine.run(`cat >> /etc/hypervigil/agent.yaml`, 'sampleInterval: 2s\nbatchInterval: 5s\n');
  await machine.run(`systemctl enable --quiet --now ${UNIT} hypervigil-agent-update.timer`);
});

afterAll(async () => {
  await machine?.stop();
  await deployment?.stop();
});

/** The version whose file the agent's process was started from. */
async function runningVersion(): Promise<string> {
  const pid = await machine.run(`systemctl show ${UNIT} --property MainPID --value`);
  const executable = await machine.run(`readlink /proc/${pid}/exe`);
  return executable.split('/').at(-2) ?? executable;
}

/** Lets the timer's service do what it does each hour; gives what it said. */
async function updateByPolicy(): Promise<string> {
  const before = await machine.run('journalctl --no-pager --lines 0 --show-cursor');
  const cursor = before.replace(/^.*-- cursor: /s, '');
  const { code } = await machine.exec(`systemctl start ${UPDATER}`);
  await machine.run('journalctl --sync');
  // By its unit: the journal may come too late to learn the invocation of what ended at once.
  const said = await machine.run(
    `journalctl --no-pager -o cat --unit ${UPDATER} --after-cursor='${cursor}'`,
  );
  return `${code === 0 ? 'done' : 'failed'}\n${said}`;
}

test('nothing is replaced by itself unless the configuration allows it', async () => {
  deployment.offer(RELEASES.second);
  expect(await updateByPolicy()).toMatch(/^done\n.*update\.policy in the configuration is manual/s);
  expect(await runningVersion()).toBe(RELEASES.first);
  expect(await machine.run('hypervigil-agent update --check')).toBe(
    '1.1.0 is offered, 1.0.0 is in use',
  );
});

test('where it allows that, the timer’s service replaces it, within its sandbox', async () => {
  await machine.run('printf "update: {policy: auto}\\n" >> /etc/hypervigil/agent.yaml');
  expect(await updateByPolicy()).toMatch(/^done\n.*1\.1\.0 is installed in place of 1\.0\.0/s);
  expect(await runningVersion()).toBe(RELEASES.second);
  expect(await machine.run('ls /opt/hypervigil-agent/versions')).toBe('1.0.0\n1.1.0');
});

test('what was not signed, or changed since, is refused, and nothing changes', async () => {
  for (const [version, reason] of [
    [RELEASES.foreign, /signature|signed/],
    [RELEASES.tampered, /longer than the release says|has not the hash/],
  ] as const) {
    deployment.offer(version);
    const { code, stderr } = await machine.exec('hypervigil-agent update');
    expect(code, version).toBe(1);
    expect(stderr).toMatch(reason);
  }
  expect(await runningVersion()).toBe(RELEASES.second);
  expect(await machine.run('ls -A /opt/hypervigil-agent/versions')).toBe('1.0.0\n1.1.0');
});

test('one that cannot post is undone, and not tried again by policy', async () => {
  deployment.offer(RELEASES.mute);
  expect(await updateByPolicy()).toMatch(
    /^failed\n.*1\.2\.0 was undone: it did not post within 180 s.*1\.1\.0 is back, and posts/s,
  );
  expect(await runningVersion()).toBe(RELEASES.second);
  expect(await updateByPolicy()).toMatch(/^done\n.*1\.2\.0 is not tried again by policy/s);
  expect(await runningVersion()).toBe(RELEASES.second);
  const posted = await deployment.query(`hypervigil_agent_info{host="${HOST}"}`);
  expect(posted.map(({ metric }) => metric['version'])).toContain(RELEASES.second);
});
