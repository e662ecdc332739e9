import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { snappyCompress } from 'hysnappy';
import type { Series } from '../../core/series/series.ts';
import { closeServer, LOOPBACK, listen } from '../../infra/local/listen.ts';
import { encode, outgoingSeries, V1 } from '../../test/remote-write/requests.ts';

const START_TIMEOUT_MS = 60_000;
const PROMETHEUS = process.env['PROMETHEUS_BIN'] ?? 'prometheus';
const ALERTMANAGER = process.env['ALERTMANAGER'] ?? 'prometheus-alertmanager';

/** Something that runs, and how to end it. */
export interface Running {
  readonly url: string;
  readonly stop: () => Promise<void>;
}

/** A server that takes JSON in POST requests and calls back with each: `path` tells who sent it. */
export async function startWebhook(take: (path: string, body: unknown) => void): Promise<Running> {
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      take(request.url ?? '/', JSON.parse(Buffer.concat(parts).toString('utf8')));
      response.end();
    });
  });
  const port = await portOf(server);
  return { url: `http://${LOOPBACK}:${port}`, stop: () => closeServer(server, 1000) };
}

/** An Alertmanager of its own, alone. */
export function startAlertmanager(config: string): Promise<Running> {
  return startProgram(ALERTMANAGER, { 'alertmanager.yaml': config }, (folder, address) => [
    `--config.file=${join(folder, 'alertmanager.yaml')}`,
    `--storage.path=${join(folder, 'data')}`,
    `--web.listen-address=${address}`,
    '--cluster.listen-address=',
  ]);
}

export interface RunningPrometheus extends Running {
  readonly write: (series: readonly Series[]) => Promise<void>;
  /** The sum of one of its own counters. */
  readonly count: (metric: string) => Promise<number>;
}

/** A Prometheus of its own. `files` lie in its folder, `prometheus.yml` among them. */
export async function startPrometheus(
  files: Readonly<Record<string, string>>,
  flags: readonly string[],
): Promise<RunningPrometheus> {
  const running = await startProgram(PROMETHEUS, files, (folder, address) => [
    `--config.file=${join(folder, 'prometheus.yml')}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=${address}`,
    '--web.enable-remote-write-receiver',
    ...flags,
  ]);
  return {
    ...running,
    write: async (series) => {
      const response = await fetch(`${running.url}/api/v1/write`, {
        method: 'POST',
        headers: {
          'content-type': 'application/x-protobuf',
          'content-encoding': 'snappy',
          'x-prometheus-remote-write-version': '0.1.0',
        },
        body: Buffer.from(snappyCompress(encode(V1, series.map(outgoingSeries)))),
      });
      if (!response.ok) throw new Error(`write: ${response.status} ${await response.text()}`);
    },
    count: async (metric) => {
      const text = await (await fetch(`${running.url}/metrics`)).text();
      const lines = text.split('\n').filter((line) => line.startsWith(`${metric}{`));
      return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
    },
  };
}

async function startProgram(
  program: string,
  files: Readonly<Record<string, string>>,
  args: (folder: string, address: string) => readonly string[],
): Promise<Running> {
  const folder = await mkdtemp(join(tmpdir(), 'storms-'));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  const spare = createServer();
  const address = `${LOOPBACK}:${await portOf(spare)}`;
  await closeServer(spare, 0);
  const child = spawn(program, args(folder, address), { stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log = `${log}${text}`.slice(-10_000);
  });
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code) => resolve(`ended with ${code}`));
  });
  const stop = async () => {
    if (child.pid !== undefined && child.exitCode === null) {
      child.kill('SIGKILL');
      await ended;
    }
    await rm(folder, { recursive: true, force: true });
  };
  const url = `http://${address}`;
  const failure = await Promise.race([untilReady(url), ended]);
  if (failure === undefined) return { url, stop };
  await stop();
  throw new Error(`${program}: ${failure}\n${log}`);
}

async function untilReady(url: string): Promise<string | undefined> {
  const deadlineMs = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < deadlineMs) {
    const ready = await fetch(`${url}/-/ready`).catch(() => undefined);
    if (ready?.ok === true) return undefined;
    await sleep(50);
  }
  return 'does not become ready';
}

async function portOf(server: Server): Promise<number> {
  const port = await listen(server, 0);
  if (!port.ok) throw new Error(port.error.message);
  return port.value;
}
