import { describe, expect, it } from 'vitest';
import type { MeasuredName, Measurement } from '../../../agent/collectors/collector.ts';
import { type DomainReading, vmMeasurements } from '../../../agent/libvirt/vm-measurements.ts';
import { VM_METRICS } from '../../../core/catalogue/vm-metrics.ts';
import { type Capture, capture, captures, vmOf } from './fixtures.ts';

const [start, end] = captures('loaded');
if (start === undefined || end === undefined) throw new Error('loaded.json wants two captures');
/** Between the two, by the monotonic clock. */
const SECONDS = 10.035;
const STATE_ONLY = ['vm_up', 'vm_info', 'vm_state'];

function values(
  before: DomainReading | undefined,
  now: DomainReading,
  nowMs: number,
): Partial<Record<MeasuredName, number>> {
  return Object.fromEntries(
    vmMeasurements(before, now, nowMs).map(({ name, value }) => [name, value]),
  );
}

function loaded(vm: string): Partial<Record<MeasuredName, number>> {
  return values(vmOf(start as Capture, vm), vmOf(end as Capture, vm), (end as Capture).nowMs);
}

function names(measurements: readonly Measurement[]): string[] {
  return measurements.map(({ name }) => name);
}

function stateOf(measurements: readonly Measurement[]): string {
  const state = measurements.find(({ name }) => name === 'vm_state');
  return `${state?.value} ${state?.labels['reason']}`;
}

function upOf(measurements: readonly Measurement[]): number | undefined {
  return measurements.find(({ name }) => name === 'vm_up')?.value;
}

/** The same VM with some of its statistics otherwise. */
function but(reading: DomainReading, stats: Partial<DomainReading['stats']>): DomainReading {
  return { ...reading, stats: { ...reading.stats, ...stats } };
}

describe('a VM under load', () => {
  it('has the CPU time it used and the time it waited for a core', () => {
    const now = loaded('vm1');
    // cpu.time 7.639909 s -> 14.384969 s, vcpu.0.delay 4.978308 s -> 8.365185 s, one vCPU.
    expect(now.vm_cpu_usage_percent).toBeCloseTo((6.74506 / SECONDS) * 100, 3);
    expect(now.vm_cpu_steal_percent).toBeCloseTo((3.38687695 / SECONDS) * 100, 3);
  });

  it('has the memory its guest sees', () => {
    const now = loaded('vm1');
    // balloon.available 94788 KiB, usable 71520 KiB.
    expect(now.vm_memory_total_bytes).toBe(94788 * 1024);
    expect(now.vm_memory_used_bytes).toBe((94788 - 71520) * 1024);
    expect(now.vm_memory_usage_percent).toBeCloseTo(24.547, 3);
  });

  it('has the throughput of its disk, and how long a request takes', () => {
    const now = loaded('vm2');
    // In ten seconds 18032 reads, 18176 writes and 71 flushes, 3.055 s of them all together.
    expect(now.vm_disk_read_operations_per_second).toBeCloseTo(18032 / SECONDS, 3);
    expect(now.vm_disk_write_operations_per_second).toBeCloseTo(18176 / SECONDS, 3);
    expect(now.vm_disk_read_bytes_per_second).toBeCloseTo(1181745152 / SECONDS, 0);
    expect(now.vm_disk_write_bytes_per_second).toBeCloseTo(1191182336 / SECONDS, 0);
    expect(now.vm_disk_latency_seconds).toBeCloseTo(3.0549972 / (18032 + 18176 + 71), 8);
    expect(now.vm_disk_requests_in_flight).toBeCloseTo(3.0549972 / SECONDS, 5);
  });

  it('has the traffic of its NIC', () => {
    const now = loaded('vm3');
    expect(now.vm_network_receive_bytes_per_second).toBeCloseTo(99150548 / SECONDS, 0);
    expect(now.vm_network_transmit_packets_per_second).toBeCloseTo(68760 / SECONDS, 2);
    expect(now.vm_network_receive_drops_per_second).toBe(0);
  });

  it('has its numbers in the order of the catalogue, under labels that outlive a start', () => {
    const all = vmMeasurements(vmOf(start, 'vm2'), vmOf(end, 'vm2'), end.nowMs);
    const catalogue = VM_METRICS.map(({ name }) => name as string);
    const order = names(all).map((name) => catalogue.indexOf(name));
    expect(order).toEqual([...order].sort((a, b) => a - b));
    for (const { labels } of all) {
      expect(labels).toMatchObject({ vm: 'vm2', uuid: '7e57bed0-0000-4000-8000-000000000002' });
    }
    const devices = new Set(all.map(({ labels }) => labels['device']));
    expect(devices).toEqual(new Set([undefined, 'vda', 'net0']));
    const info = all.find(({ name }) => name === 'vm_info');
    expect(info?.labels).toMatchObject({ hypervisor: 'qemu', vcpus: '1' });
  });
});

describe('no rate', () => {
  const now = vmOf(end, 'vm2');
  const before = vmOf(start, 'vm2');
  const rates = (last: DomainReading | undefined, reading = now): string[] =>
    names(vmMeasurements(last, reading, end.nowMs)).filter((name) =>
      /_per_second|cpu|latency|in_flight/.test(name),
    );

  it('at first sight', () => expect(rates(undefined)).toEqual([]));
  it('over a start of the VM', () => expect(rates(but(before, { runId: 1 }))).toEqual([]));
  it('over the time it hung', () => expect(rates({ ...before, hung: true })).toEqual([]));

  it('of a counter that went back, and all others', () => {
    const reset = but(before, { cpuTimeNs: (now.stats.cpuTimeNs ?? 0) + 1 });
    expect(rates(reset)).not.toContain('vm_cpu_usage_percent');
    expect(rates(reset)).toContain('vm_cpu_steal_percent');
  });

  it('of a latency without requests', () => {
    const idle = { ...before, stats: now.stats };
    expect(rates(idle)).not.toContain('vm_disk_latency_seconds');
    expect(rates(idle)).toContain('vm_disk_requests_in_flight');
  });

  it("of a NIC that took another's place", () => {
    const nics = before.stats.nics.map((nic) => ({ ...nic, tap: 'vnet99' }));
    expect(rates(but(before, { nics })).filter((name) => name.includes('network'))).toEqual([]);
  });
});

describe('states', () => {
  it.each([
    ['vm1', '5 crashed'],
    ['vm2', '6 panicked'],
    ['vm3', '5 shutdown'],
  ])('%s: %s, and no numbers of a VM that is off', (vm, state) => {
    const off = capture('off');
    const now = vmMeasurements(vmOf(end, vm), vmOf(off, vm), off.nowMs);
    expect(stateOf(now)).toBe(state);
    expect(names(now)).toEqual(STATE_ONLY);
    expect(upOf(now)).toBe(0);
  });

  it('a paused VM is not up, and what its guest told last is no number for now', () => {
    const paused = capture('paused');
    const now = vmMeasurements(undefined, vmOf(paused, 'vm1'), paused.nowMs);
    expect(stateOf(now)).toBe('3 user');
    expect(upOf(now)).toBe(0);
    expect(names(now)).not.toContain('vm_memory_usage_percent');
    expect(names(now)).not.toContain('vm_memory_used_bytes');
    expect(names(now)).toContain('vm_memory_resident_bytes');
  });

  it('a hung VM keeps its number and has nothing else', () => {
    const hung = capture('hung');
    const now = vmMeasurements(undefined, { ...vmOf(hung, 'vm1'), hung: true }, hung.nowMs);
    expect(stateOf(now)).toBe('1 hung');
    expect(names(now)).toEqual(STATE_ONLY);
    expect(upOf(now)).toBe(0);
  });

  it('a reason that libvirt may add one day is unknown', () => {
    const now = vmMeasurements(undefined, but(vmOf(end, 'vm1'), { reason: 99 }), end.nowMs);
    expect(stateOf(now)).toBe('1 unknown');
  });
});

describe('memory', () => {
  it('told more than a minute ago is no number for now', () => {
    const now = values(undefined, vmOf(end, 'vm1'), end.nowMs + 70_000);
    expect(now.vm_memory_usage_percent).toBeUndefined();
    expect(now.vm_memory_total_bytes).toBe(94788 * 1024);
  });

  it('of a guest without the balloon driver is what the VM was given', () => {
    const { currentKib, rssKib } = vmOf(end, 'vm1').stats.balloon;
    const balloon = { currentKib, rssKib };
    const unknown = {
      availableKib: undefined,
      usableKib: undefined,
      lastUpdateSeconds: undefined,
    };
    const without = but(vmOf(end, 'vm1'), { balloon: { ...balloon, ...unknown } });
    const now = values(undefined, without, end.nowMs);
    expect(now.vm_memory_total_bytes).toBe(131072 * 1024);
    expect(now.vm_memory_used_bytes).toBeUndefined();
  });
});

describe('a VM that is slow to answer', () => {
  const slow = capture('hung');
  const now = values(vmOf(end, 'vm1'), vmOf(slow, 'vm1'), slow.nowMs);

  it('is up, and lacks the numbers its process would have told', () => {
    expect(now.vm_up).toBe(1);
    expect(now.vm_cpu_usage_percent).toBeUndefined();
    expect(now.vm_memory_usage_percent).toBeUndefined();
    expect(now.vm_disk_read_bytes_per_second).toBeUndefined();
  });

  // libvirt tells the balloon's size all the same, which is more than the guest has of it.
  it('has no other size of memory for a moment', () => {
    expect(vmOf(slow, 'vm1').stats.balloon.currentKib).toBe(131072);
    expect(now.vm_memory_total_bytes).toBeUndefined();
  });
});

describe('the device under a thin image', () => {
  const GIB = 1024 ** 3;
  it.each([
    ['a thin image on a block device', '/dev/vg/vm1', 50 * GIB, 90],
    ['a full-size one', '/dev/vg/vm1', 10 * GIB, undefined],
    ['a file', '/srv/vm1.qcow2', 50 * GIB, undefined],
  ])('%s', (_, path, capacityBytes, expected) => {
    const reading = vmOf(end, 'vm1');
    const disks = reading.stats.disks.map((disk) => ({
      ...disk,
      path,
      capacityBytes,
      allocationBytes: 9 * GIB,
      physicalBytes: 10 * GIB,
    }));
    const now = values(undefined, but(reading, { disks }), end.nowMs);
    expect(now.vm_disk_backing_usage_percent).toBe(expected);
  });
});
