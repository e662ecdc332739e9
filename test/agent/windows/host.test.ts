import { describe, expect, test } from 'vitest';
import type { Collector } from '../../../agent/collectors/collector.ts';
import { createWindowsCollectors } from '../../../agent/windows/collectors.ts';
import { createWindowsCpuCollector } from '../../../agent/windows/cpu.ts';
import { createWindowsDiskCollector } from '../../../agent/windows/disks.ts';
import { createWindowsMemoryCollector } from '../../../agent/windows/memory.ts';
import { createWindowsNetworkCollector } from '../../../agent/windows/network.ts';
import { createWindowsProcessesCollector } from '../../../agent/windows/system.ts';
import { createWindowsFilesystemCollector } from '../../../agent/windows/volumes.ts';
import { collectSettled } from '../collectors/programs.ts';
import { collect } from '../fixture-host.ts';
import { fixture, fixtureWindows, NO_SUCH_CLASS, Refusal } from './fake-powershell.ts';

const LOGICAL_PROCESSORS = 'Win32_PerfRawData_HvStats_HyperVHypervisorLogicalProcessor';
const now = () => 0;

/** The numbers of the second reading, ten seconds after the first. */
async function afterTenSeconds(
  host: { reading: number },
  collector: Collector,
): Promise<Readonly<Record<string, number>>> {
  await collect(collector);
  host.reading = 1;
  return collect(collector);
}

test('check says what to do where PowerShell fails', async () => {
  const { powerShell } = fixtureWindows({
    Win32_PerfRawData_PerfDisk_PhysicalDisk: NO_SUCH_CLASS,
  });
  const disk = createWindowsCollectors(powerShell, now).find(({ name }) => name === 'disk');
  expect(await disk?.check()).toMatchObject({
    status: 'trouble',
    sees: 'Ungültige Klasse',
    mend: expect.stringContaining('lodctr /R'),
  });
});

describe('the CPUs of a Windows host', () => {
  test('are those of all processor groups, by the inverse of their idle time', async () => {
    const { host, powerShell } = fixtureWindows({ [LOGICAL_PROCESSORS]: NO_SUCH_CLASS });
    const cpu = createWindowsCpuCollector(powerShell, now);
    expect(await collect(cpu)).toEqual({ host_cpu_count: 96 });
    host.reading = 1;
    expect(await collect(cpu)).toEqual({
      host_cpu_usage_percent: 25,
      host_cpu_user_percent: 15,
      host_cpu_system_percent: 10,
      host_cpu_count: 96,
    });
    expect(await cpu.check()).toMatchObject({ status: 'ok', sees: '96 CPUs' });
  });

  test('on a Hyper-V host are what the hypervisor counts for all VMs, not what Windows itself uses', async () => {
    const { host, powerShell } = fixtureWindows();
    const numbers = await afterTenSeconds(host, createWindowsCpuCollector(powerShell, now));
    expect(numbers).toEqual({ host_cpu_usage_percent: 40, host_cpu_count: 96 });
  });

  test('of a hypervisor that answers no more are not told by other numbers', async () => {
    let rows: unknown = fixture(LOGICAL_PROCESSORS)[0];
    const { powerShell } = fixtureWindows({ [LOGICAL_PROCESSORS]: () => rows });
    const cpu = createWindowsCpuCollector(powerShell, now);
    await collect(cpu);
    rows = NO_SUCH_CLASS;
    await expect(collect(cpu)).rejects.toThrow('Ungültige Klasse');
  });

  test('give no number at first sight, and after the counters began anew', async () => {
    const { host, powerShell } = fixtureWindows({ [LOGICAL_PROCESSORS]: [] });
    const cpu = createWindowsCpuCollector(powerShell, now);
    host.reading = 1;
    await collect(cpu);
    host.reading = 0;
    expect(await collect(cpu)).toEqual({ host_cpu_count: 96 });
  });
});

describe('the memory of a Windows host', () => {
  const memory = { totalBytes: () => 16 * 2 ** 30, availableBytes: () => 4 * 2 ** 30 };

  test('is used where it is not available; standby pages are cache, modified ones dirty', async () => {
    const { powerShell } = fixtureWindows();
    const collector = createWindowsMemoryCollector(powerShell, now, memory);
    expect(await collectSettled(collector)).toEqual({
      host_memory_usage_percent: 75,
      host_memory_total_bytes: 16 * 2 ** 30,
      host_memory_used_bytes: 12 * 2 ** 30,
      host_memory_available_bytes: 4 * 2 ** 30,
      host_memory_cached_bytes: 104857600 + 2147483648 + 524288000,
      host_memory_dirty_bytes: 20971520,
      host_swap_usage_percent: 12.5,
      host_swap_total_bytes: 4 * 2 ** 30,
      host_swap_used_bytes: 512 * 2 ** 20,
    });
    expect(await collector.check()).toEqual({
      status: 'ok',
      sees: '16.0 GiB; page files: C:\\pagefile.sys, D:\\pagefile.sys',
    });
  });

  test('is known without PowerShell, as far as it matters most', async () => {
    const denied = new Refusal('AccessDenied', 'Zugriff verweigert');
    const { powerShell } = fixtureWindows({
      Win32_PerfRawData_PerfOS_Memory: denied,
      Win32_PageFileUsage: denied,
    });
    const collector = createWindowsMemoryCollector(powerShell, now, memory);
    expect(Object.keys(await collectSettled(collector))).toEqual([
      'host_memory_usage_percent',
      'host_memory_total_bytes',
      'host_memory_used_bytes',
      'host_memory_available_bytes',
    ]);
  });

  test.each([
    ['an empty array', []],
    ['nothing', ''],
  ])('has no swap where there is no page file, told as %s', async (_, rows) => {
    const { powerShell } = fixtureWindows({ Win32_PageFileUsage: rows });
    const numbers = await collectSettled(createWindowsMemoryCollector(powerShell, now, memory));
    expect(numbers).toMatchObject({ host_swap_total_bytes: 0 });
    expect(numbers).not.toHaveProperty('host_swap_usage_percent');
    expect(numbers).not.toHaveProperty('host_swap_used_bytes');
  });
});

test('properties may be spelled as a class does that has other large letters', async () => {
  const row = { timestamp_perftime: 1, PROCESSES: 7, threads: '42' };
  const { powerShell } = fixtureWindows({ Win32_PerfRawData_PerfOS_System: [row] });
  const numbers = await collect(createWindowsProcessesCollector(powerShell));
  expect(numbers).toEqual({ host_processes_count: 42 });
});

test('processes are counted as threads; a load average there is none', async () => {
  const { host, powerShell } = fixtureWindows();
  const processes = createWindowsProcessesCollector(powerShell);
  expect(await afterTenSeconds(host, processes)).toEqual({
    host_context_switches_per_second: 3000,
    host_processes_count: 1840,
  });
  expect(await processes.check()).toMatchObject({ sees: '143 processes, 1840 threads' });
});

describe('the disks of a Windows host', () => {
  test('have rates, busy time and latencies; an idle one has no latency', async () => {
    const { host, powerShell } = fixtureWindows();
    const disks = createWindowsDiskCollector(powerShell);
    expect(await collect(disks)).toEqual({});
    host.reading = 1;
    expect(await collect(disks)).toEqual({
      'host_disk_read_operations_per_second{0 C:}': 50,
      'host_disk_write_operations_per_second{0 C:}': 100,
      'host_disk_read_bytes_per_second{0 C:}': 2_048_000,
      'host_disk_write_bytes_per_second{0 C:}': 4_096_000,
      'host_disk_busy_percent{0 C:}': expect.closeTo(20),
      'host_disk_read_latency_seconds{0 C:}': 0.002,
      'host_disk_write_latency_seconds{0 C:}': 0.0005,
      'host_disk_read_operations_per_second{1 D: E:}': 0,
      'host_disk_write_operations_per_second{1 D: E:}': 0,
      'host_disk_read_bytes_per_second{1 D: E:}': 0,
      'host_disk_write_bytes_per_second{1 D: E:}': 0,
      'host_disk_busy_percent{1 D: E:}': 0,
    });
  });

  test('that come from a single one need no array around it', async () => {
    const [first] = fixture('Win32_PerfRawData_PerfDisk_PhysicalDisk');
    const [one] = first as readonly unknown[];
    const { powerShell } = fixtureWindows({ Win32_PerfRawData_PerfDisk_PhysicalDisk: one });
    const disks = createWindowsDiskCollector(powerShell);
    expect(await disks.check()).toMatchObject({ sees: '1 physical disks: 0 C:' });
  });
});

describe('the network of a Windows host', () => {
  test('is its ports, not what is made of them; 64-bit counters may come as text', async () => {
    const { host, powerShell } = fixtureWindows();
    const network = createWindowsNetworkCollector(powerShell, now);
    const port = 'Intel[R] Ethernet Connection X722 for 10GBASE-T _2';
    expect(await afterTenSeconds(host, network)).toEqual({
      [`host_network_receive_bytes_per_second{${port}}`]: 12_500_000,
      [`host_network_transmit_bytes_per_second{${port}}`]: 1024,
      [`host_network_receive_packets_per_second{${port}}`]: 1000,
      [`host_network_transmit_packets_per_second{${port}}`]: 100,
      [`host_network_receive_errors_per_second{${port}}`]: 0.5,
      [`host_network_transmit_errors_per_second{${port}}`]: 0,
      [`host_network_receive_drops_per_second{${port}}`]: 0,
      [`host_network_transmit_drops_per_second{${port}}`]: 1,
      [`host_network_receive_usage_percent{${port}}`]: 1,
      [`host_network_transmit_usage_percent{${port}}`]: expect.closeTo(0.00008192),
    });
    expect(await network.check()).toEqual({ status: 'ok', sees: port });
  });
});

describe('the volumes of a Windows host', () => {
  const stats = { bsize: 4096, blocks: 1000, bfree: 400, bavail: 300, files: 0, ffree: 0 };

  test('are those with a letter or folder; one that does not answer costs only its own numbers', async () => {
    const { powerShell } = fixtureWindows();
    const asked: string[] = [];
    const volumes = createWindowsFilesystemCollector(powerShell, now, async (path) => {
      asked.push(path);
      if (path === 'D:\\') throw new Error('EIO');
      return stats;
    });
    expect(await collect(volumes)).toEqual({
      'host_filesystem_usage_percent{C:,NTFS}': expect.closeTo(66.67, 2),
      'host_filesystem_size_bytes{C:,NTFS}': 4_096_000,
      'host_filesystem_available_bytes{C:,NTFS}': 1_228_800,
      'host_filesystem_usage_percent{C:\\Mounts\\Archive,NTFS}': expect.closeTo(66.67, 2),
      'host_filesystem_size_bytes{C:\\Mounts\\Archive,NTFS}': 4_096_000,
      'host_filesystem_available_bytes{C:\\Mounts\\Archive,NTFS}': 1_228_800,
    });
    expect(asked).toEqual(['C:\\', 'D:\\', 'C:\\Mounts\\Archive\\']);
    expect(await volumes.check()).toEqual({
      status: 'ok',
      sees: 'C: NTFS, D: ReFS, C:\\Mounts\\Archive NTFS',
    });
  });

  test('are listed now and then, and their room is asked for each time without PowerShell', async () => {
    const { host, powerShell } = fixtureWindows();
    const volumes = createWindowsFilesystemCollector(powerShell, now, async () => stats);
    for (let i = 0; i < 5; i++) await collect(volumes);
    expect(host.asked.filter((name) => name === 'Win32_Volume')).toHaveLength(1);
  });
});
