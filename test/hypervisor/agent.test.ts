import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { BatchTap, type StoredSample } from '../testbed/batch-tap.ts';
import type { Child } from '../testbed/child.ts';
import {
  beginBackup,
  commitSnapshot,
  diskSnapshot,
  endBackup,
  slowSnapshot,
} from '../testbed/jobs.ts';
import { startAgent } from '../testbed/stack.ts';
import { TestHost } from '../testbed/test-host.ts';
import { waitFor } from '../testbed/testbed.ts';
import { ENDED, timelineOf, UNKNOWN, unmarkedEndings } from '../testbed/timeline.ts';

/*
 * What the agent really sends of VMs, case by case: the words the rules and the evaluator are made
 * for. Agents run as shipped but for their intervals, and post to a server that only keeps.
 */

const HOST = 'hv1';
const PEER = 'hv2';
/** Half of it is a sample's time limit: enough for a slow machine. */
const INTERVAL = '4s';
const SAMPLE_MS = 4000;
const SAID_WITHIN_MS = 40_000;
const VMS = ['vm1', 'vm2', 'vm3', 'vm4'] as const;
const RUNNING = /^1\/(booted|unpaused|restored|migrated)$/;

const bed = new TestHost('agent-test');
let folder: string;
let tap: BatchTap;
let agent: Child;

beforeAll(async () => {
  await bed.up(VMS.length);
  folder = await mkdtemp(join(tmpdir(), 'hypervigil-'));
  await writeFile(keyFile(), 'a-key-for-tests\n');
  tap = await BatchTap.open();
  agent = startAgent(HOST, tap.url, keyFile(), { interval: INTERVAL, sockets: bed.sockets });
  for (const vm of VMS) await said(vm, RUNNING);
});

afterAll(async () => {
  await agent?.stop();
  tap?.close();
  await bed.down();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

afterEach(() => {
  expect(unmarkedEndings(tap.points()), 'a state that ended without a marker').toEqual([]);
});

const keyFile = () => join(folder, 'key');

/** Waits for a sample that says this of the VM; with `sinceMs`, one from then on. */
function said(vm: string, what: string | RegExp, host = HOST): Promise<string> {
  const matches = (text: string) => (typeof what === 'string' ? text === what : what.test(text));
  return waitFor(`${host} says of ${vm}: ${what}`, SAID_WITHIN_MS, async () => {
    const last = timelineOf(tap.points(), host, vm).at(-1);
    return last !== undefined && matches(last) ? last : undefined;
  }).catch((error: Error) => {
    const all = timelineOf(tap.points(), host, vm).join(', ');
    throw new Error(`${error.message}; it said ${all}; ${agent.output}`);
  });
}

const since = (vm: string, sinceMs: number, host = HOST) =>
  timelineOf(tap.points(), host, vm, sinceMs);

/** So many whole samples more. */
async function samples(count: number): Promise<void> {
  const fromMs = Date.now();
  await waitFor(`${count} samples`, SAID_WITHIN_MS, async () => {
    const later = tap
      .points()
      .filter((each) => each.name === 'hypervigil_agent_info' && each.timestampMs > fromMs);
    return later.length >= count ? true : undefined;
  });
}

async function startAgain(vm: string): Promise<void> {
  await bed.command('start', vm);
  await said(vm, RUNNING);
}

describe('endings', () => {
  it.concurrent.each([
    ['shutdown', 'vm1', '5/shutdown'],
    ['destroy', 'vm2', '5/destroyed'],
    ['kill', 'vm3', '5/crashed'],
    ['panic', 'vm4', '6/panicked'],
  ] as const)('%s', async (order, vm, expected) => {
    const beganMs = Date.now();
    await bed.command(order, vm);
    await said(vm, expected);
    await startAgain(vm);
    const [before, ...after] = since(vm, beganMs);
    expect(before).toMatch(RUNNING);
    // A sample may fall into the moment in which it starts or shuts down (state 4), or in which what is left
    // of a panicked one ends.
    const settled = after.filter((line) => !/^(?:3\/starting_up|4\/)/.test(line));
    const ending = order === 'panic' ? settled.filter((line) => line !== '5/destroyed') : settled;
    expect(ending).toEqual([expected, '1/booted']);
  });

  it('undefined while it runs, then destroyed: it is ended, once', async () => {
    const beganMs = Date.now();
    await bed.virsh('undefine', 'vm2');
    await samples(2);
    expect(since('vm2', beganMs).at(-1), 'it still runs').toMatch(RUNNING);
    await bed.virsh('destroy', 'vm2');
    await said('vm2', ENDED);
    await samples(1);
    const markers = tap
      .points()
      .filter((each) => each.vm === 'vm2' && each.name === 'vm_up' && Number.isNaN(each.value));
    expect(markers).toHaveLength(1);
    await bed.virsh('define', bed.definitionOf('vm2'));
    await startAgain('vm2');
  });

  it('a crash while libvirtd was down is a crash', async () => {
    const beganMs = Date.now();
    await bed.command('stop-daemon');
    await bed.command('kill', 'vm3');
    await said('vm1', UNKNOWN);
    await bed.command('start-daemon');
    await said('vm3', '5/crashed');
    expect(since('vm3', beganMs).slice(1)).toEqual([UNKNOWN, '5/crashed']);
    await said('vm1', RUNNING);
    const [before, ...after] = since('vm1', beganMs);
    expect(after, 'of the others nothing has ended').toEqual([UNKNOWN, before]);
    await startAgain('vm3');
  });

  it('a crash is forgotten by a libvirtd that starts later', async () => {
    await bed.command('kill', 'vm3');
    await said('vm3', '5/crashed');
    await bed.command('stop-daemon');
    await said('vm3', UNKNOWN);
    await bed.command('start-daemon');
    await said('vm3', '5/unknown');
    await startAgain('vm3');
  });
});

describe('pauses', () => {
  it('suspended by an operator', async () => {
    const beganMs = Date.now();
    await bed.command('pause', 'vm1');
    await said('vm1', '3/user');
    await bed.command('resume', 'vm1');
    await said('vm1', '1/unpaused');
    expect(since('vm1', beganMs).slice(1)).toEqual(['3/user', '1/unpaused']);
  });

  it('hung', async () => {
    const beganMs = Date.now();
    await bed.command('hang', 'vm2');
    await said('vm2', '1/hung');
    await bed.command('unhang', 'vm2');
    await said('vm2', RUNNING);
    const [before, ...after] = since('vm2', beganMs);
    expect(after).toEqual(['1/hung', before]);
  });

  it('saved, and restored by the next start', async () => {
    const beganMs = Date.now();
    await bed.virsh('managedsave', 'vm4');
    await said('vm4', '5/saved');
    await bed.virsh('start', 'vm4');
    await said('vm4', '1/restored');
    // The save itself takes a second or two: a sample may fall into it.
    const told = since('vm4', beganMs).slice(1);
    expect(told.filter((text) => !/ save$|^3\/saving/.test(text))).toEqual([
      '5/saved',
      '1/restored',
    ]);
  });
});

describe('jobs', () => {
  let beganMs: number;
  beforeAll(() => {
    beganMs = Date.now();
  });

  it('a backup', async () => {
    const fromMs = Date.now();
    await beginBackup(bed, 'vm1');
    const during = await said('vm1', / backup$/);
    await samples(2);
    await endBackup(bed, 'vm1');
    await said('vm1', RUNNING);
    const [before, ...after] = since('vm1', fromMs);
    expect(after).toEqual([during, before]);
    expect(during).toBe(`${before} backup`);
  });

  it('a VM that hangs while it is backed up: both are told', async () => {
    await beginBackup(bed, 'vm1');
    await said('vm1', / backup$/);
    await bed.command('hang', 'vm1');
    await said('vm1', '1/hung backup');
    await bed.command('unhang', 'vm1');
    await said('vm1', /^1\/\w+(?<!hung) backup$/);
    await endBackup(bed, 'vm1');
    await said('vm1', RUNNING);
  });

  it('a snapshot with memory pauses the VM for the snapshot', async () => {
    const fromMs = Date.now();
    const snapshot = slowSnapshot(bed, 'vm2', 4 * SAMPLE_MS, false);
    await said('vm2', '3/creating_snapshot snapshot');
    await snapshot;
    await said('vm2', '1/unpaused');
    expect(since('vm2', fromMs).slice(1)).toEqual(['3/creating_snapshot snapshot', '1/unpaused']);
    await commitSnapshot(bed, 'vm2');
  });

  it('a live one does not', async () => {
    const snapshot = slowSnapshot(bed, 'vm2', 3 * SAMPLE_MS, true);
    await said('vm2', '1/unpaused snapshot');
    await snapshot;
    await said('vm2', RUNNING);
    await commitSnapshot(bed, 'vm2');
  });

  it('a snapshot of the disk alone is over at once, and its commit is no job', async () => {
    const fromMs = Date.now();
    await diskSnapshot(bed, 'vm3');
    await samples(1);
    await commitSnapshot(bed, 'vm3');
    await samples(1);
    expect(since('vm3', fromMs)).toHaveLength(1);
  });

  it('cost the other VMs no number', () => {
    const instants = timesOf(({ name }) => name === 'hypervigil_agent_info');
    const measured = timesOf(({ name, vm }) => name === 'vm_memory_resident_bytes' && vm === 'vm4');
    const during = (timestampMs: number) => timestampMs >= beganMs;
    expect(measured.filter(during)).toEqual(instants.filter(during));
  });
});

function timesOf(wanted: (sample: StoredSample) => boolean): readonly number[] {
  return tap
    .samples()
    .filter((sample) => sample.host === HOST && wanted(sample))
    .map(({ timestampMs }) => timestampMs)
    .toSorted((a, b) => a - b);
}

describe('a live migration', () => {
  let peerAgent: Child;

  beforeAll(async () => {
    await bed.command('peer-up');
    const options = { interval: INTERVAL, sockets: bed.peerSockets };
    peerAgent = startAgent(PEER, tap.url, keyFile(), options);
    await waitFor('a sample of the peer', SAID_WITHIN_MS, async () => {
      if (peerAgent.hasEnded) throw new Error(`the agent has ended: ${peerAgent.output}`);
      return tap.points().find(({ host }) => host === PEER);
    });
  });
  afterAll(() => peerAgent?.stop());

  it('both hosts tell of it: one that it leaves, the other that it comes', async () => {
    const beganMs = Date.now();
    await bed.command('migrate', 'vm1', '8');
    await said('vm1', '1/migrated', PEER);
    await said('vm1', ENDED);
    const [before, ...after] = since('vm1', beganMs);
    expect(after).toEqual([`${before} migration_out`, ENDED]);
    expect(timelineOf(tap.points(), PEER, 'vm1')).toEqual([
      '3/migrating migration_in',
      '1/migrated',
    ]);
  });

  it('back, and the host that it left keeps it as shut off', async () => {
    const beganMs = Date.now();
    await bed.command('migrate-back', 'vm1', '8', 'keep');
    await said('vm1', '1/migrated');
    await said('vm1', '5/migrated', PEER);
    expect(since('vm1', beganMs).slice(1)).toEqual(['3/migrating migration_in', '1/migrated']);
    expect(since('vm1', beganMs, PEER).slice(1)).toEqual([
      '1/migrated migration_out',
      '5/migrated',
    ]);
  });

  it('given up: it stays where it was, and ends where it was to go', async () => {
    const beganMs = Date.now();
    const migration = bed.command('migrate', 'vm4', '4');
    await said('vm4', / migration_out$/);
    await said('vm4', '3/migrating migration_in', PEER);
    await bed.virsh('domjobabort', 'vm4');
    await expect(migration).rejects.toThrow(/canceled|cancelled|abort/i);
    await said('vm4', RUNNING);
    await said('vm4', ENDED, PEER);
    const [before, ...after] = since('vm4', beganMs);
    expect(after).toEqual([`${before} migration_out`, before]);
  });
});

describe('the agent', () => {
  it('says that it is stopped, ends no series, and goes on after a restart', async () => {
    const beganMs = Date.now();
    await agent.stop();
    const newest = tap
      .points()
      .filter(({ host }) => host === HOST)
      .toSorted((a, b) => b.timestampMs - a.timestampMs)[0];
    expect(newest).toMatchObject({ name: 'hypervigil_agent_stopped', reason: 'stopped', value: 1 });
    expect(newest?.timestampMs).toBeGreaterThanOrEqual(beganMs);
    const markers = tap
      .points()
      .filter((each) => each.timestampMs >= beganMs && Number.isNaN(each.value));
    expect(markers).toEqual([]);
    agent = startAgent(HOST, tap.url, keyFile(), { interval: INTERVAL, sockets: bed.sockets });
    await samples(2);
    expect(since('vm2', beganMs)).toHaveLength(1);
    expect(since('vm2', beganMs)[0]).toMatch(RUNNING);
  });
});
