import { describe, expect, it } from 'vitest';
import { CollectorRunner } from '../../agent/collector-runner.ts';
import type { Collector, Measurement } from '../../agent/collectors/collector.ts';
import type { Sample } from '../../agent/sample.ts';
import { Sampler } from '../../agent/sampler.ts';
import { formatLabels } from '../../core/series/labels.ts';

type Answer = readonly Measurement[] | 'absent';
type Step = () => Promise<Answer> | Answer;

/** A collector that gives one scripted answer after the other, the last one again and again. */
function scripted(name: string, ...steps: Step[]): Collector & { started: number } {
  const collector = {
    name,
    started: 0,
    check: async () => ({ status: 'ok', sees: '' }) as const,
    collect: async () => {
      const step = steps[Math.min(collector.started, steps.length - 1)];
      collector.started += 1;
      return step?.() ?? [];
    },
  };
  return collector;
}

function samplerOf(collectors: readonly Collector[], timeoutMs = 1000, earlierMs = 0) {
  const waiting = { minutes: 0 };
  const lines: string[] = [];
  const log = (line: string) => lines.push(line);
  const dropped = new Map<string, number>();
  const sampler = new Sampler({
    host: 'web1',
    version: '1.2.3',
    batchIntervalMs: 60_000,
    runner: new CollectorRunner(collectors, timeoutMs, log),
    cpuSeconds: () => 0,
    residentBytes: () => 50 << 20,
    dropped,
    earlierMs,
    isBehind: () => waiting.minutes > 0,
    log,
  });
  return { sampler, lines, dropped, waiting };
}

/** The points that are not the agent's own, as `name{labels} value`. */
function hostPoints({ points }: Sample): readonly string[] {
  return points
    .map(({ labels, value }) => `${formatLabels(labels)} ${value}`)
    .filter((line) => !line.startsWith('hypervigil_'));
}

function up({ points }: Sample, collector: string): number | 'ended' | undefined {
  return points.find(
    ({ labels }) => labels.includes('hypervigil_agent_collector_up') && labels.includes(collector),
  )?.value;
}

const load = (value: number): Measurement => ({ name: 'host_load1', labels: {}, value });
const busy = (device: string, value: number): Measurement => ({
  name: 'host_disk_busy_percent',
  labels: { device },
  value,
});

describe('a sample', () => {
  it('bears the host, rounds to what a number means, and says how the agent is', async () => {
    const { sampler } = samplerOf([scripted('load', () => [load(0.123456)])]);
    const sample = await sampler.sample(10_000);
    expect(sample.timestampMs).toBe(10_000);
    expect(sample.points.map(({ labels, value }) => `${formatLabels(labels)} ${value}`)).toEqual([
      'host_load1{host="web1"} 0.12',
      'hypervigil_agent_info{host="web1", version="1.2.3"} 1',
      'hypervigil_agent_collector_up{collector="load", host="web1"} 1',
      'hypervigil_agent_batch_interval_seconds{host="web1"} 60',
      'hypervigil_agent_sample_cpu_seconds{host="web1"} 0',
      'hypervigil_agent_resident_memory_bytes{host="web1"} 52428800',
      'hypervigil_agent_complete_seconds{host="web1"} 0',
    ]);
  });

  it('marks a series that is gone as ended, once', async () => {
    const { sampler } = samplerOf([
      scripted(
        'disk',
        () => [busy('sda', 1), busy('sdb', 2)],
        () => [busy('sda', 3)],
      ),
    ]);
    expect(hostPoints(await sampler.sample(1))).toHaveLength(2);
    expect(hostPoints(await sampler.sample(2))).toEqual([
      'host_disk_busy_percent{device="sda", host="web1"} 3',
      'host_disk_busy_percent{device="sdb", host="web1"} ended',
    ]);
    expect(hostPoints(await sampler.sample(3))).toHaveLength(1);
  });

  it('says nothing of a source that this machine does not have', async () => {
    const { sampler, lines } = samplerOf([
      scripted(
        'libvirt',
        () => 'absent',
        () => [busy('sda', 1)],
      ),
    ]);
    const without = await sampler.sample(1);
    expect([up(without, 'libvirt'), hostPoints(without)]).toEqual([undefined, []]);
    expect(up(await sampler.sample(2), 'libvirt')).toBe(1);
    expect(lines).toEqual([]);
  });

  it('goes on without a collector that fails: it is down, and its series have not ended', async () => {
    const fails = () => {
      throw new Error('/proc/diskstats: gone');
    };
    const disk = scripted(
      'disk',
      () => [busy('sda', 1), busy('sdb', 1)],
      fails,
      fails,
      () => [busy('sda', 2)],
      () => [busy('sda', 3)],
    );
    const { sampler, lines } = samplerOf([disk, scripted('load', () => [load(1)])]);
    await sampler.sample(1);
    for (const at of [2, 3]) {
      const without = await sampler.sample(at);
      expect(hostPoints(without)).toEqual(['host_load1{host="web1"} 1']);
      expect([up(without, 'disk'), up(without, 'load')]).toEqual([0, 1]);
    }
    const again = await sampler.sample(4);
    expect(up(again, 'disk')).toBe(1);
    expect(hostPoints(again), 'what is missing when it works again has ended').toEqual([
      'host_disk_busy_percent{device="sda", host="web1"} 2',
      'host_load1{host="web1"} 1',
      'host_disk_busy_percent{device="sdb", host="web1"} ended',
    ]);
    expect(hostPoints(await sampler.sample(5))).toHaveLength(2);
    expect(lines).toEqual(['collector disk: /proc/diskstats: gone', 'collector disk: works again']);
  });

  it('ends a series of another collector while one fails', async () => {
    const disk = scripted(
      'disk',
      () => [busy('sda', 1)],
      () => {
        throw new Error('gone');
      },
    );
    const { sampler } = samplerOf([
      disk,
      scripted(
        'load',
        () => [load(1)],
        () => [],
      ),
    ]);
    await sampler.sample(1);
    expect(hostPoints(await sampler.sample(2))).toEqual(['host_load1{host="web1"} ended']);
  });

  it('does not end the series of a collector that is given up', async () => {
    const slow = scripted(
      'disk',
      () => [busy('sda', 1)],
      () => new Promise(() => {}),
    );
    const { sampler } = samplerOf([slow], 10);
    await sampler.sample(1);
    for (const at of [2, 3]) expect(hostPoints(await sampler.sample(at))).toEqual([]);
  });

  it('gives up a collector that hangs, and does not start it again before it returned', async () => {
    let finish: (list: readonly Measurement[]) => void = () => {};
    const hanging = scripted(
      'disk',
      () =>
        new Promise((resolve) => {
          finish = resolve;
        }),
      () => [busy('sda', 2)],
    );
    const { sampler, lines } = samplerOf([hanging, scripted('load', () => [load(1)])], 10);
    for (const at of [1, 2, 3]) {
      const sample = await sampler.sample(at);
      expect(up(sample, 'disk')).toBe(0);
      expect(hostPoints(sample)).toEqual(['host_load1{host="web1"} 1']);
    }
    expect(hanging.started).toBe(1);
    finish([busy('sda', 99)]);
    await new Promise(setImmediate);
    expect(hostPoints(await sampler.sample(4))).toContain(
      'host_disk_busy_percent{device="sda", host="web1"} 2',
    );
    expect(lines[0]).toBe('collector disk: no answer within 10 ms');
  });

  it('keeps one of two values for a series, and counts the other', async () => {
    const { sampler, dropped } = samplerOf([scripted('disk', () => [busy('a', 1), busy('a', 2)])]);
    expect(hostPoints(await sampler.sample(1))).toEqual([
      'host_disk_busy_percent{device="a", host="web1"} 1',
    ]);
    expect(dropped.get('duplicate')).toBe(1);
    const { points } = await sampler.sample(2);
    const metric = points.find(({ labels }) =>
      labels.includes('hypervigil_agent_samples_dropped_total'),
    );
    expect(metric).toMatchObject({ value: 1 });
  });

  it('is bounded, whatever a collector finds', async () => {
    const many = Array.from({ length: 10_005 }, (_, i) => busy(`d${i}`, i));
    const { sampler, dropped, lines } = samplerOf([scripted('disk', () => many)]);
    expect((await sampler.sample(1)).points).toHaveLength(10_000);
    expect(dropped.get('too_many_series')).toBeGreaterThanOrEqual(5);
    expect(lines).toEqual(['samples dropped: more than 10000 series in one sample']);
  });

  it('says for how long samples told all there was', async () => {
    const disk = scripted(
      'disk',
      () => [busy('sda', 1)],
      () => [busy('sda', 1)],
      () => {
        throw new Error('gone');
      },
      () => [busy('sda', 1)],
    );
    const { sampler, waiting } = samplerOf([disk]);
    const said = async (timestampMs: number) => {
      const { points } = await sampler.sample(timestampMs);
      return points.find(({ labels }) => labels.includes('hypervigil_agent_complete_seconds'))
        ?.value;
    };
    expect([await said(10_000), await said(20_000)]).toEqual([0, 10]);
    expect(await said(35_000), 'the disk may be there still').toBe(15);
    expect(await said(40_000)).toBe(30);
    waiting.minutes = 1;
    expect(await said(50_000)).toBe(0);
  });

  it('takes names that are no Unicode text', async () => {
    const { sampler } = samplerOf([scripted('disk', () => [busy('a\ud800b', 1)])]);
    expect(hostPoints(await sampler.sample(1))[0]).toContain('device="a\ufffdb"');
  });
});
