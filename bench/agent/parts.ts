import { CollectorRunner } from '../../agent/collector-runner.ts';
import { createCollectors } from '../../agent/collectors/list.ts';
import { MinuteBuffer } from '../../agent/minute-buffer.ts';
import { Sampler } from '../../agent/sampler.ts';
import { MINUTE_MS, minuteStartMs } from '../../core/host-minute.ts';

const HOST = 'bench';
const SAMPLES_PER_MINUTE = 6;
const INTERVAL_MS = MINUTE_MS / SAMPLES_PER_MINUTE;

/** Code runs interpreted at first; the agent runs for months. */
const WARM_UP_MINUTES = 10;
const DEFAULT_MINUTES = 100;

interface Cost {
  readonly cpuMs: number;
  readonly wallMs: number;
}

/**
 * What the agent costs this machine: CPU time of a sample by collector and as a whole, of a
 * host-minute's chunk, and memory. `args`: how many host-minutes to measure.
 */
export async function benchParts(args: readonly string[]): Promise<void> {
  const minutes = Number(args[0] ?? DEFAULT_MINUTES);
  if (!Number.isInteger(minutes) || minutes < 1) {
    throw new Error(
      `bench agent --parts: the number of minutes must be a whole number, not ${args[0]}`,
    );
  }
  const rssAtStart = rssMib();
  const { collectors, close } = createCollectors('/');
  const sampler = new Sampler({
    host: HOST,
    version: 'bench',
    batchIntervalMs: MINUTE_MS,
    runner: new CollectorRunner(collectors, 5000, console.error),
    cpuSeconds: () => 0,
    residentBytes: process.memoryUsage.rss,
    dropped: new Map(),
    earlierMs: undefined,
    isBehind: () => false,
    log: console.error,
  });
  await runMinutes(sampler, 0, WARM_UP_MINUTES);
  const whole = await runMinutes(sampler, WARM_UP_MINUTES, minutes);
  console.log(`${minutes * SAMPLES_PER_MINUTE} samples of ${whole.seriesCount} series\n`);
  const table: Record<string, { 'CPU ms': string; 'wall ms': string }> = {};
  for (const collector of collectors) {
    let nowMs = 0;
    const cost = await costOf(minutes * SAMPLES_PER_MINUTE, async () => {
      nowMs += INTERVAL_MS;
      await collector.collect({ nowMs, withinMs: 5000 });
    });
    table[collector.name] = row(cost);
  }
  table['whole sample'] = row(whole.sample);
  table['chunk of a minute'] = row(whole.chunk);
  console.table(table);
  console.log(`chunk of a minute: ${whole.chunkBytes} bytes on average`);
  console.log(`memory (RSS): ${rssAtStart} MiB before, ${rssMib()} MiB after`);
  await close();
}

interface MinutesCost {
  readonly sample: Cost;
  readonly chunk: Cost;
  readonly chunkBytes: number;
  readonly seriesCount: number;
}

async function runMinutes(sampler: Sampler, first: number, count: number): Promise<MinutesCost> {
  const buffer = new MinuteBuffer(HOST, new Map());
  const start = Math.floor(Date.now() / MINUTE_MS) + first;
  let seriesCount = 0;
  let bytes = 0;
  let sampled: Cost = { cpuMs: 0, wallMs: 0 };
  let encoded: Cost = { cpuMs: 0, wallMs: 0 };
  for (let minute = start; minute < start + count; minute += 1) {
    const startMs = minuteStartMs(HOST, minute);
    let instant = 0;
    const cost = await costOf(SAMPLES_PER_MINUTE, async () => {
      const sample = await sampler.sample(startMs + instant * INTERVAL_MS);
      instant += 1;
      buffer.add(sample);
      seriesCount = sample.points.length;
    });
    sampled = sum(sampled, cost, 1 / count);
    encoded = sum(encoded, await costOf(1, async () => buffer.close()), 1 / count);
    const batch = buffer.oldest();
    if (batch?.chunk === undefined)
      throw new Error(`bench agent --parts: minute ${minute} has no chunk`);
    bytes += batch.chunk.byteLength;
    buffer.acknowledge(batch);
  }
  return { sample: sampled, chunk: encoded, chunkBytes: Math.round(bytes / count), seriesCount };
}

/** The cost of one run, the average of `times`. */
async function costOf(times: number, run: () => Promise<void>): Promise<Cost> {
  const cpuBefore = process.cpuUsage();
  const wallBefore = performance.now();
  for (let i = 0; i < times; i += 1) await run();
  const { user, system } = process.cpuUsage(cpuBefore);
  return {
    cpuMs: (user + system) / 1000 / times,
    wallMs: (performance.now() - wallBefore) / times,
  };
}

function sum(total: Cost, part: Cost, weight: number): Cost {
  return {
    cpuMs: total.cpuMs + part.cpuMs * weight,
    wallMs: total.wallMs + part.wallMs * weight,
  };
}

function row({ cpuMs, wallMs }: Cost): { 'CPU ms': string; 'wall ms': string } {
  return { 'CPU ms': cpuMs.toFixed(3), 'wall ms': wallMs.toFixed(3) };
}

function rssMib(): number {
  return Math.round(process.memoryUsage.rss() / 2 ** 20);
}
