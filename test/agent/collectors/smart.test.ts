import { describe, expect, it } from 'vitest';
import { createSmartCollector } from '../../../agent/collectors/smart.ts';
import { hostTree } from '../host-tree.ts';
import { collectSettled, notInstalled, program } from './programs.ts';

const attribute = (id: number, value: number, raw: number) => ({
  ...{ id, value, worst: value, thresh: 10 },
  raw: { value: raw, string: String(raw) },
});

/** What smartctl 7.3 says of each, reduced to what tells of health. */
const DISKS: Readonly<Record<string, object>> = {
  '/dev/sda': {
    device: { name: '/dev/sda', info_name: '/dev/sda [SAT]', type: 'sat', protocol: 'ATA' },
    smart_status: { passed: true },
    ata_smart_attributes: {
      revision: 1,
      // The maker keeps something of its own in the upper bytes of 5.
      table: [attribute(5, 100, 2 ** 40 + 3), attribute(177, 90, 1773), attribute(197, 100, 2)],
    },
    power_on_time: { hours: 84_620 },
  },
  '/dev/sdb': {
    device: { name: '/dev/sdb', info_name: '/dev/sdb', type: 'scsi', protocol: 'SCSI' },
    smart_status: { passed: false },
    scsi_grown_defect_list: 12,
    power_on_time: { hours: 22_364, minutes: 52 },
  },
  '/dev/nvme0': {
    device: { name: '/dev/nvme0', info_name: '/dev/nvme0', type: 'nvme', protocol: 'NVMe' },
    smart_status: { passed: true, nvme: { value: 0 } },
    nvme_smart_health_information_log: { critical_warning: 0, percentage_used: 4, media_errors: 0 },
    power_on_time: { hours: 100 },
  },
};

function scan(...devices: readonly (readonly [name: string, type: string])[]) {
  return { stdout: JSON.stringify({ devices: devices.map(([name, type]) => ({ name, type })) }) };
}

function smartctl(devices: ReturnType<typeof scan>, disks: Readonly<Record<string, object>>) {
  return program((args) => {
    if (args.includes('--scan')) return devices;
    return { stdout: JSON.stringify(disks[args.at(-1) ?? ''] ?? {}) };
  });
}

const ALL = scan(['/dev/sda', 'sat'], ['/dev/sdb', 'scsi'], ['/dev/nvme0', 'nvme']);
const SLEEPS = { smartctl: { messages: [], exit_status: 2 } };
const DENIED = {
  smartctl: {
    messages: [
      { string: 'Smartctl open device: /dev/sda failed: Permission denied', severity: 'error' },
    ],
    exit_status: 2,
  },
};

describe('the SMART collector', () => {
  it('gives what disks of each kind say of their health', async () => {
    const { monotonicMs } = hostTree();
    const smart = createSmartCollector(smartctl(ALL, DISKS).run, monotonicMs);
    expect(await collectSettled(smart)).toEqual({
      'host_disk_smart_healthy{sda}': 1,
      'host_disk_smart_bad_sectors_count{sda}': 5,
      'host_disk_smart_wear_percent{sda}': 10,
      'host_disk_smart_power_on_seconds{sda}': 84_620 * 3600,
      'host_disk_smart_healthy{sdb}': 0,
      'host_disk_smart_bad_sectors_count{sdb}': 12,
      'host_disk_smart_power_on_seconds{sdb}': 22_364 * 3600,
      'host_disk_smart_healthy{nvme0}': 1,
      'host_disk_smart_bad_sectors_count{nvme0}': 0,
      'host_disk_smart_wear_percent{nvme0}': 4,
      'host_disk_smart_power_on_seconds{nvme0}': 360_000,
    });
  });

  it('asks every ten minutes, wakes no disk, and keeps the numbers of one that sleeps', async () => {
    const host = hostTree();
    const disks: Record<string, object> = { ...DISKS };
    const { run, calls } = smartctl(scan(['/dev/sda', 'sat']), disks);
    const smart = createSmartCollector(run, host.monotonicMs);
    const before = await collectSettled(smart);
    expect(calls.at(-1)).toContain('--nocheck=standby');
    disks['/dev/sda'] = SLEEPS;
    host.advance(9 * 60_000);
    await collectSettled(smart);
    expect(calls).toHaveLength(2);
    host.advance(60_000);
    expect(await collectSettled(smart)).toEqual(before);
    expect(calls).toHaveLength(4);
  });

  it('tells disks behind a RAID controller apart', async () => {
    const disk = DISKS['/dev/sdb'] ?? {};
    const devices = scan(['/dev/bus/0', 'megaraid,0'], ['/dev/bus/0', 'megaraid,1']);
    const { run } = smartctl(devices, { '/dev/bus/0': disk });
    const numbers = await collectSettled(createSmartCollector(run, hostTree().monotonicMs));
    expect(numbers).toHaveProperty(['host_disk_smart_healthy{bus/0 megaraid,0}'], 0);
    expect(numbers).toHaveProperty(['host_disk_smart_healthy{bus/0 megaraid,1}'], 0);
  });

  it('is absent without smartctl or disks that can tell', async () => {
    const { monotonicMs } = hostTree();
    const without = createSmartCollector(program(notInstalled).run, monotonicMs);
    await without.collect({ nowMs: 1, withinMs: 1 });
    expect(await without.collect({ nowMs: 2, withinMs: 1 })).toBe('absent');
    expect((await without.check()).mend).toContain('smartmontools');
    const none = createSmartCollector(smartctl(scan(), {}).run, monotonicMs);
    expect(await none.check()).toEqual({ status: 'absent', sees: 'no disk tells of its health' });
  });

  it('says which right is missing, and fails only if it had it before', async () => {
    const host = hostTree();
    const disks: Record<string, object> = { '/dev/sda': DENIED };
    const { run } = smartctl(scan(['/dev/sda', 'sat']), disks);
    const smart = createSmartCollector(run, host.monotonicMs);
    expect(await smart.check()).toMatchObject({
      status: 'trouble',
      sees: expect.stringContaining(
        'sda: Smartctl open device: /dev/sda failed: Permission denied',
      ),
      mend: expect.stringContaining('CAP_SYS_RAWIO'),
    });
    await expect(collectSettled(smart)).rejects.toThrow('smart is absent');
    disks['/dev/sda'] = DISKS['/dev/sda'] ?? {};
    host.advance(10 * 60_000);
    await collectSettled(smart);
    disks['/dev/sda'] = DENIED;
    host.advance(10 * 60_000);
    await expect(collectSettled(smart)).rejects.toThrow('Permission denied');
  });

  it('fails when smartctl says something else than JSON', async () => {
    const { run } = program(() => ({ stdout: 'smartctl: unknown option' }));
    const smart = createSmartCollector(run, hostTree().monotonicMs);
    await expect(collectSettled(smart)).rejects.toThrow(/JSON/);
  });
});
