import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { writeConfig } from './agent-config.ts';
import { growthPerDay, hourlyMinima, type Reading } from './growth.ts';
import { type IngestReport, type IngestServer, startIngestServer } from './ingest-server.ts';
import { installBundle } from './installed-agent.ts';
import { megabytes } from './measure-process.ts';
import { readTree, type TreeReading } from './process-tree.ts';
import { type StartedChild, startChild } from './program.ts';
import { buildFastAgent } from './soak-bundle.ts';
import { readShippedUnit } from './unit.ts';
import { hideVirtualMachines } from './virtual-machines.ts';

const HOST = 'soak';
const INTERVAL_MS = 10_000;
const SAMPLES_PER_HOUR = 3_600_000 / INTERVAL_MS;
/** A wait of 10 s takes 12 ms: the rest of the time is the agent's. */
const SPEED = 800;
/** Of the hours: code is compiled, tables are filled. */
const WARM_UP_SHARE = 1 / 6;
const READ_EVERY_MS = 200;
/** The server refuses for a second (a quarter of an hour of the agent's) out of so many. */
const OUTAGE_EVERY_MS = 20_000;
const OUTAGE_MS = 1000;
/** A day of 8,640 samples takes some 3 minutes. */
const HOUR_WITHIN_MS = 30_000;
const GROWTH_MAX_BYTES = 1 << 20;

/**
 * A day of the real agent's process, with its real collectors, spool and posts over TLS, on a clock that
 * jumps over the waiting. Fails where memory would grow by more than 1 MB a day, where open files or
 * threads do, or where a sample is lost. `--hours N`: how long that day is, 24 by default.
 */
export async function benchSoak(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { hours: { type: 'string', default: '24' } },
  });
  const hours = Number(values.hours);
  if (!Number.isInteger(hours) || hours < 6)
    throw new Error('bench soak: --hours must be a whole number, 6 or more');
  const folder = mkdtempSync(join(tmpdir(), 'hypervigil-soak-'));
  const at = (sub: string) => {
    mkdirSync(join(folder, sub));
    return join(folder, sub);
  };
  const options = { host: HOST, closesConnections: false, anyTime: true };
  const server = await startIngestServer(at('server'), options);
  const around = await hideVirtualMachines();
  try {
    const { command, args: first } = await installBundle(at('program'), await buildFastAgent());
    const heapFile = join(folder, 'heap');
    const config = writeConfig(folder, { host: HOST, url: server.url, intervalMs: INTERVAL_MS });
    const { wrapper } = around;
    const [program = command, ...rest] = [...wrapper, command, ...first, 'run', '--config', config];
    const agent = await startChild(program, rest, {
      cwd: folder,
      env: {
        PATH: process.env['PATH'],
        ...readShippedUnit().environment,
        STATE_DIRECTORY: at('state'),
        NODE_EXTRA_CA_CERTS: server.authorityFile,
        HYPERVIGIL_SOAK_SPEED: String(SPEED),
        HYPERVIGIL_SOAK_HEAP: heapFile,
      },
    });
    try {
      const day = await watchDay({ agent, server, heapFile, hours });
      await agent.stop();
      judge(day, await server.report(), hours);
    } finally {
      await agent.stop();
    }
  } finally {
    await server.stop();
    await around.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Moment {
  readonly hour: number;
  readonly tree: TreeReading;
  readonly heapBytes: number;
}

interface Day {
  readonly agent: StartedChild;
  readonly server: IngestServer;
  readonly heapFile: string;
  readonly hours: number;
}

async function watchDay({ agent, server, heapFile, hours }: Day): Promise<readonly Moment[]> {
  const moments: Moment[] = [];
  const beganMs = performance.now();
  for (let hour = 0; hour < hours; ) {
    await sleep(READ_EVERY_MS);
    agent.assertRuns();
    const elapsedMs = performance.now() - beganMs;
    if (elapsedMs > hours * HOUR_WITHIN_MS)
      throw new Error(`bench soak: only ${hour.toFixed(1)} of ${hours} hours in ${elapsedMs} ms`);
    server.refuse(elapsedMs % OUTAGE_EVERY_MS > OUTAGE_EVERY_MS - OUTAGE_MS);
    hour = (await server.report()).samples / SAMPLES_PER_HOUR;
    const heapBytes = readHeap(heapFile);
    if (heapBytes !== undefined) moments.push({ hour, tree: readTree(agent.pid), heapBytes });
  }
  server.refuse(false);
  return moments;
}

/** `undefined` while it is being written, and before. */
function readHeap(file: string): number | undefined {
  try {
    return Number(readFileSync(file, 'utf8')) || undefined;
  } catch {
    return undefined;
  }
}

/** What must not grow, by its name in the table. */
const WATCHED: Readonly<
  Record<string, { readonly of: (moment: Moment) => number; readonly isCount?: true }>
> = {
  PSS: { of: ({ tree }) => tree.pssBytes },
  anonymous: { of: ({ tree }) => tree.anonymousBytes },
  'JavaScript heap': { of: ({ heapBytes }) => heapBytes },
  'open files': { of: ({ tree }) => tree.openFiles, isCount: true },
  threads: { of: ({ tree }) => tree.threads, isCount: true },
};

function judge(moments: readonly Moment[], report: IngestReport, hours: number): void {
  const warmUp = Math.ceil(hours * WARM_UP_SHARE);
  const table: Record<string, Readonly<Record<string, string>>> = {};
  const troubles: string[] = [];
  for (const [name, { of, isCount = false }] of Object.entries(WATCHED)) {
    const show = (value = 0) => (isCount ? value.toFixed(1) : `${megabytes(value)} MB`);
    const minima = hourlyMinima(
      moments.map((one): Reading => ({ hour: one.hour, value: of(one) })),
    );
    const later = minima.filter(({ hour }) => hour >= warmUp && hour < hours);
    const growth = growthPerDay(later);
    table[name] = {
      'after 1 h': show(minima[0]?.value),
      [`after ${warmUp} h`]: show(later[0]?.value),
      [`after ${hours} h`]: show(later.at(-1)?.value),
      'growth a day': growth === undefined ? '-' : show(growth),
    };
    const limit = isCount ? 0.5 : GROWTH_MAX_BYTES;
    if (growth === undefined || growth > limit) troubles.push(`${name} grows`);
  }
  const cpu = moments.at(-1);
  const samples = Math.round((report.lastMs - report.firstMs) / INTERVAL_MS) + 1;
  console.log(
    `${hours} hours: ${report.samples} of ${samples} samples stored, ${report.posts} posts, ${((cpu?.tree.cpuMs ?? 0) / report.samples).toFixed(2)} ms of CPU time each`,
  );
  console.table(table);
  if (report.samples < samples) troubles.push(`${samples - report.samples} samples were lost`);
  if (troubles.length > 0) throw new Error(`bench soak: ${troubles.join(', ')}`);
}
