import { describe, expect, it } from 'vitest';
import { createLoadCollector } from '../../../agent/collectors/load.ts';
import { createMemoryCollector } from '../../../agent/collectors/memory.ts';
import { createPressureCollector } from '../../../agent/collectors/pressure.ts';
import { createUptimeCollector } from '../../../agent/collectors/uptime.ts';
import { collect, type FixtureHost, fixtureHost } from '../fixture-host.ts';

const KIB = 1024;

function memoryOf(host: FixtureHost, pageBytes = 4096) {
  return createMemoryCollector(host.files, host.monotonicMs, pageBytes);
}

describe('the memory collector', () => {
  it('counts what is not available as used: page cache is not', async () => {
    expect(await collect(memoryOf(fixtureHost('proxmox-8')))).toEqual({
      host_memory_usage_percent: 75,
      host_memory_total_bytes: 65_536_000 * KIB,
      host_memory_used_bytes: 49_152_000 * KIB,
      host_memory_available_bytes: 16_384_000 * KIB,
      host_memory_cached_bytes: 9_216_000 * KIB,
      host_memory_dirty_bytes: 1024 * KIB,
      host_swap_usage_percent: 25,
      host_swap_total_bytes: 8_192_000 * KIB,
      host_swap_used_bytes: 2_048_000 * KIB,
    });
  });

  it('measures swapping in bytes, by the page size of this kernel', async () => {
    const host = fixtureHost('proxmox-8');
    const memory = memoryOf(host, 65_536);
    await collect(memory);
    host.advance(10_000);
    host.write('proc/vmstat', 'pswpin 1010\npswpout 2000\n');
    expect(await collect(memory)).toMatchObject({
      host_swap_in_bytes_per_second: 65_536,
      host_swap_out_bytes_per_second: 0,
    });
    host.advance(10_000);
    host.write('proc/vmstat', 'pswpin 5\npswpout 2000\n');
    const afterReset = await collect(memory);
    expect(afterReset).not.toHaveProperty('host_swap_in_bytes_per_second');
    expect(afterReset).toHaveProperty('host_swap_out_bytes_per_second', 0);
  });

  it('knows no used memory where the kernel tells none available, and says so', async () => {
    const memory = memoryOf(fixtureHost('rhel-6'));
    expect(await collect(memory)).toEqual({
      host_memory_total_bytes: 1_020_000 * KIB,
      host_swap_total_bytes: 0,
    });
    expect(await memory.check()).toMatchObject({
      status: 'trouble',
      mend: 'needs Linux 3.14 or newer',
    });
  });

  it('fails when the file is cut before the total', async () => {
    const host = fixtureHost('proxmox-8');
    host.write('proc/meminfo', 'MemTotal:    6553');
    await expect(collect(memoryOf(host))).rejects.toThrow('/proc/meminfo: no line MemTotal');
  });

  it('reads a captured file of a current kernel', async () => {
    const numbers = await collect(memoryOf(fixtureHost('debian-12')));
    expect(Object.keys(numbers)).toHaveLength(7);
    expect(numbers['host_memory_total_bytes']).toBe(24_684_092 * KIB);
  });
});

describe('the load collector', () => {
  it('gives the three averages', async () => {
    expect(await collect(createLoadCollector(fixtureHost('proxmox-8').files))).toEqual({
      host_load1: 3.1,
      host_load5: 2.2,
      host_load15: 1.3,
    });
  });
});

describe('the uptime collector', () => {
  it('gives seconds since boot', async () => {
    expect(await collect(createUptimeCollector(fixtureHost('proxmox-8').files))).toEqual({
      host_uptime_seconds: 864_000.5,
    });
  });
});

describe('the pressure collector', () => {
  it('gives the share of time that tasks waited', async () => {
    const host = fixtureHost('debian-12');
    const line = (total: number) =>
      `some avg10=0.00 avg60=0.00 avg300=0.00 total=${total}\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n`;
    host.write('proc/pressure/io', line(1_000_000));
    const pressure = createPressureCollector(host.files, host.monotonicMs);
    expect(await collect(pressure)).toEqual({});
    host.advance(10_000);
    host.write('proc/pressure/io', line(3_500_000));
    host.write('proc/pressure/cpu', line(1e12));
    expect(await collect(pressure)).toEqual({
      host_pressure_cpu_waiting_percent: 100,
      host_pressure_memory_waiting_percent: 0,
      host_pressure_io_waiting_percent: 25,
    });
  });

  it('is absent, not broken, on a kernel without it', async () => {
    const host = fixtureHost('rhel-6');
    const pressure = createPressureCollector(host.files, host.monotonicMs);
    expect(await collect(pressure)).toEqual({});
    expect(await pressure.check()).toMatchObject({ status: 'absent' });
  });
});
