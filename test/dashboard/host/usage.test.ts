import { describe, expect, test } from 'vitest';
import { DAY_MS, HOUR_MS } from '../../../core/time.ts';
import type { Lines } from '../../../dashboard/chart/lines.ts';
import {
  usageNow,
  usageSeries,
  usageSteps,
  VM_USAGE_METRICS,
  vmColors,
  vmUsages,
} from '../../../dashboard/pages/host/usage.ts';

const others = (count: number) => `${count} others`;

function lines(
  vms: Readonly<Record<string, { vcpus?: string; [metric: string]: unknown }>>,
): Lines {
  return {
    grid: { startMs: 0, count: 2, stepMs: 10_000 },
    lines: Object.entries(vms).flatMap(([name, { vcpus, ...metrics }]) => [
      ...(vcpus === undefined
        ? []
        : [
            {
              labels: { __name__: 'vm_info', uuid: `uuid-${name}`, vm: name, vcpus },
              values: [1, 1],
            },
          ]),
      ...Object.entries(metrics).map(([metric, values]) => ({
        labels: { __name__: metric, uuid: `uuid-${name}`, vm: name },
        values: values as (number | null)[],
      })),
    ]),
  };
}

describe('what VMs take of a host', () => {
  const data = lines({
    web: { vcpus: '4', vm_cpu_usage_percent: [50, 100], vm_disk_read_bytes_per_second: [5, null] },
    db: { vcpus: '8', vm_cpu_usage_percent: [100, 100], vm_disk_write_bytes_per_second: [7, 7] },
    old: { vm_cpu_usage_percent: [80, 80] },
  });
  const usages = vmUsages(data, 16);

  test('CPU counts of all cores, by vCPUs; unknown vCPUs are not guessed', () => {
    const cpu = usageSeries(usages, 'cpu', new Map(), others);
    expect(cpu.map(({ label, values }) => [label, values])).toEqual([
      ['db', [50, 50]],
      ['web', [12.5, 25]],
    ]);
    expect(vmUsages(data, undefined)[0]?.values.cpu).toEqual([null, null]);
  });

  test('reads and writes are one, and what one of them has not is not zero', () => {
    const [web] = usages;
    expect(web?.values.disk).toEqual([5, null]);
    expect(web && usageNow(web, 'network', [0, 10_000])).toBeUndefined();
  });

  test('the greatest have colours, the others are one area', () => {
    const many = lines(
      Object.fromEntries(
        Array.from({ length: 12 }, (_, i) => [
          `vm${i}`,
          { vcpus: '1', vm_memory_resident_bytes: [i, i] },
        ]),
      ),
    );
    const all = vmUsages(many, 16);
    const series = usageSeries(all, 'memory', vmColors(all), others);
    expect(series).toHaveLength(9);
    expect(series[0]).toMatchObject({ label: 'vm11', stacked: true });
    expect(series.at(-1)).toMatchObject({ label: '4 others', values: [6, 6], color: 7 });
    expect(series.slice(0, -1).every(({ color }) => color !== 7)).toBe(true);
  });

  test('two VMs of one name are told apart', () => {
    const twins = lines({ a: { vm_memory_resident_bytes: [1, 1] } });
    const two = vmUsages(
      {
        ...twins,
        lines: [
          ...twins.lines,
          {
            labels: { __name__: 'vm_memory_resident_bytes', uuid: 'other-one', vm: 'a' },
            values: [2, 2],
          },
        ],
      },
      1,
    );
    const labels = usageSeries(two, 'memory', new Map(), others).map(({ label }) => label);
    expect(labels).toEqual(['a (other-on)', 'a (uuid-a)']);
  });
});

test('an answer about many VMs stays within what a reply carries', () => {
  for (const lengthMs of [HOUR_MS, DAY_MS, 30 * DAY_MS, 365 * DAY_MS]) {
    for (const vms of [0, 10, 100, 400]) {
      const { stepMs } = usageSteps({ fromMs: 0, toMs: lengthMs }, vms);
      const cells = (lengthMs / stepMs) * vms * VM_USAGE_METRICS.length;
      expect(cells).toBeLessThan(450_000);
    }
  }
});
