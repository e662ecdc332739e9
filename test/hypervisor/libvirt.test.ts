import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as v from 'valibot';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Collector, MeasuredName, Measurement } from '../../agent/collectors/collector.ts';
import { createLibvirtCollector } from '../../agent/collectors/libvirt.ts';
import { command, down, processOf, up, waitFor } from '../testbed/testbed.ts';

/** What the collector says, of the VMs of the testbed only. */
interface Sample {
  value(vm: string, name: MeasuredName): number | undefined;
  /** "1 booted": the number of the state and its reason. */
  state(vm: string): string;
  names(vm: string): string[];
  readonly tookMs: number;
}

const STATE_ONLY = ['vm_up', 'vm_info', 'vm_state'];
/** All but the latency, which needs requests, and the backing device, which needs one. */
const FULL_COUNT = 20;
const WINDOW_MS = 4000;
/** What a sampler gives it by default. */
const SAMPLE_WITHIN_MS = 5000;
/** A VM counts as hung when it has been silent for some seconds. */
const HUNG_WITHIN_MS = 20_000;
const CLOCK_TICKS_PER_SECOND = 100;
const NOBODY = 65534;

let collector: Collector;

beforeAll(async () => {
  await up(3);
  // libvirtd's first answer after its start takes 4 s and more on a busy machine; until it has come,
  // samples lack numbers, as they should. What is tested here begins after it.
  collector = newCollector();
  await waitFor('all numbers of three VMs', 60_000, async () => {
    const now = await sample();
    return ['vm1', 'vm2', 'vm3'].every((vm) => now.names(vm).length >= FULL_COUNT) || undefined;
  });
  await collector.close?.();
});
afterAll(() => down());
beforeEach(() => {
  collector = newCollector();
});
afterEach(() => collector.close?.());

function newCollector(): Collector {
  return createLibvirtCollector({ monotonicMs: () => performance.now() });
}

async function sample(): Promise<Sample> {
  const startMs = performance.now();
  const all = await collector.collect({ nowMs: Date.now(), withinMs: SAMPLE_WITHIN_MS });
  if (all === 'absent') throw new Error('libvirt is absent');
  const of = (vm: string): Measurement[] => all.filter(({ labels }) => labels['vm'] === vm);
  const find = (vm: string, name: string) => of(vm).find((m) => m.name === name);
  return {
    value: (vm, name) => find(vm, name)?.value,
    state: (vm) => {
      const state = find(vm, 'vm_state');
      return `${state?.value} ${state?.labels['reason']}`;
    },
    names: (vm) => of(vm).map(({ name }) => name),
    tookMs: performance.now() - startMs,
  };
}

/**
 * A sample, and between what its rate of a counter must lie if it is true: the counter is read just
 * before and after both samples a rate is made of, so this holds however busy the machine is.
 */
async function bracketed(
  counter: () => Promise<number>,
): Promise<{ sample: Sample; leastPerSecond: number; mostPerSecond: number }> {
  const outer = { from: await counter(), fromMs: performance.now() };
  await sample();
  const inner = { from: await counter(), fromMs: performance.now() };
  await sleep(WINDOW_MS);
  const innerMs = performance.now() - inner.fromMs;
  const innerGrowth = (await counter()) - inner.from;
  const last = await sample();
  const outerMs = performance.now() - outer.fromMs;
  const outerGrowth = (await counter()) - outer.from;
  return {
    sample: last,
    leastPerSecond: (innerGrowth / outerMs) * 1000,
    mostPerSecond: (outerGrowth / innerMs) * 1000,
  };
}

async function cpuSecondsOf(vm: string): Promise<number> {
  const stat = await readFile(`/proc/${await processOf(vm)}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS_PER_SECOND;
}

/** Bytes its process passed to read and write: what the guest's disk takes, and little else. */
async function ioBytesOf(vm: string): Promise<number> {
  const io = await readFile(`/proc/${await processOf(vm)}/io`, 'utf8');
  const field = (name: string) => Number(new RegExp(`${name}: (\\d+)`).exec(io)?.[1]);
  return field('rchar') + field('wchar');
}

function expectFull(now: Sample, vm: string): void {
  expect(now.value(vm, 'vm_up'), vm).toBe(1);
  expect(now.names(vm).length, `${vm}: ${now.names(vm)}`).toBeGreaterThanOrEqual(FULL_COUNT);
}

describe('numbers', () => {
  it('idle VMs have all their numbers, and use little', async () => {
    await sample();
    await sleep(WINDOW_MS);
    const now = await sample();
    for (const vm of ['vm1', 'vm2', 'vm3']) {
      expectFull(now, vm);
      expect(now.state(vm)).toBe('1 booted');
      expect(now.value(vm, 'vm_cpu_usage_percent')).toBeLessThan(20);
      // 128 MiB, less what the guest's kernel keeps for itself.
      expect(now.value(vm, 'vm_memory_total_bytes')).toBeGreaterThan(80 << 20);
      expect(now.value(vm, 'vm_memory_total_bytes')).toBeLessThan(128 << 20);
      expect(now.value(vm, 'vm_memory_usage_percent')).toBeLessThan(50);
      expect(now.value(vm, 'vm_memory_resident_bytes')).toBeGreaterThan(100 << 20);
      expect(now.value(vm, 'vm_disk_write_bytes_per_second')).toBe(0);
    }
  });

  it('a VM that computes uses its vCPU, as its process does', async () => {
    await command('load', 'vm1', 'cpu');
    const { sample: now, ...process } = await bracketed(() => cpuSecondsOf('vm1'));
    await command('load', 'vm1', 'none');
    const usage = now.value('vm1', 'vm_cpu_usage_percent') ?? 0;
    // A tick of the process' clock is 10 ms: some 0.3 % of the window.
    expect(usage).toBeGreaterThan(process.leastPerSecond * 100 - 2);
    expect(usage).toBeLessThan(process.mostPerSecond * 100 + 2);
    // What it did not get, others on this host did.
    expect(usage + (now.value('vm1', 'vm_cpu_steal_percent') ?? 0)).toBeGreaterThan(85);
    expect(now.value('vm2', 'vm_cpu_usage_percent')).toBeLessThan(20);
  });

  it('memory filled inside the guest is memory in use', async () => {
    const before = (await sample()).value('vm1', 'vm_memory_used_bytes') ?? 0;
    await command('load', 'vm1', 'mem');
    const filledBytes = 48 << 20;
    const now = await waitFor('48 MiB more in use', 30_000, async () => {
      const latest = await sample();
      const used = latest.value('vm1', 'vm_memory_used_bytes') ?? 0;
      return used - before > 0.9 * filledBytes ? latest : undefined;
    });
    expect(now.value('vm1', 'vm_memory_usage_percent')).toBeGreaterThan(60);
    await command('load', 'vm1', 'none');
  });

  it('disk throughput is what its process reads and writes', async () => {
    await command('load', 'vm2', 'disk');
    const { sample: now, ...process } = await bracketed(() => ioBytesOf('vm2'));
    await command('load', 'vm2', 'none');
    const read = now.value('vm2', 'vm_disk_read_bytes_per_second') ?? 0;
    const written = now.value('vm2', 'vm_disk_write_bytes_per_second') ?? 0;
    // The process also reads and writes a little for its console and its monitor.
    expect(read + written).toBeGreaterThan(process.leastPerSecond * 0.95);
    expect(read + written).toBeLessThan(process.mostPerSecond * 1.05);
    // The load moves 64 KiB with each request.
    const reads = now.value('vm2', 'vm_disk_read_operations_per_second') ?? 0;
    expect(read / reads / (64 << 10)).toBeCloseTo(1, 1);
    expect(now.value('vm2', 'vm_disk_latency_seconds')).toBeGreaterThan(0);
    expect(now.value('vm2', 'vm_disk_requests_in_flight')).toBeGreaterThan(0);
  });

  it('network traffic is seen from the guest', async () => {
    await command('load', 'vm2', 'net');
    await sample();
    await sleep(WINDOW_MS);
    const now = await sample();
    await command('load', 'vm2', 'none');
    // Each ping of 1442 bytes on the wire is answered by one.
    const sent = now.value('vm2', 'vm_network_transmit_bytes_per_second') ?? 0;
    const packets = now.value('vm2', 'vm_network_transmit_packets_per_second') ?? 0;
    expect(sent / packets).toBeCloseTo(1442, -1);
    expect((now.value('vm2', 'vm_network_receive_bytes_per_second') ?? 0) / sent).toBeCloseTo(1, 1);
  });

  it('a user without rights gets every series of the host and its VMs that root gets', async () => {
    const [ofRoot, ofNobody] = [await seriesOf(0), await seriesOf(NOBODY)];
    expect(ofRoot.filter((name) => name.startsWith('vm_memory_usage_percent'))).toHaveLength(3);
    expect(ofNobody.filter((name) => !ofRoot.includes(name))).toEqual([]);
    expect(ofRoot.filter((name) => !ofNobody.includes(name)).filter(isForAll)).toEqual([]);
  });
});

/** What an agent of that user finds on this host, series by series. */
async function seriesOf(uid: number): Promise<readonly string[]> {
  const script = fileURLToPath(new URL('../testbed/series-of.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [script, String(uid)]);
  const found = v.parse(v.array(v.string()), JSON.parse(stdout));
  // How long a disk took is known only where something was read or written just then.
  return found.filter((series) => !/^\w+_latency_seconds /.test(series));
}

/**
 * What needs rights, where there is such a thing: disks' health, names of containers, and filesystems
 * below a folder that is closed to others.
 */
function isForAll(series: string): boolean {
  return !/^(host_smart_|container_|host_filesystem_.*"mountpoint":"\/.)/.test(series);
}

describe('through virsh', () => {
  const byVirsh = () =>
    createLibvirtCollector({ monotonicMs: () => performance.now(), uri: 'qemu+unix:///system' });

  async function measured(one: Collector): Promise<ReadonlyMap<string, number>> {
    const all = await one.collect({ nowMs: Date.now(), withinMs: SAMPLE_WITHIN_MS });
    if (all === 'absent') throw new Error('libvirt is absent');
    return new Map(
      all.map(({ name, labels: { connection: _, ...labels }, value }) => [
        `${name} ${JSON.stringify(labels)}`,
        value,
      ]),
    );
  }

  it('are the same series and numbers as by the socket', async () => {
    const virsh = byVirsh();
    await command('load', 'vm2', 'disk');
    await Promise.all([measured(collector), measured(virsh)]);
    await sleep(WINDOW_MS);
    const [bySocket, told] = await Promise.all([measured(collector), measured(virsh)]);
    await command('load', 'vm2', 'none');
    expect([...told.keys()].sort()).toEqual([...bySocket.keys()].sort());
    for (const [series, value] of bySocket) {
      // Neither asks at quite the same instant as the other, and what is in flight is a moment's.
      if (series.startsWith('vm_disk_requests_in_flight')) continue;
      const other = told.get(series) ?? Number.NaN;
      const difference = Math.abs(other - value);
      expect(difference, `${series}: ${value}, ${other}`).toBeLessThan(5 + 0.25 * value);
    }
    await virsh.close?.();
  });

  it('a VM that hangs costs one sample, then its own numbers only', async () => {
    collector = byVirsh();
    await sample();
    await command('hang', 'vm3');
    const first = await sample();
    for (const vm of ['vm1', 'vm2', 'vm3']) expect(first.state(vm)).toBe('1 booted');
    const hung = await untilHung('vm3');
    expectFull(hung, 'vm1');
    expectFull(hung, 'vm2');
    expect(hung.tookMs).toBeLessThan(2000);
    await command('unhang', 'vm3');
    await waitFor('vm3 has its numbers again', 10_000, async () => {
      const now = await sample();
      return now.names('vm3').length >= FULL_COUNT ? now : undefined;
    });
  });

  it("another hypervisor's VMs have the states it tells, and say where they are", async () => {
    collector = createLibvirtCollector({
      monotonicMs: () => performance.now(),
      uri: 'test:///default',
    });
    expect((await collector.check()).sees).toBe('1 VM at test:///default: test');
    const now = await sample();
    expect(now.state('test')).toBe('1 unknown');
    expect(now.names('test')).toEqual(STATE_ONLY);
  });
});

describe('states', () => {
  const endings = [
    ['kill', '5 crashed'],
    ['panic', '6 panicked'],
    ['shutdown', '5 shutdown'],
    ['destroy', '5 destroyed'],
  ] as const;

  it.each(endings)('%s: %s, without old numbers; and back after a start', async (order, state) => {
    await sample();
    await command(order, 'vm3');
    const off = await sample();
    expect(off.state('vm3')).toBe(state);
    expect(off.value('vm3', 'vm_up')).toBe(0);
    expect(off.names('vm3')).toEqual(STATE_ONLY);
    expectFull(off, 'vm1');

    await command('start', 'vm3');
    const first = await sample();
    expect(first.state('vm3')).toBe('1 booted');
    expect(first.value('vm3', 'vm_cpu_usage_percent')).toBeUndefined();
    await sleep(1000);
    expectFull(await sample(), 'vm3');
  });

  it('pause: up no more, and its memory as the guest told it is no number for now', async () => {
    await command('pause', 'vm3');
    const paused = await sample();
    expect(paused.state('vm3')).toBe('3 user');
    expect(paused.value('vm3', 'vm_up')).toBe(0);
    expect(paused.names('vm3')).not.toContain('vm_memory_usage_percent');
    await command('resume', 'vm3');
    expect((await sample()).state('vm3')).toBe('1 unpaused');
  });
});

/** The first sample that calls all of these hung. */
function untilHung(...vms: string[]): Promise<Sample> {
  return waitFor(`${vms} hung`, HUNG_WITHIN_MS, async () => {
    const now = await sample();
    return vms.every((vm) => now.state(vm) === '1 hung') ? now : undefined;
  });
}

describe('hung VMs', () => {
  it('each costs its own numbers only, and is back when it goes on', async () => {
    await sample();
    await command('hang', 'vm2');
    const slow = await sample();
    expect(slow.state('vm2'), 'it may only be slow').toBe('1 booted');
    expect(slow.names('vm2')).not.toContain('vm_memory_usage_percent');
    expectFull(slow, 'vm1');
    expectFull(slow, 'vm3');
    expect(slow.tookMs).toBeLessThan(4000);

    const hung = await untilHung('vm2');
    expect(hung.value('vm2', 'vm_up')).toBe(0);
    expect(hung.names('vm2')).toEqual(STATE_ONLY);
    expectFull(hung, 'vm1');
    expect(hung.tookMs, 'the others answer at once').toBeLessThan(1000);

    await command('hang', 'vm3');
    expectFull(await untilHung('vm2', 'vm3'), 'vm1');

    await command('unhang', 'vm2');
    await command('kill', 'vm3');
    await waitFor('vm2 has its numbers again', 10_000, async () => {
      const now = await sample();
      return now.names('vm2').length >= FULL_COUNT ? now : undefined;
    });
    const after = await sample();
    expect(after.state('vm2')).toBe('1 booted');
    expect(after.state('vm3')).toBe('5 crashed');
    await command('start', 'vm3');
  });

  it('cost no sample, when all begin at once', async () => {
    await sample();
    const vms = ['vm1', 'vm2', 'vm3'];
    await Promise.all(vms.map((vm) => command('hang', vm)));
    const first = await sample();
    expect(vms.map((vm) => first.state(vm))).toEqual(vms.map(() => expect.stringMatching(/^1 /)));
    await untilHung(...vms);
    await Promise.all(vms.map((vm) => command('unhang', vm)));
    await waitFor('all have their numbers again', 10_000, async () => {
      const now = await sample();
      return vms.every((vm) => now.names(vm).length >= FULL_COUNT) ? now : undefined;
    });
  });

  it('outlives a restart of libvirtd', async () => {
    await sample();
    await command('hang', 'vm2');
    await command('stop-daemon');
    await expect(sample()).rejects.toThrow('no socket of libvirt');
    await command('start-daemon');
    expectFull(await untilHung('vm2'), 'vm1');
    await command('unhang', 'vm2');
  });
});

it('goes on after a restart of libvirtd without a failed sample', async () => {
  await sample();
  await command('stop-daemon');
  await command('start-daemon');
  const now = await sample();
  for (const vm of ['vm1', 'vm2', 'vm3']) expectFull(now, vm);
});
