import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { closeServer, LOOPBACK, listen } from '../../infra/local/listen.ts';

/** A real Prometheus that scrapes a real node exporter and itself, and writes to a receiver. */

export const SCRAPE_MS = 5000;
const STARTS_WITHIN_MS = 30_000;

export interface ClientOptions {
  readonly prometheus: string;
  readonly nodeExporter: string;
  /** Where to write, as `remote_write` in prometheus.yml has it; JSON is YAML. */
  readonly remoteWrite: Readonly<Record<string, unknown>>;
}

/** A program that ends with the test. */
export class Program {
  readonly #process: ChildProcess;
  readonly #ended: Promise<unknown>;
  #output = '';

  constructor(path: string, args: readonly string[], cwd: string) {
    this.#process = spawn(path, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream?.on('data', (data: Buffer) => {
        this.#output += data.toString();
      });
    }
    this.#ended = once(this.#process, 'close');
    // Told by `checkRuns`, with what it printed.
    this.#ended.catch(() => undefined);
    this.#process.once('error', (error) => {
      this.#output += `${path}: ${error.message}`;
    });
  }

  checkRuns(): void {
    if (this.#process.pid === undefined || this.#process.exitCode !== null)
      throw new Error(`ended:\n${this.#output}`);
  }

  async stop(): Promise<void> {
    if (this.#process.pid === undefined) return;
    this.#process.kill('SIGTERM');
    await this.#ended;
  }
}

export class PrometheusClient {
  readonly #folder: string;
  readonly #exporter: Program;
  readonly #prometheus: Program;
  readonly #url: string;

  private constructor(folder: string, exporter: Program, prometheus: Program, url: string) {
    this.#folder = folder;
    this.#exporter = exporter;
    this.#prometheus = prometheus;
    this.#url = url;
  }

  static async start({ prometheus, nodeExporter, remoteWrite }: ClientOptions) {
    const [exporterPort, port, nobodysPort] = await freePorts(3);
    const folder = await mkdtemp(join(tmpdir(), 'hypervigil-prometheus-'));
    const target = (job: string, at: number | undefined) => ({
      job_name: job,
      static_configs: [{ targets: [`${LOOPBACK}:${at}`] }],
    });
    const config = {
      global: { scrape_interval: `${SCRAPE_MS / 1000}s`, scrape_timeout: '4s' },
      scrape_configs: [
        target('node', exporterPort),
        target('prometheus', port),
        target('nobody', nobodysPort),
      ],
      remote_write: [remoteWrite],
    };
    const configFile = join(folder, 'prometheus.yml');
    await writeFile(configFile, JSON.stringify(config));
    const exporter = new Program(
      nodeExporter,
      [`--web.listen-address=${LOOPBACK}:${exporterPort}`],
      folder,
    );
    const server = new Program(
      prometheus,
      [
        `--config.file=${configFile}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        `--web.listen-address=${LOOPBACK}:${port}`,
      ],
      folder,
    );
    const client = new PrometheusClient(folder, exporter, server, `http://${LOOPBACK}:${port}`);
    await client.#waitUntilReady();
    return client;
  }

  async #waitUntilReady(): Promise<void> {
    const untilMs = Date.now() + STARTS_WITHIN_MS;
    for (;;) {
      this.#exporter.checkRuns();
      this.#prometheus.checkRuns();
      const ready = await fetch(`${this.#url}/-/ready`).catch(() => undefined);
      if (ready?.ok === true) return;
      if (Date.now() > untilMs) throw new Error('Prometheus does not get ready');
      await sleep(100);
    }
  }

  /** The exporter goes away: its series end with staleness markers. */
  stopExporter(): Promise<void> {
    return this.#exporter.stop();
  }

  /** The `data` of an answer of the query API. */
  async query(query: string, atMs: number): Promise<unknown> {
    const parameters = new URLSearchParams({ query, time: String(atMs / 1000) });
    const response = await fetch(`${this.#url}/api/v1/query?${parameters}`);
    const body: unknown = await response.json();
    if (typeof body === 'object' && body !== null && 'data' in body) return body.data;
    throw new Error(`${query}: ${response.status} ${JSON.stringify(body)}`);
  }

  /** The sum of one of its own metrics over all labels; 0 where it has none. */
  async ownMetric(name: string): Promise<number> {
    const text = await (await fetch(`${this.#url}/metrics`)).text();
    return text
      .split('\n')
      .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
  }

  async stop(): Promise<void> {
    await Promise.all([this.#exporter.stop(), this.#prometheus.stop()]);
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** Ports that are free just now: all taken at once, then let go. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports: number[] = [];
  for (const server of servers) {
    const port = await listen(server, 0);
    if (!port.ok) throw new Error(port.error.message);
    ports.push(port.value);
  }
  await Promise.all(servers.map((server) => closeServer(server, 0)));
  return ports;
}
