import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MINUTE_MS, phaseMs } from '../../core/host-minute.ts';
import { BatchTap, type StoredSample } from '../testbed/batch-tap.ts';
import type { Child } from '../testbed/child.ts';
import { type SentAlert, type SentMessage, StackUnderTest, startAgent } from '../testbed/stack.ts';
import { command, down, up, waitFor } from '../testbed/testbed.ts';

/*
 * The whole path on real VMs, with the intervals and rules as shipped: a sample every 10 s, a post
 * every 60 s, a tick each minute. The tests run side by side, each with a VM of its own.
 */

const SAMPLE_INTERVAL_MS = 10_000;
/** Its minute ends 5 s past the full one, so a tick follows each post within seconds: less to wait. */
const HOST = 'hv11';
const TICK_AFTER_POST_MS = (MINUTE_MS + SAMPLE_INTERVAL_MS - phaseMs(HOST)) % MINUTE_MS;
const CRASHING = 'vm1';
const SHUT_DOWN = 'vm2';
const HANGING = 'vm3';
const STEADY = 'vm4';

/** A crash waits for none of these; the other half is for a machine that is slow. */
const CRASH_WITHIN_S = 20;
/** A sample, the rest of its minute, a tick, and some more where the machine is slow. */
const NOTICED_WITHIN_MS = SAMPLE_INTERVAL_MS + 2 * MINUTE_MS + 30_000;
/** Silent for 20 s at most until it counts as hung, then for a minute of ticks. */
const HUNG_WITHIN_MS = NOTICED_WITHIN_MS + 2 * SAMPLE_INTERVAL_MS + MINUTE_MS;
const TEST_TIMEOUT_MS = 9 * 60_000;

let folder: string;
let stack: StackUnderTest;
let tap: BatchTap;
let agent: Child;

beforeAll(async () => {
  await up(4);
  folder = await mkdtemp(join(tmpdir(), 'hypervigil-'));
  stack = await StackUnderTest.start(join(folder, 'data'), [HOST]);
  tap = await BatchTap.open(stack.url);
  agent = startAgent(HOST, tap.url, stack.keyFileOf(HOST));
  await waitFor('numbers of all VMs', NOTICED_WITHIN_MS, async () => {
    if (agent.hasEnded) throw new Error(`the agent has ended: ${agent.output}`);
    const vms = new Set(samplesOf('vm_cpu_usage_percent').map(({ vm }) => vm));
    return vms.size === 4 ? true : undefined;
  });
});

afterAll(async () => {
  await agent?.stop();
  tap?.close();
  await stack?.stop();
  await down();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

function samplesOf(name: string, vm?: string): StoredSample[] {
  return tap.samples().filter((each) => each.name === name && (vm === undefined || each.vm === vm));
}

function statesOf(vm: string, reason: string): StoredSample[] {
  return samplesOf('vm_state', vm).filter((sample) => sample.reason === reason);
}

async function messagesAbout(vm: string): Promise<SentMessage[]> {
  const all = await stack.messages();
  return all.filter(({ alerts }) => alerts.some(({ labels }) => labels['vm'] === vm));
}

function labelsIn({ alerts }: SentMessage): readonly SentAlert['labels'][] {
  return alerts.map(({ labels }) => labels);
}

/** The first message of that status about the VM. */
function message(
  vm: string,
  status: SentMessage['status'],
  withinMs: number,
): Promise<SentMessage> {
  return waitFor(`${status} of ${vm}`, withinMs, async () =>
    (await messagesAbout(vm)).find((each) => each.status === status),
  );
}

describe.concurrent('a message is sent', () => {
  it('when a VM is killed, and when it runs again', { timeout: TEST_TIMEOUT_MS }, async () => {
    const killedMs = Date.now();
    await command('kill', CRASHING);
    const firing = await message(CRASHING, 'firing', NOTICED_WITHIN_MS);
    const seconds = (firing.publishedAtMs - killedMs) / 1000;
    console.info(
      `kill to message: ${seconds.toFixed(1)} s (sample 10 s, post 60 s, tick 60 s; each post ${TICK_AFTER_POST_MS / 1000} s before a tick)`,
    );
    expect(seconds).toBeLessThan(CRASH_WITHIN_S);
    expect(firing.alerts).toEqual([
      {
        status: 'firing',
        labels: expect.objectContaining({
          alertname: 'VmDown',
          vm: CRASHING,
          host: HOST,
          condition: 'crashed',
          severity: 'critical',
        }),
      },
    ]);
    for (const text of [firing.subject, firing.email, firing.sms]) {
      expect(text).toContain(`VM ${CRASHING} on ${HOST} is down: crashed`);
    }

    await command('start', CRASHING);
    const resolved = await message(CRASHING, 'resolved', NOTICED_WITHIN_MS);
    expect(labelsIn(resolved)).toEqual(labelsIn(firing));
    expect(resolved.subject).toMatch(/^\[RESOLVED\] /);
  });

  it('not when a guest shuts down', { timeout: TEST_TIMEOUT_MS }, async () => {
    await command('shutdown', SHUT_DOWN);
    await waitFor('the shutdown is stored', NOTICED_WITHIN_MS, async () =>
      statesOf(SHUT_DOWN, 'shutdown').at(0),
    );
    // That nobody was told is looked at when the others have been, minutes later.
  });

  it('when a VM hangs', { timeout: TEST_TIMEOUT_MS }, async () => {
    await command('hang', HANGING);
    const firing = await message(HANGING, 'firing', HUNG_WITHIN_MS);
    expect(labelsIn(firing)).toEqual([
      expect.objectContaining({ alertname: 'VmHung', vm: HANGING, host: HOST }),
    ]);
    expect(firing.subject).toContain(`VM ${HANGING} on ${HOST} is hung`);
  });
});

describe('meanwhile', () => {
  it('nobody was told anything else', async () => {
    for (const [vm, expected] of [
      [CRASHING, ['VmDown firing', 'VmDown resolved']],
      [SHUT_DOWN, []],
      [HANGING, ['VmHung firing']],
      [STEADY, []],
    ] as const) {
      const told = await messagesAbout(vm);
      const texts = told.map(({ alerts, status }) => `${alerts[0]?.labels['alertname']} ${status}`);
      expect(texts, vm).toEqual(expected);
    }
  });

  it('a VM that did not hang lost no number', () => {
    const hung = statesOf(HANGING, 'hung');
    expect(hung.length, 'samples of the hung VM').toBeGreaterThan(3);
    const instants = samplesOf('hypervigil_agent_info').map(({ timestampMs }) => timestampMs);
    for (const name of [
      'vm_cpu_usage_percent',
      'vm_memory_usage_percent',
      'vm_disk_write_bytes_per_second',
      'vm_network_receive_bytes_per_second',
    ]) {
      const seen = samplesOf(name, STEADY).map(({ timestampMs }) => timestampMs);
      const first = seen[0] ?? Number.NaN;
      expect(seen, name).toEqual(instants.filter((instant) => instant >= first));
    }
  });

  it('the hung one had a state and no old numbers', () => {
    const hungMs = new Set(statesOf(HANGING, 'hung').map(({ timestampMs }) => timestampMs));
    const others = tap
      .samples()
      .filter(({ vm, timestampMs }) => vm === HANGING && hungMs.has(timestampMs));
    expect(new Set(others.map(({ name }) => name))).toEqual(
      new Set(['vm_up', 'vm_info', 'vm_state']),
    );
  });
});
