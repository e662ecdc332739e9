import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, readFileSync } from 'node:fs';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DAY_MS } from '../core/time.ts';
import { createHandler } from '../functions/remote-write/handler.ts';
import { addHostKey } from '../functions/store/host-keys.ts';
import { startFront } from '../infra/local/http-front.ts';
import { startBenchTable } from './bench-table.ts';

const SERIES = 100;
const STEP_MS = 15_000;

/** How much of what age, and how much of a year is of that age. */
const PIECES = [
  { title: 'older than 30 days', agoDays: 60, days: 4, ofYear: 335 },
  { title: 'older than 7 days', agoDays: 20, days: 4, ofYear: 23 },
  { title: 'newer', agoDays: 2, days: 1, ofYear: 7 },
];

/**
 * What an import takes: pieces of the history of 100 series at 15 s, of each age, through `hypervigil import` and the
 * receiver into the embedded table, which counts units as DynamoDB does; and from them a year of it.
 */
export async function benchImport(): Promise<void> {
  const bench = await startBenchTable();
  const { table, environment } = bench;
  const folder = await mkdtemp(join(tmpdir(), 'hypervigil-bench-'));
  const keyFile = join(folder, 'key');
  await writeFile(keyFile, await addHostKey(table, 'import', Date.now(), 'sender'));
  const handler = createHandler(environment);
  let [requests, handlerMs] = [0, 0];
  const front = await startFront({
    port: 0,
    routes: {
      '/api/v1/write': async (event) => {
        const startMs = performance.now();
        const answer = await handler(event);
        handlerMs += performance.now() - startMs;
        requests++;
        return answer;
      },
    },
    nowMs: Date.now,
    onFault: (path, error) => console.error(path, error),
  });
  if (!front.ok) throw new Error(front.error.message);
  const units = countUnits();
  const year = { seconds: 0, requests: 0, handlerMs: 0, read: 0, written: 0 };
  console.log(
    'age | samples | MB of text | s | peak MB | requests | s of function | written | read',
  );
  for (const { title, agoDays, days, ofYear } of PIECES) {
    const file = join(folder, 'in.om');
    await pipeline(Readable.from(openMetrics(agoDays, days)), createWriteStream(file));
    const { size } = await stat(file);
    [requests, handlerMs] = [0, 0];
    units.clear();
    const { seconds, peakMb } = await runImport([
      'import',
      file,
      '--write-url',
      front.value.url,
      '--key-file',
      keyFile,
    ]);
    const samples = SERIES * days * (DAY_MS / STEP_MS);
    const row = [title, samples, size / 1e6, seconds, peakMb, requests, handlerMs / 1000];
    const counted = [units.written(), units.read()];
    console.log([...row, ...counted].map(rounded).join(' | '));
    const times = ofYear / days;
    year.seconds += seconds * times;
    year.requests += requests * times;
    year.handlerMs += handlerMs * times;
    year.written += units.written() * times;
    year.read += units.read() * times;
  }
  const yearly = [year.seconds, '', year.requests, year.handlerMs / 1000, year.written, year.read];
  const samples = SERIES * 365 * (DAY_MS / STEP_MS);
  console.log(['a year', samples, '', ...yearly].map(rounded).join(' | '));
  await front.value.close();
  bench.close();
  await rm(folder, { recursive: true });
}

function rounded(value: string | number): string {
  return typeof value === 'string' ? value : Math.round(value).toLocaleString('en-US');
}

/** Series after series, as OpenMetrics is: gauges, counters, sizes, and what stands still. */
function* openMetrics(agoDays: number, days: number): Generator<string> {
  const fromMs = Date.now() - agoDays * DAY_MS;
  const count = days * (DAY_MS / STEP_MS);
  for (let i = 0; i < SERIES; i++) {
    const name = ['node_x', 'node_seconds_total', 'node_bytes', 'node_state'][i % 4] ?? '';
    let value = i;
    let text = '';
    for (let row = 0; row < count; row++) {
      if (i % 4 === 0) value += Math.random() - 0.5;
      else if (i % 4 === 1) value += Math.random() * 15;
      else if (i % 4 === 2) value += Math.floor(Math.random() * 100) * 4096;
      const digits = i % 4 < 2 ? 2 : 0;
      text += `${name}{instance="10.0.0.1:9100",job="node",device="sd${i}"} ${value.toFixed(digits)} ${(fromMs + row * STEP_MS) / 1000}\n`;
    }
    yield text;
  }
  yield '# EOF\n';
}

async function runImport(args: readonly string[]): Promise<{ seconds: number; peakMb: number }> {
  const startMs = performance.now();
  const child = spawn(process.execPath, ['infra/cli/main.ts', ...args], { stdio: 'inherit' });
  let peakMb = 0;
  const look = setInterval(() => {
    try {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      peakMb = Math.max(peakMb, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
    } catch {
      // It has just ended.
    }
  }, 50);
  const [code] = await once(child, 'exit');
  clearInterval(look);
  if (code !== 0) throw new Error(`import ended with ${code}`);
  return { seconds: (performance.now() - startMs) / 1000, peakMb };
}

/** Units of reads and of writes, of all clients of this process. */
function countUnits() {
  const send = DynamoDBClient.prototype.send;
  let [read, written] = [0, 0];
  DynamoDBClient.prototype.send = async function counting(
    this: DynamoDBClient,
    command: { input: object },
  ) {
    command.input = { ...command.input, ReturnConsumedCapacity: 'TOTAL' };
    const output = await (send as (command: object) => Promise<object>).call(this, command);
    const consumed = 'ConsumedCapacity' in output ? output.ConsumedCapacity : [];
    for (const one of [consumed].flat() as { CapacityUnits?: number }[]) {
      if (/Put|Delete|Update/.test(command.constructor.name)) written += one.CapacityUnits ?? 0;
      else read += one.CapacityUnits ?? 0;
    }
    return output;
  } as never;
  return {
    clear: () => {
      [read, written] = [0, 0];
    },
    read: () => read,
    written: () => written,
  };
}
