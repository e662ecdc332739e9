import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BatchTap } from '../testbed/batch-tap.ts';
import type { Child } from '../testbed/child.ts';
import { beginBackup, commitSnapshot, endBackup, slowSnapshot } from '../testbed/jobs.ts';
import { type SentAlert, StackUnderTest, startAgent } from '../testbed/stack.ts';
import { TestHost } from '../testbed/test-host.ts';
import { processOf, waitFor } from '../testbed/testbed.ts';
import { ENDED, timelineOf, UNKNOWN } from '../testbed/timeline.ts';
import { changes, firingAlert, firstMessage, type Wanted } from '../testbed/told.ts';

/*
 * What people are told of things that happen to real VMs and hosts, by the rules and the routing that
 * ship. Agents sample and post every 4 s, ticks come every 5 s; all other times are the real ones.
 * The stories run side by side in one stack, each with a VM or a host of its own.
 */

const INTERVAL = '4s';
const TICK_MS = 5000;
/** Many VMs; a host that VMs move to; one without libvirt. */
const HOST = 'hv1';
const PEER = 'hv2';
const BARE = 'hv3';
const CRASHING = 'vm1';
const DESTROYED = 'vm2';
const SHUT_DOWN = 'vm3';
const VANISHING = 'vm4';
const HANGING = 'vm5';
const PAUSED = 'vm6';
const MOVED_TO_CRASH = 'vm7';
const WORKED_ON = 'vm8';
const MOVED = 'vm9';
const VM_COUNT = 9;

/** "Nobody was told" is looked at after so many ticks more: half a minute. */
const QUIET_TICKS = 6;
/** A sample, a post, a tick, on a slow machine. */
const SEEN_WITHIN_MS = 40_000;
/** What joins a group that was told of before waits for a minute. */
const TOLD_WITHIN_MS = 60_000 + SEEN_WITHIN_MS;
/** Silent for 50 s with such an interval. */
const DARK_WITHIN_MS = 50_000 + SEEN_WITHIN_MS;
const VANISHED_WITHIN_MS = 120_000 + TOLD_WITHIN_MS;
const TIMEOUT = { timeout: 280_000 };

/** Fires about a VM that is well, to see what becomes of an alert whose data are lost. */
const OWN_RULES = `
groups:
  - name: test
    rules:
      - alert: VmRuns
        expr: max_over_time(vm_up{vm="${MOVED}"}[1m]) == 1
        labels: { severity: warning }
        annotations: { summary: "VM {{ $labels.vm }} runs on {{ $labels.host }}" }
`;

const bed = new TestHost('messages-test');
let folder: string;
let stack: StackUnderTest;
let tap: BatchTap;
const agents = new Map<string, Child>();
/** What must not be disturbed by a restart of libvirtd is over. */
const jobs = Promise.withResolvers<void>();
const moves = Promise.withResolvers<void>();
const hang = Promise.withResolvers<void>();
/** libvirtd and the agent of the first host have been. */
const restarted = Promise.withResolvers<void>();

beforeAll(async () => {
  await bed.up(VM_COUNT);
  folder = await mkdtemp(join(tmpdir(), 'hypervigil-'));
  const rulesPath = join(folder, 'rules');
  await cp(fileURLToPath(new URL('../../rules', import.meta.url)), rulesPath, { recursive: true });
  await writeFile(join(rulesPath, 'test.rules.yaml'), OWN_RULES);
  await mkdir(join(folder, 'no-libvirt'));
  const options = { rulesPath, tick: `${TICK_MS}ms` };
  stack = await StackUnderTest.start(join(folder, 'data'), [HOST, PEER, BARE], options);
  tap = await BatchTap.open(stack.url);
  await bed.command('peer-up');
  for (const host of [HOST, PEER, BARE]) start(host);
  for (const host of [HOST, PEER, BARE]) await sent('hypervigil_agent_info', host, 0);
  for (let i = 1; i <= VM_COUNT; i++) await said(HOST, `vm${i}`, '1/booted');
  await ticks(1);
});

afterAll(async () => {
  for (const agent of agents.values()) await agent.stop();
  tap?.close();
  await stack?.stop();
  await bed.down();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

function start(host: string): void {
  const bare = join(folder, 'no-libvirt');
  const sockets = { [HOST]: bed.sockets, [PEER]: bed.peerSockets, [BARE]: bare }[host];
  if (sockets === undefined) throw new Error(`no sockets of ${host}`);
  const options = { interval: INTERVAL, sockets };
  agents.set(host, startAgent(host, tap.url, stack.keyFileOf(host), options));
}

function agentOf(host: string): Child {
  const agent = agents.get(host);
  if (agent === undefined) throw new Error(`no agent of ${host}`);
  return agent;
}

/** Waits until the host's agent says this of the VM, and the stack has it. */
function said(host: string, vm: string, what: string): Promise<unknown> {
  return probed(`${host} says of ${vm}: ${what}`, () =>
    timelineOf(tap.points(), host, vm).at(-1) === what ? true : undefined,
  );
}

/** Waits for a number of that name. */
function sent(name: string, host: string, sinceMs: number): Promise<unknown> {
  return probed(`${name} of ${host}`, () =>
    tap
      .samples()
      .find((one) => one.name === name && one.host === host && one.timestampMs >= sinceMs),
  );
}

function probed<T>(what: string, probe: () => T | undefined): Promise<T> {
  return waitFor(what, SEEN_WITHIN_MS, async () => probe()).catch((error: Error) => {
    const outputs = [...agents].map(([host, { output }]) => `${host} logs: ${output}`);
    throw new Error([error.message, ...outputs].join('\n'));
  });
}

async function ticks(count: number): Promise<void> {
  const fromMs = Date.now();
  await waitFor(`${count} ticks`, SEEN_WITHIN_MS + count * TICK_MS, async () => {
    const lastMs = Date.parse((await alertNamed('Watchdog', {}))?.updatedAt ?? '');
    return lastMs >= fromMs + count * TICK_MS ? true : undefined;
  });
}

const alertNamed = (alertname: string, whose: Wanted) => firingAlert(stack, alertname, whose);

const message = (
  alertname: string,
  whose: Wanted,
  status: SentAlert['status'],
  withinMs = TOLD_WITHIN_MS,
) => firstMessage(stack, { ...whose, alertname }, status, withinMs);

async function toldOf(whose: string): Promise<string[]> {
  return changes(await stack.messages()).filter((line) => line.split(' ')[1] === whose);
}

/** It forgets why a VM is off. */
async function restartLibvirtd(): Promise<void> {
  await bed.command('stop-daemon');
  await said(HOST, CRASHING, UNKNOWN);
  await bed.command('start-daemon');
  await said(HOST, CRASHING, '5/unknown');
}

async function restartAgent(): Promise<void> {
  const stoppedMs = Date.now();
  await agentOf(HOST).stop();
  await sent('hypervigil_agent_stopped', HOST, stoppedMs);
  await ticks(1);
  const startedMs = Date.now();
  start(HOST);
  await sent('vm_up', HOST, startedMs);
  await said(HOST, HANGING, '1/hung');
}

describe.concurrent('a VM that', () => {
  it('is undefined while it runs and then destroyed has vanished', TIMEOUT, async () => {
    await bed.virsh('undefine', VANISHING);
    // An agent that sees it as destroyed, before it is gone, sees an operator at work.
    await agentOf(HOST).blindTo(() => bed.virsh('destroy', VANISHING));
    const { email } = await message('VmDown', { vm: VANISHING }, 'firing', VANISHED_WITHIN_MS);
    expect(email).toContain(`VM ${VANISHING} on ${HOST} is down: vanished`);
  });

  it('hangs is told of, and when it goes on', TIMEOUT, async () => {
    await bed.command('hang', HANGING);
    const firing = await message('VmHung', { vm: HANGING }, 'firing').finally(hang.resolve);
    expect(firing.subject).toBe(`[FIRING:1] VmHung: VM ${HANGING} on ${HOST} is hung`);
    await restarted.promise;
    expect(await toldOf(HANGING), 'libvirtd and the agent were restarted').toHaveLength(1);
    await bed.command('unhang', HANGING);
    const resolved = await message('VmHung', { vm: HANGING }, 'resolved');
    expect(resolved.subject).toMatch(/^\[RESOLVED\] VmHung/);
  });

  it('crashes is told of once, though libvirtd and the agent are restarted', TIMEOUT, async () => {
    try {
      await bed.command('kill', CRASHING);
      const firing = await message('VmDown', { vm: CRASHING }, 'firing');
      for (const text of [firing.subject, firing.email, firing.sms]) {
        expect(text).toContain(`VM ${CRASHING} on ${HOST} is down: crashed`);
      }
      await Promise.all([jobs.promise, moves.promise, hang.promise]);
      const before = await alertNamed('VmDown', { vm: CRASHING });
      await restartLibvirtd();
      await restartAgent();
      await ticks(2);
      expect((await alertNamed('VmDown', { vm: CRASHING }))?.startsAt).toBe(before?.startsAt);
      expect(await toldOf(CRASHING)).toEqual([`VmDown ${CRASHING} firing`]);
    } finally {
      restarted.resolve();
    }
    await bed.command('start', CRASHING);
    await message('VmDown', { vm: CRASHING }, 'resolved');
  });

  it('is destroyed by an operator, and undefined, is no news', TIMEOUT, async () => {
    await bed.command('destroy', DESTROYED);
    await said(HOST, DESTROYED, '5/destroyed');
    await bed.virsh('undefine', DESTROYED);
    await said(HOST, DESTROYED, ENDED);
    await ticks(QUIET_TICKS);
    expect(await toldOf(DESTROYED)).toEqual([]);
  });

  it('its guest shuts down is no news', TIMEOUT, async () => {
    await bed.command('shutdown', SHUT_DOWN);
    await said(HOST, SHUT_DOWN, '5/shutdown');
    await ticks(QUIET_TICKS);
    expect(await toldOf(SHUT_DOWN)).toEqual([]);
  });

  it('is paused is no news for a quarter of an hour', TIMEOUT, async () => {
    await bed.command('pause', PAUSED);
    await said(HOST, PAUSED, '3/user');
    await ticks(QUIET_TICKS);
    expect(await toldOf(PAUSED)).toEqual([]);
  });

  it('is backed up and snapshotted is no news', TIMEOUT, async () => {
    try {
      await beginBackup(bed, WORKED_ON);
      await said(HOST, WORKED_ON, '1/booted backup');
      await ticks(1);
      await endBackup(bed, WORKED_ON);
      const snapshot = slowSnapshot(bed, WORKED_ON, 4 * TICK_MS, false);
      await said(HOST, WORKED_ON, '3/creating_snapshot snapshot');
      await snapshot;
      await commitSnapshot(bed, WORKED_ON);
    } finally {
      jobs.resolve();
    }
    await ticks(QUIET_TICKS);
    expect(await toldOf(WORKED_ON)).toEqual([]);
  });
});

describe.concurrent('a host that', () => {
  it('is silent in maintenance is no news', TIMEOUT, async () => {
    const nowMs = Date.now();
    const silence = {
      matchers: [{ name: 'host', value: BARE, isRegex: false, isEqual: true }],
      startsAt: new Date(nowMs).toISOString(),
      endsAt: new Date(nowMs + 3_600_000).toISOString(),
      createdBy: 'the test',
      comment: 'new memory',
    };
    await stack.ask('/api/v2/silences', { method: 'POST', body: JSON.stringify(silence) });
    await agentOf(BARE).kill();
    // Where it is asked for, `up` stands on whole minutes.
    await waitFor(`${BARE} is silent`, DARK_WITHIN_MS + 60_000, async () =>
      (await stack.count(`up{host="${BARE}"} == 0`)) > 0 ? true : undefined,
    );
    await ticks(QUIET_TICKS);
    expect(await toldOf(BARE)).toEqual([]);
  });

  it('takes VMs over by live migration, then is cut off, then is back', TIMEOUT, async () => {
    const firing = await message('VmRuns', { vm: MOVED }, 'firing');
    expect(firing.subject).toContain(`VM ${MOVED} runs on ${HOST}`);
    try {
      await bed.command('migrate', MOVED_TO_CRASH, '64');
      await bed.command('migrate', MOVED, '64');
    } finally {
      moves.resolve();
    }
    for (const vm of [MOVED_TO_CRASH, MOVED]) {
      await said(PEER, vm, '1/migrated');
      await said(HOST, vm, ENDED);
    }
    await ticks(2);
    expect(await toldOf(MOVED_TO_CRASH)).toEqual([]);
    expect(await toldOf(MOVED)).toEqual([`VmRuns ${MOVED} firing`]);
    process.kill(await processOf(MOVED_TO_CRASH, bed.peerSockets), 'SIGKILL');
    const crashed = await message('VmDown', { vm: MOVED_TO_CRASH, host: PEER }, 'firing');
    expect(crashed.email).toContain(`VM ${MOVED_TO_CRASH} on ${PEER} is down: crashed`);

    const ended = await alertNamed('VmDown', { vm: MOVED_TO_CRASH, host: PEER });
    await agentOf(PEER).kill();
    const dark = await message('HostDown', { host: PEER }, 'firing');
    expect(dark.subject).toContain(`Host ${PEER} is dark, 2 VMs on it`);
    for (const vm of [MOVED, MOVED_TO_CRASH]) expect(dark.email).toMatch(new RegExp(`\\b${vm}\\b`));
    const lost = await waitFor('an alert without data', SEEN_WITHIN_MS, async () => {
      const alert = await alertNamed('VmRuns', { vm: MOVED, host: PEER });
      expect(alert, 'it has not ended').toBeDefined();
      return alert?.noDataSince === undefined ? undefined : alert;
    });
    expect(Date.parse(lost.noDataSince ?? ''), 'last heard').toBeLessThan(dark.publishedAtMs);
    const still = await alertNamed('VmDown', { vm: MOVED_TO_CRASH, host: PEER });
    expect(still?.startsAt, 'what it ended by is not forgotten').toBe(ended?.startsAt);
    start(PEER);
    await message('HostDown', { host: PEER }, 'resolved');
    const heard = await alertNamed('VmRuns', { vm: MOVED, host: PEER });
    expect(heard).toMatchObject({ startsAt: lost.startsAt });
    expect(heard).not.toHaveProperty('noDataSince');
  });
});

describe('in all', () => {
  it('each change was told once, and nothing else', async () => {
    const messages = await stack.messages();
    expect(changes(messages).sort()).toEqual([
      `HostDown ${PEER} firing`,
      `HostDown ${PEER} resolved`,
      `VmDown ${CRASHING} firing`,
      `VmDown ${CRASHING} resolved`,
      `VmDown ${VANISHING} firing`,
      `VmDown ${MOVED_TO_CRASH} firing`,
      `VmHung ${HANGING} firing`,
      `VmHung ${HANGING} resolved`,
      `VmRuns ${MOVED} firing`,
    ]);
    const known = messages.map((_, i) => changes(messages.slice(0, i + 1)).length);
    expect(new Set(known).size, 'messages that tell something new').toBe(messages.length);
  });
});
