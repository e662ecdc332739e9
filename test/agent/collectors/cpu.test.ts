import { describe, expect, it } from 'vitest';
import { createCpuCollector } from '../../../agent/collectors/cpu.ts';
import { createProcessesCollector } from '../../../agent/collectors/processes.ts';
import { createStatReader } from '../../../agent/proc/stat.ts';
import { collect, type FixtureHost, fixtureHost } from '../fixture-host.ts';

const BEFORE = 'cpu  1000 200 300 8000 100 10 20 50 400 100';

function cpuOf(host: FixtureHost) {
  return createCpuCollector(createStatReader(host.files, host.monotonicMs));
}

describe('the CPU collector', () => {
  it('gives shares of time from the second sample on', async () => {
    const host = fixtureHost('proxmox-8');
    const cpu = cpuOf(host);
    expect(await collect(cpu)).toEqual({ host_cpu_count: 2 });
    //                               user nice sys idle iowait irq softirq steal
    host.edit('proc/stat', BEFORE, 'cpu  1300 300 400 8300 150 30 50 150 700 200');
    // Growth 300 + 100 + 100 + 300 + 50 + 20 + 30 + 100 = 1000; guest time is in user and nice.
    expect(await collect(cpu)).toEqual({
      host_cpu_usage_percent: 65,
      host_cpu_user_percent: 40,
      host_cpu_system_percent: 15,
      host_cpu_iowait_percent: 5,
      host_cpu_steal_percent: 10,
      host_cpu_count: 2,
    });
  });

  it('gives no shares after a reset, nor when no time has passed', async () => {
    const host = fixtureHost('proxmox-8');
    const cpu = cpuOf(host);
    await collect(cpu);
    expect(await collect(cpu)).toEqual({ host_cpu_count: 2 });
    host.edit('proc/stat', BEFORE, 'cpu  10 2 3 80 1 0 0 0 0 0');
    expect(await collect(cpu)).toEqual({ host_cpu_count: 2 });
  });

  it('does not take a step back of idle or iowait, which Linux may do, for a reset', async () => {
    const host = fixtureHost('proxmox-8');
    const cpu = cpuOf(host);
    await collect(cpu);
    host.edit('proc/stat', BEFORE, 'cpu  1100 200 300 8100 99 10 20 50 400 100');
    expect(await collect(cpu)).toMatchObject({
      host_cpu_usage_percent: 50,
      host_cpu_iowait_percent: 0,
    });
  });

  it('tells no steal where the kernel is too old to know it', async () => {
    const host = fixtureHost('rhel-6');
    const cpu = cpuOf(host);
    await collect(cpu);
    host.edit('proc/stat', 'cpu  1000 200 300 8000', 'cpu  1100 200 300 8300');
    const numbers = await collect(cpu);
    expect(numbers).toMatchObject({ host_cpu_usage_percent: 25, host_cpu_count: 1 });
    expect(numbers).not.toHaveProperty('host_cpu_steal_percent');
  });

  it.each([
    ['', 'does not begin with the line "cpu"'],
    ['cpu  1000 200 300 80', 'does not begin with the line "cpu"'],
    ['cpu  1000 200 300\n', 'cut short'],
  ])('fails naming the file when it is cut: %j', async (content, reason) => {
    const host = fixtureHost('proxmox-8');
    host.write('proc/stat', content);
    await expect(collect(cpuOf(host))).rejects.toThrow(`/proc/stat: `);
    await expect(collect(cpuOf(host))).rejects.toThrow(reason);
  });

  it('works again, at first without shares, when the file does', async () => {
    const host = fixtureHost('proxmox-8');
    const cpu = cpuOf(host);
    await collect(cpu);
    host.remove('proc/stat');
    host.files.forget('/proc/stat');
    await expect(collect(cpu)).rejects.toThrow('/proc/stat');
    host.write('proc/stat', `${BEFORE}\ncpu0 1\n`);
    expect(await collect(cpu)).toEqual({ host_cpu_count: 1 });
  });
});

describe('the processes collector', () => {
  it('gives counts at once, and rates over the time that really passed', async () => {
    const host = fixtureHost('proxmox-8');
    const stat = createStatReader(host.files, host.monotonicMs);
    const processes = createProcessesCollector(host.files, stat);
    expect(await collect(processes)).toEqual({
      host_processes_count: 812,
      host_processes_running_count: 3,
      host_processes_blocked_count: 1,
    });
    host.advance(12_500);
    host.edit('proc/stat', 'ctxt 5000000', 'ctxt 5125000');
    host.edit('proc/stat', 'processes 40000', 'processes 40025');
    expect(await collect(processes)).toMatchObject({
      host_context_switches_per_second: 10_000,
      host_forks_per_second: 2,
    });
  });

  it('tells how far file handles and tracked connections are used, where the kernel does', async () => {
    const host = fixtureHost('debian-12');
    host.write('proc/sys/fs/file-nr', '512\t0\t2048\n');
    host.write('proc/sys/net/netfilter/nf_conntrack_count', '65536\n');
    const stat = createStatReader(host.files, host.monotonicMs);
    expect(await collect(createProcessesCollector(host.files, stat))).toMatchObject({
      host_file_descriptors_usage_percent: 25,
      host_conntrack_usage_percent: 25,
    });
  });
});
