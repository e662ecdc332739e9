import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { looksAt, thresholdsOf } from '../../../dashboard/chart/thresholds.ts';

const of = (query: string) =>
  thresholdsOf({ name: 'A', query }).map(({ metric, op, value }) => `${metric} ${op} ${value}`);

describe('thresholds of an expression', () => {
  test.each([
    ['host_cpu_usage_percent > 90', ['host_cpu_usage_percent > 90']],
    ['avg_over_time(host_cpu_usage_percent[5m]) > 90', ['host_cpu_usage_percent > 90']],
    ['quantile_over_time(0.9, x_seconds[10m]) >= 0.05', ['x_seconds >= 0.05']],
    ['90 < x', ['x > 90']],
    ['x{device!~"loop.*",a="b,c"} <= 1e-3', ['x <= 0.001']],
    ['x > bool 5', ['x > 5']],
    ['(x > 5)', ['x > 5']],
    ['x > 8 * 1024^3', ['x > 8589934592']],
    ['x > -(3 - 1)', ['x > -2']],
    ['x > 90 and on (host) y < 8 * 1024 ^ 3', ['x > 90', 'y < 8589934592']],
    [
      'x > 95 and on (host, device) (y > 0.05 or avg_over_time(z[5m]) > 0.05)',
      ['x > 95', 'y > 0.05', 'z > 0.05'],
    ],
    ['x > 90 # not so > 5\nunless on (host) ro == 1', ['x > 90']],
  ])('%s', (query, found) => expect(of(query)).toEqual(found));

  test.each([
    'sum(x) > 5',
    'x / y > 0.5',
    'predict_linear(x[1h], 3600) < 0',
    'rate(x[5m]) > 3',
    'x > y',
    'x',
    'vm_condition{condition="hung"}',
    'x{a=">5"}',
    'x offset 5m > 3',
    '',
    ')) > 5 (',
  ])('there is none to be drawn in %s', (query) => expect(of(query)).toEqual([]));

  test('every rule that ships is read', () => {
    const found = ['host', 'vm'].flatMap((name) => {
      const file = parse(readFileSync(`rules/${name}.rules.yaml`, 'utf8'));
      const rules = file.groups.flatMap((group: { rules: unknown[] }) => group.rules);
      return rules.flatMap((rule: { alert: string; expr: string }) =>
        thresholdsOf({ name: rule.alert, query: rule.expr }).map(
          ({ metric, op, value }) => `${rule.alert}: ${metric} ${op} ${value}`,
        ),
      );
    });
    expect(found).toEqual(
      expect.arrayContaining([
        'HostCpuHigh: host_cpu_usage_percent > 90',
        'HostMemoryLow: host_memory_usage_percent > 90',
        `HostMemoryLow: host_memory_available_bytes < ${8 * 1024 ** 3}`,
        'HostDiskFillsUp: host_filesystem_usage_percent > 70',
        'HostDiskSaturated: host_disk_busy_percent > 95',
        'HostNetworkSaturated: host_network_transmit_usage_percent > 90',
        'VmCpuSteal: vm_cpu_steal_percent > 10',
        'VmDiskSaturated: vm_disk_requests_in_flight > 2',
      ]),
    );
    expect(found.join()).not.toContain('predict');
  });
});

test('a threshold is of the series that its rule looks at', () => {
  const [threshold] = thresholdsOf({ name: 'A', query: 'x{fstype!~"tmpfs|ramfs",host="a"} > 90' });
  if (threshold === undefined) throw new Error('none');
  expect(looksAt(threshold, { host: 'a', fstype: 'ext4' })).toBe(true);
  expect(looksAt(threshold, { host: 'a', fstype: 'tmpfs' })).toBe(false);
  expect(looksAt(threshold, { host: 'b', fstype: 'ext4' })).toBe(false);
});

test('a pattern that would keep the browser busy counts as one that fits', () => {
  const [threshold] = thresholdsOf({ name: 'A', query: 'load{host=~"(a+)+b"} > 5' });
  if (threshold === undefined) throw new Error('no threshold');
  const beganMs = performance.now();
  expect(looksAt(threshold, { host: 'a'.repeat(60) })).toBe(true);
  expect(performance.now() - beganMs).toBeLessThan(1000);
});
