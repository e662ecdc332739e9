import { describe, expect, test } from 'vitest';
import type { Lines } from '../../../dashboard/chart/lines.ts';
import { comparedSeries, seriesOf } from '../../../dashboard/machine/chart-specs.ts';
import { marksOf } from '../../../dashboard/machine/marks.ts';
import { HOST_CHARTS } from '../../../dashboard/pages/host/specs.ts';

const lines = (
  series: readonly (readonly [metric: string, labels: object, ...number[]])[],
): Lines => ({
  grid: { startMs: 0, count: 2, stepMs: 10_000 },
  lines: series.map(([metric, labels, ...values]) => ({
    labels: { __name__: metric, ...labels },
    values,
  })),
});
const spec = (id: string) => {
  const found = HOST_CHARTS.find((one) => one.id === id);
  if (found === undefined) throw new Error(`no chart ${id}`);
  return found;
};
const others = (count: number) => `${count} others`;

describe('what rules say of a chart', () => {
  const rules = [
    {
      name: 'High',
      query: 'avg_over_time(host_cpu_usage_percent[5m]) > 90',
      labels: { severity: 'critical' },
    },
    { name: 'Elsewhere', query: 'host_cpu_usage_percent{host="other"} > 50' },
    { name: 'Disk', query: 'host_disk_busy_percent > 95' },
    { name: 'Ratio', query: 'host_cpu_usage_percent / 2 > 10' },
  ];
  const band = { fromMs: 0, toMs: 5, state: 'pending' as const, severity: 'critical', labels: {} };
  const bands = ['High', 'Disk', 'Ratio'].map((alertname) => ({ ...band, alertname }));
  const data = lines([['host_cpu_usage_percent', { host: 'a' }, 1, 2]]);
  const marks = marksOf(['host_cpu_usage_percent'], 'percent', rules, bands, data);

  test('are the limits for series that are in it', () => {
    expect(marks.thresholds).toEqual([{ value: 90, label: 'High > 90 %', tone: 'critical' }]);
  });

  test('and the alerts of all rules about its metrics', () => {
    expect(marks.bands.map(({ label }) => label)).toEqual(['High', 'Ratio']);
    expect(marks.bands[0]).toMatchObject({ tone: 'critical', isPending: true });
  });
});

describe('the lines of a chart', () => {
  test('are those with the greatest values, and the sum of the others', () => {
    const devices = Array.from({ length: 9 }, (_, i) => i);
    const data = lines(
      devices.map((i) => ['host_network_receive_bytes_per_second', { device: `eth${i}` }, i, i]),
    );
    const series = seriesOf(spec('network'), data, others);
    expect(series.map(({ label }) => label)).toEqual([
      ...[8, 7, 6, 5, 4, 3].map((i) => `eth${i} · received`),
      '3 others · received',
    ]);
    expect(series.at(-1)?.values).toEqual([3, 3]);
  });

  test('leave out filesystems that no disk is behind', () => {
    const data = lines([
      ['host_filesystem_usage_percent', { mountpoint: '/run', fstype: 'tmpfs' }, 1, 1],
      ['host_filesystem_usage_percent', { mountpoint: '/', fstype: 'ext4' }, 50, 50],
    ]);
    expect(seriesOf(spec('filesystems'), data, others).map(({ label }) => label)).toEqual(['/']);
  });

  test('have those of a week ago in their colours, broken', () => {
    const now = [
      { label: 'a', values: [1] },
      { label: 'b', values: [2] },
    ];
    const then = [
      { label: 'b', values: [3] },
      { label: 'gone', values: [4] },
    ];
    expect(comparedSeries(now, then, (label) => `${label} before`)).toEqual([
      { label: 'b before', values: [3], color: 1, dashed: true, stacked: false },
    ]);
  });
});
