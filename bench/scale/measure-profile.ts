import { cpus } from 'node:os';
import { readDeployment } from '../cost/deployment.ts';
import { fitLine } from '../cost/fit.ts';
import { measureTraffic } from '../cost/measure.ts';
import type { Linear, TrafficProfile } from '../cost/traffic.ts';
import { measureTicks, type TicksTook } from './measure-ticks.ts';
import type { MeasuredFleet, ScaleProfile } from './profile.ts';
import type { TickTook } from './tick-process.ts';

/** Two hours and their rolling up: sizes of items are those of a whole day, within a few percent. */
const DAY_MINUTES = 130;
const WARM_TICKS = 5;
/** Garbage is collected as often as there: sizes that do not fit into it can't be measured. */
const MEMORY_MB = 1769;
const SERIES_PER_VM = 20;
const INTERVAL_MS = 10_000;

interface Size {
  readonly hosts: number;
  readonly took: TicksTook;
}

/** Measures what `readProfile` reads: fleets with so many VMs a host, their evaluator with so many hosts. */
export async function measureProfile(
  vmsPerHost: readonly number[],
  sizes: readonly number[],
): Promise<ScaleProfile> {
  const fleets: MeasuredFleet[] = [];
  for (const vms of vmsPerHost) {
    const took: Size[] = [];
    for (const hosts of sizes) {
      console.error(`measuring: ticks of ${hosts} hosts x ${vms} VMs`);
      took.push({ hosts, took: await measureTicks(hosts, vms, MEMORY_MB, WARM_TICKS) });
    }
    const traffic = await measureTraffic(
      { hosts: 1, vmsPerHost: vms, seriesPerVm: SERIES_PER_VM, intervalMs: INTERVAL_MS },
      readDeployment().retention,
      { minutes: DAY_MINUTES, onProgress: (line) => console.error(`measuring: ${line}`) },
    );
    fleets.push(joined(vms, traffic, took));
  }
  const processor = cpus()[0]?.model ?? 'an unknown processor';
  const date = new Date().toISOString().slice(0, 10);
  return {
    measuredBy: `measured by npm run bench -- scale --measure, ${date}, Node ${process.versions.node}, ${processor}; ticks of ${sizes.join(', ')} hosts`,
    fleets,
  };
}

/** Units and calls as the real functions used them; time and memory of the evaluator from larger fleets. */
function joined(
  vmsPerHost: number,
  traffic: TrafficProfile,
  sizes: readonly Size[],
): MeasuredFleet {
  const line = (of: (took: TicksTook) => number): Linear =>
    fitLine(sizes.map(({ hosts, took }) => ({ hosts, value: of(took) })));
  return {
    vmsPerHost,
    seriesPerHost: traffic.seriesPerHost,
    chunkBytes: traffic.chunkBytes,
    storedBytesPerHost: traffic.storage.reduce(
      (sum, { itemBytes, count }) => sum + itemBytes * count.perHost,
      0,
    ),
    batch: traffic.batch,
    tick: { ...traffic.tick, cpuMs: line(({ warm }) => median(warm, ({ cpuMs }) => cpuMs)) },
    coldTick: { ...traffic.coldTick, cpuMs: line(({ cold }) => cold.cpuMs) },
    tickLiveBytes: line(({ warm }) => median(warm, ({ liveBytes }) => liveBytes)),
    compaction: traffic.compaction,
  };
}

function median(all: readonly TickTook[], of: (took: TickTook) => number): number {
  const sorted = all.map(of).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
