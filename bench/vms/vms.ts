import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { CollectorRunner } from '../../agent/collector-runner.ts';
import type { Collector, Measurement } from '../../agent/collectors/collector.ts';
import { createLibvirtCollector } from '../../agent/collectors/libvirt.ts';
import { createCollectors } from '../../agent/collectors/list.ts';
import { openLibvirt, READ_ONLY_SOCKETS } from '../../agent/libvirt/client.ts';
import { readJobs } from '../../agent/libvirt/domain-jobs.ts';
import { ALL_DOMAIN_STATS, STATS_GROUP } from '../../agent/libvirt/procedures.ts';
import { MinuteBuffer } from '../../agent/minute-buffer.ts';
import { Sampler } from '../../agent/sampler.ts';
import { MINUTE_MS, minuteStartMs } from '../../core/host-minute.ts';
import { command, down, up, waitFor } from '../../test/testbed/testbed.ts';
import { libvirtdCpuMs, ownCpuMs } from './cpu-time.ts';
import { measureEvents } from './events.ts';
import { CountedWire } from './wire.ts';

const SOCKET = '/run/libvirt/libvirt-sock-ro';
const DEFAULT_COUNT = 50;
const WITHIN_MS = 5000;
const INTERVAL_MS = 10_000;
const SAMPLE_COUNT = 30;
const HUNG = 'vm1';
/** All but the latency, which needs requests, and the backing device, which needs one. */
const FULL_COUNT = 20;

/**
 * One host with many real VMs: what a sample takes here and in libvirtd, what goes over the wire, how
 * large a minute is, what one VM that hangs changes, and what waiting for events costs. Needs root on
 * Debian. `args`: how many VMs.
 */
export async function benchVms(args: readonly string[]): Promise<void> {
  const count = Number(args[0] ?? DEFAULT_COUNT);
  if (!Number.isInteger(count) || count < 2 || count > 50) {
    throw new Error(`bench vms: the number of VMs must be one from 2 to 50, not ${args[0]}`);
  }
  const folder = await mkdtemp(join(tmpdir(), 'hypervigil-'));
  const wire = await CountedWire.open(join(folder, 'sock'), SOCKET);
  try {
    await up(count);
    const collector = createLibvirtCollector({ monotonicMs: () => performance.now() });
    await waitFor(`all numbers of ${count} VMs`, 2 * MINUTE_MS, async () =>
      (await fullVms(collector)) === count ? true : undefined,
    );
    await measureSamples(collector, count);
    await collector.close?.();
    await measureWire(wire, count);
    await measureCalls();
    await measureMinute();
    await measureOnce();
    await measureHung(wire, count);
    await measureEvents(wire, SOCKET, count);
  } finally {
    wire.close();
    await down();
    await rm(folder, { recursive: true, force: true });
  }
}

async function collect(collector: Collector): Promise<readonly Measurement[]> {
  const all = await collector.collect({ nowMs: Date.now(), withinMs: WITHIN_MS });
  if (all === 'absent') throw new Error('bench vms: libvirt is absent');
  return all;
}

/** VMs that gave all their numbers in a sample. */
async function fullVms(collector: Collector): Promise<number> {
  return fullIn(await collect(collector));
}

function fullIn(all: readonly Measurement[]): number {
  const counts = new Map<string, number>();
  for (const { labels } of all) {
    const vm = labels['vm'] ?? '';
    counts.set(vm, (counts.get(vm) ?? 0) + 1);
  }
  return [...counts.values()].filter((count) => count >= FULL_COUNT).length;
}

async function measureSamples(collector: Collector, count: number): Promise<void> {
  const wallMs: number[] = [];
  let cpuMs = 0;
  let least = count;
  let seriesCount = 0;
  const daemonBefore = await libvirtdCpuMs();
  const beganMs = performance.now();
  for (let i = 0; i < SAMPLE_COUNT; i += 1) {
    const cpuBefore = ownCpuMs();
    const startMs = performance.now();
    const all = await collect(collector);
    wallMs.push(performance.now() - startMs);
    cpuMs += ownCpuMs() - cpuBefore;
    seriesCount = all.length;
    least = Math.min(least, fullIn(all));
    await sleep(1000);
  }
  const daemonMs = (await libvirtdCpuMs()) - daemonBefore;
  const seconds = (performance.now() - beganMs) / 1000;
  const idle = await idleDaemonMs();
  wallMs.sort((a, b) => a - b);
  const wall = (share: number) => (wallMs[Math.ceil(share * wallMs.length) - 1] ?? 0).toFixed(1);
  console.log(`${SAMPLE_COUNT} samples, ${least} of ${count} VMs complete in each\n`);
  console.table({
    'series of VMs in a sample': { '': seriesCount },
    'wall ms, median': { '': wall(0.5) },
    'wall ms, 95 %': { '': wall(0.95) },
    'CPU ms of the agent': { '': (cpuMs / SAMPLE_COUNT).toFixed(2) },
    'CPU ms of libvirtd': { '': ((daemonMs - idle * seconds) / SAMPLE_COUNT).toFixed(1) },
  });
}

/** CPU time of libvirtd in a second in which nobody asks. */
async function idleDaemonMs(): Promise<number> {
  const before = await libvirtdCpuMs();
  await sleep(INTERVAL_MS);
  return ((await libvirtdCpuMs()) - before) / (INTERVAL_MS / 1000);
}

async function measureWire(wire: CountedWire, count: number): Promise<void> {
  const collector = through(wire);
  await collect(collector);
  wire.take();
  await collect(collector);
  console.log(`\na sample of ${count} VMs: ${wire.take()}`);
  await collector.close?.();
}

/** What the one call for all numbers takes, and what the questions for jobs of each VM do, in one round trip. */
async function measureCalls(): Promise<void> {
  const opened = await openLibvirt(READ_ONLY_SOCKETS, WITHIN_MS);
  if (!opened.ok) throw new Error(opened.error.message);
  const rpc = opened.value;
  const groups = Object.values(STATS_GROUP).reduce((all, group) => all | group, 0);
  const took = { numbers: 0, jobs: 0 };
  for (let i = 0; i < SAMPLE_COUNT; i += 1) {
    const startMs = performance.now();
    const all = await rpc.call(ALL_DOMAIN_STATS, { groups, flags: 0 }, WITHIN_MS);
    if (!all.ok) throw new Error(all.error.message);
    const numbersMs = performance.now();
    await readJobs(rpc, all.value, WITHIN_MS);
    took.numbers += numbersMs - startMs;
    took.jobs += performance.now() - numbersMs;
  }
  rpc.close();
  const mean = (ms: number) => `${(ms / SAMPLE_COUNT).toFixed(1)} ms`;
  console.log(`the numbers of all: ${mean(took.numbers)}; then their jobs: ${mean(took.jobs)}`);
}

function through(wire: CountedWire): Collector {
  return createLibvirtCollector({ monotonicMs: () => performance.now(), sockets: [wire.path] });
}

/** A minute of the whole host, as the agent sends it. */
async function measureMinute(): Promise<void> {
  const { collectors, close } = createCollectors('/');
  const sampler = new Sampler({
    host: 'bench',
    version: 'bench',
    batchIntervalMs: MINUTE_MS,
    runner: new CollectorRunner(collectors, WITHIN_MS, console.error),
    cpuSeconds: () => ownCpuMs() / 1000,
    residentBytes: process.memoryUsage.rss,
    dropped: new Map(),
    earlierMs: undefined,
    isBehind: () => false,
    log: console.error,
  });
  const buffer = new MinuteBuffer('bench', new Map());
  const startMs = minuteStartMs('bench', Math.floor(Date.now() / MINUTE_MS));
  let seriesCount = 0;
  // The first sample has no rates yet.
  await sampler.sample(startMs - INTERVAL_MS);
  for (let at = 0; at < MINUTE_MS; at += INTERVAL_MS) {
    await sleep(INTERVAL_MS);
    const sample = await sampler.sample(startMs + at);
    buffer.add(sample);
    seriesCount = sample.points.length;
  }
  const cpuBefore = ownCpuMs();
  buffer.close();
  const encodeMs = ownCpuMs() - cpuBefore;
  const bytes = buffer.oldest()?.chunk?.byteLength;
  console.log(
    `a minute of the host with its VMs: ${seriesCount} series, ${bytes} bytes, encoded in ${encodeMs.toFixed(1)} ms`,
  );
  await close();
}

async function measureOnce(): Promise<void> {
  const startMs = performance.now();
  const { stdout } = await promisify(execFile)(process.execPath, ['agent/main.ts', 'once'], {
    maxBuffer: 1 << 24,
  });
  const seconds = (performance.now() - startMs) / 1000;
  console.log(`agent once: ${stdout.split('\n')[0]}; ${seconds.toFixed(1)} s in all`);
}

async function measureHung(wire: CountedWire, count: number): Promise<void> {
  const collector = through(wire);
  await collect(collector);
  await collect(collector);
  await command('hang', HUNG);
  wire.take();
  const rows: Record<string, Record<string, string | number>> = {};
  for (let i = 1; i <= 5; i += 1) {
    const cpuBefore = ownCpuMs();
    const startMs = performance.now();
    const all = await collect(collector);
    const state = all.find(({ name, labels }) => name === 'vm_state' && labels['vm'] === HUNG);
    rows[`sample ${i} with ${HUNG} hung`] = {
      'wall ms': (performance.now() - startMs).toFixed(0),
      'CPU ms': (ownCpuMs() - cpuBefore).toFixed(1),
      'complete VMs': `${fullIn(all)} of ${count - 1}`,
      [HUNG]: state?.labels['reason'] ?? 'none',
      wire: wire.take(),
    };
    await sleep(INTERVAL_MS);
  }
  console.table(rows);
  await command('unhang', HUNG);
  await collector.close?.();
}
