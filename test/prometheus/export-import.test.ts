import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DAY_MS } from '../../core/time.ts';
import { LOOPBACK } from '../../infra/local/listen.ts';
import { type Deployment, startDeployment } from '../export-import/deployment.ts';
import { freePorts, Program } from './remote-write-client.ts';

/**
 * What a real node exporter says goes into Hypervigil and into a real Prometheus, from each to the other, and all
 * answer alike. Needs `PROMETHEUS_BIN` and `PROMTOOL` of Prometheus 3; `NODE_EXPORTER_BIN` is Debian's unless set.
 */
const PROMTOOL = process.env['PROMTOOL'] ?? 'promtool';
const PROMETHEUS = process.env['PROMETHEUS_BIN'] ?? 'prometheus';
const NODE_EXPORTER = process.env['NODE_EXPORTER_BIN'] ?? 'prometheus-node-exporter';
const STARTS_WITHIN_MS = 30_000;
const run = promisify(execFile);

const HOUR_MS = 3_600_000;
const NOW_MS = Math.floor(Date.now() / HOUR_MS) * HOUR_MS;
/** An hour that is kept as it came, and one of which points are left. Their ends are not whole seconds. */
const NEW_MS = NOW_MS - 3 * HOUR_MS + 1;
const OLD_MS = NOW_MS - 100 * DAY_MS + 1;
const PAGES = 120;
const STEP_MS = 15_000;

let folder: string;
let page: string;
let hypervigil: Deployment;
const undo: (() => unknown)[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hypervigil-test-'));
  undo.push(() => rm(folder, { recursive: true }));
  const [port] = await freePorts(1);
  const exporter = new Program(NODE_EXPORTER, [`--web.listen-address=${LOOPBACK}:${port}`], folder);
  undo.push(() => exporter.stop());
  page = await untilReady(exporter, async () => {
    const response = await fetch(`http://${LOOPBACK}:${port}/metrics`);
    return response.ok ? response.text() : undefined;
  });
  hypervigil = await startDeployment(NOW_MS, folder, { settings: { RAW_RETENTION_DAYS: '1' } });
  undo.push(hypervigil.close);
});
afterAll(async () => {
  for (const each of undo.splice(0).reverse()) await each();
});

async function untilReady<T>(program: Program, get: () => Promise<T | undefined>): Promise<T> {
  const untilMs = Date.now() + STARTS_WITHIN_MS;
  for (;;) {
    program.checkRuns();
    const found = await get().catch(() => undefined);
    if (found !== undefined) return found;
    if (Date.now() > untilMs) throw new Error('it does not get ready');
    await sleep(100);
  }
}

/** The page at many times, with numbers that change: OpenMetrics, a time after another. */
function history(fromMs: number): string {
  const lines = page.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const all: string[] = [];
  for (let i = 0; i < PAGES; i++) {
    for (const [j, line] of lines.entries()) {
      const blank = line.lastIndexOf(' ');
      const value = Number(line.slice(blank).replace('Inf', 'Infinity'));
      const changed = (j + i) % 7 === 0 ? value + i : value;
      const text = Number.isFinite(changed) ? String(changed) : line.slice(blank + 1);
      all.push(`${line.slice(0, blank)} ${text} ${(fromMs + i * STEP_MS) / 1000}\n`);
    }
  }
  return all.join('');
}

/** A real Prometheus over the blocks promtool makes of a file. */
async function prometheusWith(file: string): Promise<string> {
  const data = await mkdtemp(join(folder, 'data-'));
  await run(PROMTOOL, ['tsdb', 'create-blocks-from', 'openmetrics', file, data]);
  await writeFile(join(data, 'prometheus.yml'), '{}');
  const [port] = await freePorts(1);
  const server = new Program(
    PROMETHEUS,
    [
      `--config.file=${join(data, 'prometheus.yml')}`,
      `--storage.tsdb.path=${data}`,
      '--storage.tsdb.retention.time=10y',
      `--web.listen-address=${LOOPBACK}:${port}`,
    ],
    data,
  );
  undo.push(() => server.stop());
  const url = `http://${LOOPBACK}:${port}`;
  await untilReady(server, async () => ((await fetch(`${url}/-/ready`)).ok ? true : undefined));
  return url;
}

type Ask = (query: string, atMs: number) => Promise<unknown>;

const prometheusAt =
  (url: string): Ask =>
  async (query, atMs) => {
    const parameters = new URLSearchParams({ query, time: String(atMs / 1000) });
    const response = await fetch(`${url}/api/v1/query?${parameters}`);
    const body = (await response.json()) as { data: unknown };
    return body.data;
  };

/** The series of an answer in an order of their own, and how many they are. */
async function sorted(ask: Ask, query: string, atMs: number): Promise<string[]> {
  const { result } = (await ask(query, atMs)) as { result: { metric: Record<string, string> }[] };
  return result
    .map(({ metric, ...rest }) => JSON.stringify([Object.entries(metric).sort(), rest]))
    .sort();
}

const END_MS = PAGES * STEP_MS;
const ALL = '{__name__!=""}';
/** Of what is kept as it came. */
const NEW_QUERIES = [
  `${ALL}[1h]`,
  ALL,
  'rate(node_cpu_seconds_total[5m])',
  'sum by (mode) (increase(node_cpu_seconds_total[20m]))',
  'quantile(0.9, node_network_receive_bytes_total)',
];
/** Of what is left of hours. */
const OLD_QUERIES = ['max', 'min', 'count'].flatMap((what) =>
  ['node_load1', 'node_memory_MemFree_bytes', 'node_filesystem_avail_bytes', 'go_goroutines'].map(
    (name) => `${what}_over_time(${name}[1d])`,
  ),
);

async function expectAlike(one: Ask, other: Ask, queries: readonly string[], atMs: number) {
  for (const query of queries) {
    const answer = await sorted(one, query, atMs);
    expect(answer.length, query).toBeGreaterThan(0);
    expect(answer, query).toEqual(await sorted(other, query, atMs));
  }
}

test('from files, to promtool and back, and from a Prometheus by remote read', async () => {
  const file = join(folder, 'in.om');
  await writeFile(file, `${history(OLD_MS)}${history(NEW_MS)}# EOF\n`);
  const real = await prometheusWith(file);
  const imported = await hypervigil.import([file]);
  expect(imported).toMatchObject({ isWhole: true, notes: [] });
  const askReal = prometheusAt(real);
  await expectAlike(hypervigil.query, askReal, NEW_QUERIES, NEW_MS + END_MS);
  await expectAlike(hypervigil.query, askReal, OLD_QUERIES, OLD_MS + 5 * HOUR_MS);

  const exported = join(folder, 'out.om');
  const end = await hypervigil.export(exported, { from: '5h' });
  expect(end).toMatchObject({ isWhole: true });
  const again = prometheusAt(await prometheusWith(exported));
  await expectAlike(hypervigil.query, again, NEW_QUERIES, NEW_MS + END_MS);

  const other = await startDeployment(NOW_MS, folder, { settings: { RAW_RETENTION_DAYS: '1' } });
  undo.push(other.close);
  for (const fromMs of [OLD_MS, NEW_MS]) {
    const span = { from: String((fromMs - 1) / 1000), to: String((fromMs + 2 * HOUR_MS) / 1000) };
    const read = await other.import([], { remoteRead: real, ...span });
    expect(read).toMatchObject({ isWhole: true, notes: [] });
  }
  await expectAlike(other.query, askReal, NEW_QUERIES, NEW_MS + END_MS);
  await expectAlike(other.query, askReal, OLD_QUERIES, OLD_MS + 5 * HOUR_MS);
});

test("an agent's metrics have types, units and help that promtool takes", async () => {
  const t = (NOW_MS - 600_000) / 1000;
  const names = ['host_memory_available_bytes', 'container_oom_kills_total', 'host_load1', 'up'];
  const file = join(folder, 'agent.om');
  const lines = names.map((name) => `${name}{host="web-1",say="a \\"b\\" \\\\ c\\n"} 1 ${t}.001\n`);
  await writeFile(file, `${lines.join('')}{"ein.Maß","größe.m"="ü"} NaN ${t}.002\n# EOF\n`);
  expect(await hypervigil.import([file])).toMatchObject({ isWhole: true });
  const exported = join(folder, 'agent-out.om');
  const match = ['{host="web-1"}', '{"ein.Maß"}'];
  expect(await hypervigil.export(exported, { from: '1h', match })).toMatchObject({ isWhole: true });
  const text = await readFile(exported, 'utf8');
  expect(text).toMatch(/# TYPE container_oom_kills counter\n# HELP container_oom_kills \S/);
  const real = prometheusAt(await prometheusWith(exported));
  const wanted = [`${ALL}[1h]`];
  await expectAlike(
    (query, atMs) => hypervigil.query(query.replace('__name__!=""', 'host="web-1"'), atMs),
    async (query, atMs) => real(query.replace('__name__!=""', 'host="web-1"'), atMs),
    wanted,
    NOW_MS,
  );
  expect(await sorted(real, '{"ein.Maß"}[1h]', NOW_MS)).toEqual([
    JSON.stringify([
      [
        ['__name__', 'ein.Maß'],
        ['größe.m', 'ü'],
      ],
      { values: [[t + 0.002, 'NaN']] },
    ]),
  ]);
});
