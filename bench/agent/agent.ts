import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { DAY_MS } from '../../core/time.ts';
import { SAMPLES_PER_POST } from './agent-config.ts';
import { collectd } from './collectd.ts';
import { countForks } from './forks.ts';
import { megabytes } from './measure-process.ts';
import { netdata } from './netdata.ts';
import { nodeExporter } from './node-exporter.ts';
import { benchParts } from './parts.ts';
import { descendantsOf, readTree, type TreeReading } from './process-tree.ts';
import type { Program, RunningProgram, Traffic } from './program.ts';
import { hypervigilVariants } from './variants.ts';
import { zabbixAgent } from './zabbix-agent.ts';

/** Code runs interpreted at first, and what a program reads once is read. */
const WARM_UP_SAMPLES = 12;
const FORKS_SAMPLES = 3;

const OPTIONS = {
  seconds: { type: 'string', default: '300' },
  interval: { type: 'string', default: '10s' },
  only: { type: 'string' },
  limit: { type: 'string' },
  dist: { type: 'string', default: 'dist/agent' },
  parts: { type: 'boolean', default: false },
} as const;

/**
 * What the agent costs, beside others that measure a host: all run side by side for the same time at the
 * same interval. `--seconds N` measures for so long (after a warm-up of 12 samples), `--interval 10s`,
 * `--only a,b` takes those whose names begin so, `--limit 48M` is another MemoryHigh than our unit's,
 * `--dist DIR` is where `npm run agent:build` put the executable, `--parts` tells CPU time by collector
 * instead.
 */
export async function benchAgent(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: OPTIONS,
    allowPositionals: true,
  });
  if (values.parts) return benchParts(positionals);
  const intervalMs = parseInterval(values.interval);
  const samples = wholePosts(Number(values.seconds) * 1000, intervalMs);
  const wanted = values.only?.split(',');
  const programs = (await allPrograms(values.dist, values.limit)).filter(
    ({ name }) => wanted === undefined || wanted.some((start) => name.startsWith(start)),
  );
  if (programs.length === 0) throw new Error(`bench agent: --only ${values.only} names nothing`);
  const folder = mkdtempSync(join(tmpdir(), 'hypervigil-bench-'));
  const running: Measured[] = [];
  try {
    for (const program of programs) {
      if (!program.isPresent()) console.log(`${program.name}: not here. ${program.remedy}`);
      else running.push(await begin(program, join(folder, String(running.length)), intervalMs));
    }
    await sleep(WARM_UP_SAMPLES * intervalMs);
    const uses = await measure(running, samples, intervalMs);
    const forks = await forksOf(running, intervalMs, folder);
    print(uses, forks, intervalMs);
  } finally {
    // One that cannot be ended must not keep the others running, nor hide what went wrong before.
    const stops = await Promise.allSettled(running.map(({ process }) => process.stop()));
    for (const stop of stops) if (stop.status === 'rejected') console.error(String(stop.reason));
    rmSync(folder, { recursive: true, force: true });
  }
}

async function allPrograms(dist: string, limit: string | undefined): Promise<Program[]> {
  return [...(await hypervigilVariants(dist, limit)), nodeExporter, collectd, zabbixAgent, netdata];
}

function parseInterval(text: string): number {
  const [, seconds] = /^(\d+)s$/.exec(text) ?? [];
  if (seconds === undefined || Number(seconds) < 1 || Number(seconds) > 60)
    throw new Error(`bench agent: --interval must be 1s to 60s, not "${text}"`);
  return Number(seconds) * 1000;
}

/** So many samples that each post is whole, at least one. */
function wholePosts(ms: number, intervalMs: number): number {
  if (!(ms > 0)) throw new Error('bench agent: --seconds must be a number above 0');
  return Math.ceil(ms / intervalMs / SAMPLES_PER_POST) * SAMPLES_PER_POST;
}

interface Measured {
  readonly name: string;
  readonly process: RunningProgram;
}

async function begin(program: Program, folder: string, intervalMs: number): Promise<Measured> {
  mkdirSync(folder);
  return { name: program.name, process: await program.start(folder, intervalMs) };
}

/** What one program held and used during the measured time. */
interface Use {
  readonly name: string;
  readonly begin: Moment;
  readonly end: Moment;
  /** Median over the samples, and the most. */
  readonly memory: readonly TreeReading[];
  readonly samples: number;
}

interface Moment {
  readonly tree: TreeReading;
  readonly traffic: Traffic;
}

async function measure(
  running: readonly Measured[],
  samples: number,
  intervalMs: number,
): Promise<Use[]> {
  const momentOf = async ({ process }: Measured): Promise<Moment> => {
    process.child.assertRuns();
    return { traffic: await process.traffic(), tree: readTree(process.child.pid) };
  };
  const begins = await Promise.all(running.map(momentOf));
  const beganMs = performance.now();
  const memory: TreeReading[][] = running.map(() => []);
  for (let sample = 1; sample <= samples; sample += 1) {
    await sleep(beganMs + sample * intervalMs - performance.now());
    running.forEach(({ process }, i) => void memory[i]?.push(readTree(process.child.pid)));
  }
  const ends = await Promise.all(running.map(momentOf));
  return running.flatMap(({ name }, i) => {
    const [begin, end] = [begins[i], ends[i]];
    return begin && end ? [{ name, begin, end, memory: memory[i] ?? [], samples }] : [];
  });
}

/** Processes that each begins for a sample, counted afterwards; `undefined` where that is not possible. */
async function forksOf(
  running: readonly Measured[],
  intervalMs: number,
  folder: string,
): Promise<(number | undefined)[]> {
  return Promise.all(
    running.map(async ({ process }) => {
      const { pid } = process.child;
      const pids = [pid, ...descendantsOf(pid)];
      const count = await countForks(pids, FORKS_SAMPLES * intervalMs, folder);
      return count === undefined ? undefined : count / FORKS_SAMPLES;
    }),
  );
}

function print(
  uses: readonly Use[],
  forks: readonly (number | undefined)[],
  intervalMs: number,
): void {
  const samples = uses[0]?.samples ?? 0;
  console.log(`${samples} samples, one each ${intervalMs / 1000} s; MB of 2^20 bytes`);
  const table: Record<string, Readonly<Record<string, string | number>>> = {};
  uses.forEach((use, i) => {
    table[use.name] = rowOf(use, forks[i], intervalMs);
  });
  console.table(table);
}

function rowOf(
  { begin, end, memory, samples }: Use,
  forks: number | undefined,
  intervalMs: number,
): Readonly<Record<string, string | number>> {
  const sorted = (of: (reading: TreeReading) => number) => memory.map(of).sort((a, b) => a - b);
  const median = (of: (reading: TreeReading) => number) =>
    megabytes(sorted(of)[Math.floor(memory.length / 2)] ?? 0);
  const cpuMs = (end.tree.cpuMs - begin.tree.cpuMs) / samples;
  const bytesADay = ((end.traffic.bytes - begin.traffic.bytes) / samples) * (DAY_MS / intervalMs);
  const wakeUps = (end.tree.wakeUps - begin.tree.wakeUps) / ((samples * intervalMs) / 1000);
  return {
    numbers: end.traffic.numbers,
    RSS: median(({ rssBytes }) => rssBytes),
    PSS: median(({ pssBytes }) => pssBytes),
    anonymous: median(({ anonymousBytes }) => anonymousBytes),
    'at most': megabytes(sorted(({ anonymousBytes }) => anonymousBytes).at(-1) ?? 0),
    'CPU ms/sample': cpuMs.toFixed(2),
    '% of a core': ((cpuMs / intervalMs) * 100).toFixed(3),
    'wake-ups/s': wakeUps.toFixed(1),
    'MB/day': megabytes(bytesADay),
    threads: end.tree.threads,
    'forks/sample': forks === undefined ? '-' : forks.toFixed(1),
  };
}
