import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { Deployment } from './deployment.ts';
import { allFiles, allUsers, differences } from './inventory.ts';
import { type Machine, startMachine } from './machine.ts';
import { makeTestPackages } from './packages.ts';
import { RELEASES } from './releases.ts';
import { until } from './until.ts';

const HOST = 'mail-1';
const UNIT = 'hypervigil-agent.service';
const LIMITS = `/etc/systemd/system/${UNIT}.d/20-readahead.conf`;

let folder: string;
let deployment: Deployment;
let machine: Machine;
let before: { readonly files: string; readonly users: string };

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hypervigil-packages-'));
  const first = await makeTestPackages(inject('releases'), RELEASES.first, folder);
  const second = await makeTestPackages(inject('releases'), RELEASES.second, folder);
  deployment = await Deployment.start(inject('releases'), RELEASES.first);
  machine = await startMachine(HOST);
  machine.copyIn(first.deb, '/root/first.deb');
  machine.copyIn(second.deb, '/root/second.deb');
  machine.copyIn(first.rpm, '/root/first.rpm');
  // Every system with rpm has it.
  await machine.run('mkdir /usr/share/licenses');
  before = { files: await allFiles(machine), users: await allUsers(machine) };
});

afterAll(async () => {
  await machine?.stop();
  await deployment?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** The drop-in with the room that this machine's disk asks for, if it does, and whether systemd has read it. */
async function expectLimits(): Promise<void> {
  const asked = await machine.run('hypervigil-agent service-limits');
  expect(await machine.run(`cat ${LIMITS} 2>/dev/null || :`)).toBe(asked);
  const dropIns = await machine.run(`systemctl show ${UNIT} --property DropInPaths --value`);
  expect(dropIns).toBe(asked === '' ? '' : LIMITS);
}

/** Waits until this version has posted. */
async function posts(version: string): Promise<void> {
  await until(machine, `a post of ${version}`, 60, async () => {
    const said = await machine.exec('cat /var/lib/hypervigil/posted.json');
    return said.stdout.includes(`"${version}"`) ? true : undefined;
  });
}

describe('the .deb', () => {
  test('installs an agent that waits for its key', async () => {
    const said = await machine.run('dpkg --install /root/first.deb 2>&1');
    expect(said).toContain('hypervigil-agent enroll --url URL --token-file FILE --user hypervigil');
    expect(
      await machine.run(`systemctl is-enabled ${UNIT}; systemctl is-active ${UNIT} || :`),
    ).toBe('enabled\ninactive');
    expect(await machine.exec(`systemd-analyze verify /usr/lib/systemd/system/${UNIT}`)).toEqual({
      code: 0,
      stdout: '',
      stderr: '',
    });
    await expectLimits();
  });

  test('has one that posts as soon as it has a key', async () => {
    await machine.run(
      `hypervigil-agent enroll --url ${deployment.url} --token-file - --user hypervigil
       printf 'sampleInterval: 2s\\nbatchInterval: 5s\\n' >> /etc/hypervigil/agent.yaml
       systemctl start ${UNIT}`,
      deployment.enrolmentToken,
    );
    await posts(RELEASES.first);
    expect(await deployment.query(`host_info{host="${HOST}"} == 1`)).toHaveLength(1);
  });

  test('is updated by apt, and by nothing else', async () => {
    deployment.offer(RELEASES.second);
    const update = await machine.exec('hypervigil-agent update');
    expect([update.code, update.stderr]).toEqual([1, expect.stringContaining('apt install')]);
    const install = await machine.exec(`curl -fsSL ${deployment.url}/install.sh | sh`);
    expect([install.code, install.stderr]).toEqual([1, expect.stringContaining('apt')]);
    const key = await machine.run('cat /etc/hypervigil/key /etc/hypervigil/agent.yaml');
    // As if the disk had been another one until now.
    await machine.run(`mkdir -p ${dirname(LIMITS)}; echo '[Service]' > ${LIMITS}`);
    await machine.run('dpkg --install /root/second.deb');
    await expectLimits();
    await posts(RELEASES.second);
    expect(await machine.run('cat /etc/hypervigil/key /etc/hypervigil/agent.yaml')).toBe(key);
  });

  test('leaves key and configuration when it is removed, and nothing when it is purged', async () => {
    await machine.run('dpkg --remove hypervigil-agent');
    expect(await machine.run(`pgrep hypervigil; systemctl cat ${UNIT} 2>&1 || :`)).toMatch(
      /^No files found for/,
    );
    expect(await machine.run('ls /etc/hypervigil')).toBe('agent.yaml\nkey');
    expect(await machine.exec(`ls -d ${dirname(LIMITS)}`)).toMatchObject({ code: 2 });
    await machine.run('dpkg --purge hypervigil-agent');
    expect(differences(before.users, await allUsers(machine))).toEqual([]);
    expect(differences(before.files, await allFiles(machine))).toEqual([]);
  });
});

// There is no Fedora to be had here: its rpm runs on Debian, and its other programs are not there.
describe('the .rpm', () => {
  test('installs, and its scripts run', async () => {
    const said = await machine.run('rpm --install --nodeps /root/first.rpm 2>&1');
    expect(said).toContain('hypervigil-agent enroll --url URL');
    expect(await machine.run('rpm --query --list hypervigil-agent')).toContain(
      '/usr/bin/hypervigil-agent\n/usr/lib/systemd/system/hypervigil-agent.service',
    );
    expect(await machine.run(`systemctl is-enabled ${UNIT}; hypervigil-agent --version`)).toBe(
      `enabled\n${RELEASES.first}`,
    );
    expect(await machine.run("stat -c '%U %a' /etc/hypervigil; id -un hypervigil")).toBe(
      'root 755\nhypervigil',
    );
    await expectLimits();
  });

  test('leaves what an administrator may want, and says what', async () => {
    await machine.run('install -d -o hypervigil /var/lib/hypervigil');
    const said = await machine.run('rpm --erase hypervigil-agent 2>&1');
    const [, rest = ''] = /to be rid of them: (.*)/.exec(said) ?? [];
    expect(await machine.run(`systemctl cat ${UNIT} 2>&1 || :`)).toMatch(/^No files found for/);
    await machine.run(rest);
    expect(differences(before.users, await allUsers(machine))).toEqual([]);
    expect(differences(before.files, await allFiles(machine))).toEqual([]);
  });
});
