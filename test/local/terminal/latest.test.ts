import { expect, test } from 'vitest';
import { labelsFrom } from '../../../core/series/labels.ts';
import { type Series, setStaleAt } from '../../../core/series/series.ts';
import { latestOf } from '../../../infra/local/terminal/latest.ts';

const T = 1_700_000_000_000;

/** A series with values each 10 s from T on; `null` is a sample that is missing. */
function series(labels: Record<string, string>, ...values: (number | null)[]): Series {
  const kept = values.flatMap((value, i) =>
    value === null ? [] : [[T + i * 10_000, value] as const],
  );
  return {
    labels: labelsFrom({ host: 'pve1', ...labels }),
    timestamps: Float64Array.from(kept, ([time]) => time),
    values: Float64Array.from(kept, ([, value]) => value),
  };
}

const web = { vm: 'web-1', uuid: 'u1' };

test('the newest numbers of the host: the busiest disk, all interfaces together', () => {
  const batch = [
    series({ __name__: 'host_cpu_usage_percent' }, 10, 20),
    series({ __name__: 'host_memory_usage_percent' }, 50, 51),
    series({ __name__: 'host_disk_busy_percent', device: 'sda' }, 1, 2),
    series({ __name__: 'host_disk_busy_percent', device: 'sdb' }, 90, 30),
    series({ __name__: 'host_network_receive_bytes_per_second', device: 'eth0' }, 1, 100),
    series({ __name__: 'host_network_receive_bytes_per_second', device: 'eth1' }, 1, 200),
  ];
  expect(latestOf(batch)).toEqual({
    lastSampleMs: T + 10_000,
    cpuPercent: 20,
    memoryPercent: 51,
    diskPercent: 30,
    receiveBytesPerSecond: 300,
    vms: [],
  });
});

test('a number that was not measured in the newest sample is absent', () => {
  const batch = [
    series({ __name__: 'host_cpu_usage_percent' }, 10, null),
    series({ __name__: 'host_load1' }, 1, 2),
  ];
  expect(latestOf(batch)).toEqual({ lastSampleMs: T + 10_000, vms: [] });
});

test('VMs by name, each with its own numbers; a disk with a queue is fully busy', () => {
  const batch = [
    series({ __name__: 'vm_state', vm: 'web-2', uuid: 'u2', reason: 'crashed' }, 5),
    series({ __name__: 'vm_state', ...web, reason: 'booted' }, 1),
    series({ __name__: 'vm_cpu_usage_percent', ...web }, 80),
    series({ __name__: 'vm_disk_requests_in_flight', ...web, device: 'vda' }, 3.5),
    series({ __name__: 'host_cpu_usage_percent' }, 10),
  ];
  expect(latestOf(batch)).toMatchObject({
    cpuPercent: 10,
    vms: [
      { name: 'web-1', stateNumber: 1, reason: 'booted', cpuPercent: 80, diskPercent: 100 },
      { name: 'web-2', stateNumber: 5, reason: 'crashed' },
    ],
  });
});

test('a VM whose series have ended (undefined, migrated away) is gone', () => {
  const ended = series({ __name__: 'vm_state', ...web, reason: 'booted' }, 1, 0);
  setStaleAt(ended.values, 1);
  expect(latestOf([ended, series({ __name__: 'host_load1' }, 1, 1)])?.vms).toEqual([]);
});

test('a VM whose reason changed shows the newest', () => {
  const batch = [
    series({ __name__: 'vm_state', ...web, reason: 'booted' }, 1, null),
    series({ __name__: 'vm_state', ...web, reason: 'hung' }, null, 1),
  ];
  expect(latestOf(batch)?.vms).toMatchObject([{ name: 'web-1', reason: 'hung' }]);
});

test('no samples, nothing to show', () => {
  expect(latestOf([])).toBeUndefined();
});
