import { describe, expect, it } from 'vitest';
import type { Measurement } from '../../agent/collectors/collector.ts';
import { readForeignSeries } from '../../agent/collectors/foreign-series.ts';
import { formatSample } from '../../agent/once.ts';

const run = (...measurements: readonly Measurement[]) => [
  { collector: 'any', status: 'up' as const, measurements },
];

describe('a sample as text', () => {
  it('has a table for each family, a column for each device, and units for people', () => {
    const disk = (device: string, readBytes: number): readonly Measurement[] => [
      { name: 'host_disk_read_bytes_per_second', labels: { device }, value: readBytes },
      { name: 'host_disk_busy_percent', labels: { device }, value: 12.345 },
    ];
    const text = formatSample(
      run(
        { name: 'host_cpu_usage_percent', labels: {}, value: 3.456 },
        { name: 'host_uptime_seconds', labels: {}, value: 100_000 },
        ...disk('sda', 3 << 20),
        ...disk('nvme0n1', 0),
      ),
    );
    expect(text.split('\n')).toEqual([
      'host cpu',
      '  usage   3.46 %',
      '',
      'host',
      '  uptime  1 d 3 h',
      '',
      'host disk        sda  nvme0n1',
      '  read     3.0 MiB/s    0 B/s',
      '  busy       12.35 %  12.35 %',
    ]);
  });

  it('shows a VM by its name, with its reason behind the state', () => {
    const text = formatSample(
      run(
        { name: 'vm_state', labels: { vm: 'db', uuid: 'u-1', reason: 'booted' }, value: 1 },
        { name: 'vm_up', labels: { vm: 'db', uuid: 'u-1' }, value: 1 },
        { name: 'vm_up', labels: { vm: 'web', uuid: 'u-2' }, value: 0 },
        {
          name: 'vm_disk_latency_seconds',
          labels: { vm: 'db', uuid: 'u-1', device: 'vda' },
          value: 0.0021,
        },
      ),
    );
    expect(text.split('\n')).toEqual([
      'vm               db  web',
      '  state  1 (booted)    -',
      '  up              1    0',
      '',
      'vm disk    db vda',
      '  latency  2.1 ms',
    ]);
  });

  it('shows containers by name, and numbers of other programs as they are', () => {
    const { measurements } = readForeignSeries(
      'queue_length{name="mail"} 7\nqueue_length{name="web"} 0\n',
      {
        ...{ job: 'node', instance: 'a:1', labels: {} },
        ...{ include: undefined, exclude: undefined, maxSeries: 10 },
      },
    );
    const web = { container: 'web', id: '0123456789ab' };
    const text = formatSample(
      run(
        { name: 'container_up', labels: web, value: 1 },
        { name: 'container_state', labels: { ...web, state: 'running' }, value: 1 },
        { name: 'hypervigil_scrape_up', labels: { job: 'node', instance: 'a:1' }, value: 1 },
        ...measurements,
      ),
    );
    expect(text.split('\n')).toEqual([
      'container          web',
      '  up                 1',
      '  state    1 (running)',
      '',
      'hypervigil   a:1',
      '  scrape up    1',
      '',
      'of other programs',
      '  queue_length{job="node", instance="a:1", name="mail"} 7',
      '  queue_length{job="node", instance="a:1", name="web"} 0',
    ]);
  });

  it('names the collectors that gave nothing', () => {
    expect(formatSample([{ collector: 'disk', status: 'failed' as const, measurements: [] }])).toBe(
      'no numbers from: disk',
    );
  });

  it('breaks into several tables what does not fit a line', () => {
    const names = Array.from({ length: 30 }, (_, i) => `interface${i}`);
    const lines = formatSample(
      run(
        ...names.map((device) => ({
          name: 'host_network_receive_bytes_per_second' as const,
          labels: { device },
          value: 1,
        })),
      ),
    ).split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(112);
    for (const name of names) expect(lines.join(' ')).toContain(name);
  });
});
