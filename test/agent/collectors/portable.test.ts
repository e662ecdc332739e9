import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { Collector } from '../../../agent/collectors/collector.ts';
import {
  createNodeCollectors,
  createPortableCollectors,
} from '../../../agent/collectors/portable.ts';
import { collect } from '../fixture-host.ts';

/** What systeminformation gives of a system that this does not run on, as far as it is read. */
const system = vi.hoisted(() => ({ current: {} as Record<string, () => Promise<unknown>> }));
vi.mock('systeminformation', () => {
  const call = (name: string) => () => system.current[name]?.();
  return Object.fromEntries(
    ['mem', 'disksIO', 'fsStats', 'fsSize', 'networkStats'].map((name) => [name, call(name)]),
  );
});

const GIB = 2 ** 30;

function link(iface: string, receivedBytes: number, errors = 0) {
  const others = { operstate: 'up', rx_dropped: 0, tx_dropped: 0, tx_errors: 0, tx_bytes: 0 };
  return { iface, rx_bytes: receivedBytes, rx_errors: errors, rx_sec: 0, tx_sec: 0, ...others };
}

function volume(mount: string, type: string, rw: boolean | null = true) {
  return {
    fs: '/dev/disk3',
    type,
    size: 100 * GIB,
    used: 30 * GIB,
    available: 60 * GIB,
    mount,
    rw,
  };
}

const MAC = {
  mem: { total: 16 * GIB, available: 4 * GIB, swaptotal: 0, swapused: 0 },
  fsSize: [
    volume('/', 'apfs', false),
    volume('/System/Volumes/Data', 'apfs'),
    volume('/System/Volumes/VM', 'apfs'),
    volume('/System/Volumes/Preboot', 'apfs'),
    volume('/dev', 'devfs'),
  ],
};

let nowMs = 0;

function collectorNamed(name: string): Collector {
  const found = createPortableCollectors(() => nowMs).find((one) => one.name === name);
  if (found === undefined) throw new Error(`no collector ${name}`);
  return found;
}

beforeEach(() => {
  nowMs = 1000;
  system.current = Object.fromEntries(
    Object.entries(MAC).map(([name, value]) => [name, async () => value]),
  );
});

describe('a Mac', () => {
  test('has the volumes that hold files, not those of the system in the same container', async () => {
    expect(await collect(collectorNamed('filesystem'))).toEqual({
      'host_filesystem_usage_percent{/,apfs}': expect.closeTo(33.33, 2),
      'host_filesystem_size_bytes{/,apfs}': 100 * GIB,
      'host_filesystem_available_bytes{/,apfs}': 60 * GIB,
      'host_filesystem_read_only{/,apfs}': 1,
      'host_filesystem_usage_percent{/System/Volumes/Data,apfs}': expect.closeTo(33.33, 2),
      'host_filesystem_size_bytes{/System/Volumes/Data,apfs}': 100 * GIB,
      'host_filesystem_available_bytes{/System/Volumes/Data,apfs}': 60 * GIB,
      'host_filesystem_read_only{/System/Volumes/Data,apfs}': 0,
    });
  });

  test('has memory by what is available, and no swap use without swap', async () => {
    expect(await collect(collectorNamed('memory'))).toEqual({
      host_memory_usage_percent: 75,
      host_memory_total_bytes: 16 * GIB,
      host_memory_used_bytes: 12 * GIB,
      host_memory_available_bytes: 4 * GIB,
      host_swap_total_bytes: 0,
    });
  });

  test('has rates, errors and drops of its ports; not of tunnels, bridges and AirDrop', async () => {
    const others = ['lo0', 'utun3', 'awdl0', 'llw0', 'bridge0', 'ap1'].map((name) => link(name, 5));
    system.current['networkStats'] = async () => [link('en0', 1000, 4), ...others];
    const network = collectorNamed('network');
    expect(await collect(network)).toEqual({});
    nowMs += 10_000;
    system.current['networkStats'] = async () => [link('en0', 11_000, 9), ...others];
    expect(await collect(network)).toEqual({
      'host_network_receive_bytes_per_second{en0}': 1000,
      'host_network_transmit_bytes_per_second{en0}': 0,
      'host_network_receive_errors_per_second{en0}': 0.5,
      'host_network_transmit_errors_per_second{en0}': 0,
      'host_network_receive_drops_per_second{en0}': 0,
      'host_network_transmit_drops_per_second{en0}': 0,
    });
  });
});

test('a FreeBSD host tells nothing of its disks, which are no zeros', async () => {
  system.current['disksIO'] = async () => null;
  system.current['fsStats'] = async () => null;
  expect(await collect(collectorNamed('disk'))).toEqual({});
});

test('a system of which only Node knows anything has its CPUs, memory and uptime', async () => {
  const collectors = createNodeCollectors();
  expect(collectors.map(({ name }) => name)).toEqual(['cpu', 'memory', 'uptime']);
  for (const collector of collectors) await collect(collector);
  expect(await collector(collectors, 'memory')).toHaveProperty('host_memory_total_bytes');
  expect(await collector(collectors, 'uptime')).toHaveProperty('host_uptime_seconds');
  expect(await collector(collectors, 'cpu')).toHaveProperty('host_cpu_count');
});

function collector(all: readonly Collector[], name: string): Promise<Record<string, number>> {
  const found = all.find((one) => one.name === name);
  return found === undefined ? Promise.resolve({}) : collect(found);
}
