import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { AssetCode } from 'aws-cdk-lib/aws-lambda';
import { codeFromSources } from '../../infra/aws/code.ts';
import { startBenchTable } from '../bench-table.ts';
import { type LambdaName, readDeployment } from '../cost/deployment.ts';
import { makeCpuGroup, VCPU_MEMORY_MB } from './cpu-share.ts';
import type { InvocationOrder, InvocationReport } from './invocations.ts';
import { type MeasuredFunction, type Scenario, scenarios } from './scenarios.ts';

const CALLS = 100;
/** Of ingest with a whole CPU: V8 has optimised what it will by then. */
const BATCHES = 2500;
const RUNS = 5;
const INVOCATIONS = new URL('invocations.ts', import.meta.url).pathname;

const PART: Readonly<Record<MeasuredFunction, LambdaName>> = {
  ingest: 'Ingest',
  evaluate: 'Evaluator',
  compact: 'Compactor',
  api: 'Api',
};

/**
 * Cold and warm: each Lambda's bundle, as it is deployed, in a fresh process with the CPU time that Lambda gives for
 * its memory, and with a whole CPU. The table is beside it, in a process with all of the other one.
 */
export async function benchLambda(): Promise<void> {
  const bench = await startBenchTable();
  const { table, environment } = bench;
  const sns = await startSns();
  const { memoryMb } = readDeployment();
  const rows: Record<string, object> = {};
  for (const scenario of await scenarios(table, Date.now(), CALLS, BATCHES)) {
    const memory = memoryMb[PART[scenario.name]];
    for (const share of new Set([1, Math.min(1, memory / VCPU_MEMORY_MB)]))
      rows[`${scenario.name}: ${scenario.what}, ${share.toFixed(2)} CPU`] = await measure(
        scenario,
        share,
        {
          ...environment,
          SNS_ENDPOINT: sns.url,
        },
      );
  }
  console.log(`a fresh process, median of ${RUNS}; then ${CALLS} calls`);
  console.table(rows);
  bench.close();
  sns.close();
}

/** Takes all messages. */
async function startSns(): Promise<{ url: string; close: () => void }> {
  const server = createServer((request, response) => {
    request.resume().once('end', () => {
      response.setHeader('content-type', 'text/xml');
      response.end(
        '<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>',
      );
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { url: `http://127.0.0.1:${address.port}`, close: () => server.close() };
}

async function measure(
  { name, events: all }: Scenario,
  share: number,
  settings: Readonly<Record<string, string>>,
): Promise<object> {
  const code = codeFromSources(name);
  if (!(code instanceof AssetCode)) throw new Error(`${name}: no bundle`);
  const file = join(code.path, 'index.mjs');
  // Not the rest too: what a process is handed is in its memory.
  const events = all.slice(0, CALLS + 1);
  const reports: InvocationReport[] = [];
  for (let run = 0; run < RUNS; run++)
    reports.push(await runOnce({ file, events, nextCalls: CALLS }, share, settings, code.path));
  const order = { file, events: all, nextCalls: CALLS };
  const isLong = share === 1 && all.length > events.length;
  const long = isLong ? await runOnce(order, share, settings, code.path) : undefined;
  const median = (of: (report: InvocationReport) => number) =>
    reports.map(of).sort((a, b) => a - b)[Math.floor(RUNS / 2)] ?? Number.NaN;
  const ms = (value: number) => Number(value.toPrecision(3));
  return {
    'bundle KB': Math.round(codeBytes(code.path) / 1000),
    'init ms': ms(median(({ initMs }) => initMs)),
    'first call ms': ms(median(({ firstMs }) => firstMs)),
    'next ms': ms(median(({ nextMs, nextCalls }) => nextMs / nextCalls)),
    'next CPU ms': ms(median(({ nextCpuMs, nextCalls }) => nextCpuMs / nextCalls)),
    ...(long?.steadyCpuMs === undefined ? {} : { 'steady CPU ms': ms(long.steadyCpuMs) }),
    'RSS MB': Math.round(median(({ rssBytes }) => rssBytes) / 1e6),
  };
}

/** Of all files of code, those included that are loaded only when they are needed. */
function codeBytes(folder: string): number {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.mjs'))
    .reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}

async function runOnce(
  order: InvocationOrder,
  share: number,
  settings: Readonly<Record<string, string>>,
  folder: string,
): Promise<InvocationReport> {
  const group = makeCpuGroup(`hypervigil-lambda-${process.pid}`, share);
  if (group === undefined && share < 1)
    throw new Error('shares of a CPU need root and a cgroup hierarchy with the cpu controller');
  const enter = group === undefined ? ':' : `echo $$ > '${group.procsFile}'`;
  const child = spawn('sh', ['-c', `${enter}; exec "$0" "$1"`, process.execPath, INVOCATIONS], {
    cwd: folder,
    stdio: ['pipe', 'pipe', 'inherit'],
    env: {
      ...settings,
      RULES_DIR: './rules',
      AWS_REGION: 'eu-central-1',
    },
  });
  child.stdin.end(JSON.stringify(order));
  let text = '';
  for await (const part of child.stdout.setEncoding('utf8')) text += part;
  if (child.exitCode === null) await once(child, 'exit');
  group?.remove();
  const line = text.trim().split('\n').at(-1) ?? '';
  if (child.exitCode !== 0) throw new Error(`the function ended with status ${child.exitCode}`);
  const report: InvocationReport = JSON.parse(line);
  if (report.statusCode !== undefined && report.statusCode !== 200)
    throw new Error(`${order.file}: answered ${report.statusCode}`);
  return report;
}
