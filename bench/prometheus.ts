import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { snappyCompress } from 'hysnappy';
import { type Labels, labelsFrom } from '../core/series/labels.ts';
import type { Series } from '../core/series/series.ts';
import { encode, outgoingSeries, V1 } from '../test/remote-write/requests.ts';

/** One series of an answer: `[seconds, value]`, the value as Prometheus writes it. */
export interface AnswerSeries {
  readonly labels: Labels;
  readonly points: readonly (readonly [seconds: number, value: string])[];
}

/** What Prometheus' query API says. */
export type Answer =
  | {
      readonly status: 'success';
      readonly type: 'vector' | 'matrix' | 'scalar' | 'string';
      readonly series: readonly AnswerSeries[];
      readonly warnings: readonly string[];
      readonly infos: readonly string[];
    }
  | { readonly status: 'error'; readonly error: string };

/** A Prometheus of its own on the loopback, its data in a temporary folder. */
export interface Prometheus {
  /** Samples of a series must rise from one call to the next. */
  readonly write: (series: readonly Series[]) => Promise<void>;
  readonly instant: (query: string, atMs: number) => Promise<Answer>;
  readonly range: (
    query: string,
    startMs: number,
    endMs: number,
    stepMs: number,
  ) => Promise<Answer>;
  /** How long the evaluation alone took, and how many samples it read; `stepMs` 0: at the end. */
  readonly timed: (
    query: string,
    startMs: number,
    endMs: number,
    stepMs: number,
  ) => Promise<{ readonly evalSeconds: number; readonly samples: number }>;
  /** `/api/v1/format_query`, or what is wrong with the query. */
  readonly format: (query: string) => Promise<string>;
  /** CPU time that its process has used so far. */
  readonly cpuSeconds: () => number;
  readonly stop: () => Promise<void>;
}

const START_TIMEOUT_MS = 60_000;
const FEATURES = ['promql-experimental-functions', 'promql-binop-fill-modifiers'];

/**
 * Starts the Prometheus 3 that the environment variable PROMETHEUS_BIN names (else it is in PATH), with everything of PromQL
 * switched on that this project's engine has, and more features where named.
 */
export async function startPrometheus(features: readonly string[] = []): Promise<Prometheus> {
  const binary = process.env['PROMETHEUS_BIN'] ?? 'prometheus';
  const folder = mkdtempSync(join(tmpdir(), 'prometheus-'));
  writeFileSync(join(folder, 'prometheus.yml'), 'global: {}\n');
  const child = spawn(
    binary,
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      '--storage.tsdb.retention.time=100y',
      '--web.listen-address=127.0.0.1:0',
      '--web.enable-remote-write-receiver',
      `--enable-feature=${[...FEATURES, ...features].join(',')}`,
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      const exited = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await exited;
    }
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const url = `http://${await listenAddress(child)}`;
    await untilReady(url);
    return { ...client(url), cpuSeconds: () => cpuSecondsOf(child.pid ?? 0), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Where it listens, which it says in its log. */
function listenAddress(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let log = '';
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`Prometheus ended with ${code}:\n${log}`)));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      log = `${log}${text}`.slice(-10_000);
      const address = /msg="Listening on".* address=(\S+)/.exec(log)?.[1];
      if (address !== undefined) resolve(address);
    });
  });
}

async function untilReady(url: string): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    const ready = await fetch(`${url}/-/ready`).catch(() => undefined);
    if (ready?.ok === true) return;
    if (Date.now() > deadline) throw new Error('Prometheus does not become ready');
    await setTimeout(50);
  }
}

const TICKS_PER_SECOND = 100; // of /proc on every Linux there is

/** User and system time of a process and its threads. */
function cpuSecondsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

function client(url: string): Pick<Prometheus, 'write' | 'instant' | 'range' | 'timed' | 'format'> {
  return {
    write: async (series) => {
      const response = await fetch(`${url}/api/v1/write`, {
        method: 'POST',
        headers: {
          'content-type': 'application/x-protobuf',
          'content-encoding': 'snappy',
          'x-prometheus-remote-write-version': '0.1.0',
        },
        body: Buffer.from(snappyCompress(encode(V1, series.map(outgoingSeries)))),
      });
      if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
    },
    instant: (query, atMs) => ask(`${url}/api/v1/query`, { query, time: seconds(atMs) }),
    range: (query, startMs, endMs, stepMs) =>
      ask(`${url}/api/v1/query_range`, {
        query,
        start: seconds(startMs),
        end: seconds(endMs),
        step: seconds(stepMs),
      }),
    timed: async (query, startMs, endMs, stepMs) => {
      const span = { start: seconds(startMs), end: seconds(endMs), step: seconds(stepMs) };
      const reply = await (stepMs === 0
        ? post(`${url}/api/v1/query`, { query, time: seconds(endMs), stats: 'all' })
        : post(`${url}/api/v1/query_range`, { query, ...span, stats: 'all' }));
      if (reply.status !== 'success') throw new Error(`${query}: ${reply.error}`);
      const { stats } = reply.data as StatsJson;
      return {
        evalSeconds: stats.timings.evalTotalTime,
        samples: stats.samples.totalQueryableSamples,
      };
    },
    format: async (query) => {
      const reply = await post(`${url}/api/v1/format_query`, { query });
      return reply.status === 'success' ? String(reply.data) : withoutPrefix(reply.error);
    },
  };
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}

interface ReplyJson {
  readonly status: string;
  readonly error?: string;
  readonly data?: unknown;
  readonly warnings?: readonly string[];
  readonly infos?: readonly string[];
}

async function post(url: string, form: Readonly<Record<string, string>>): Promise<ReplyJson> {
  const response = await fetch(url, { method: 'POST', body: new URLSearchParams(form) });
  return (await response.json()) as ReplyJson;
}

function withoutPrefix(error: string | undefined): string {
  return (error ?? '').replace('invalid parameter "query": ', '');
}

interface StatsJson {
  readonly stats: {
    readonly timings: { readonly evalTotalTime: number };
    readonly samples: { readonly totalQueryableSamples: number };
  };
}

type Point = readonly [number, string];

interface DataJson {
  readonly resultType: 'vector' | 'matrix' | 'scalar' | 'string';
  readonly result: unknown;
}

async function ask(url: string, form: Readonly<Record<string, string>>): Promise<Answer> {
  const reply = await post(url, form);
  if (reply.status !== 'success') return { status: 'error', error: withoutPrefix(reply.error) };
  const { resultType: type, result } = reply.data as DataJson;
  const { warnings = [], infos = [] } = reply;
  return { status: 'success', type, series: seriesOf(type, result), warnings, infos };
}

function seriesOf(type: DataJson['resultType'], result: unknown): AnswerSeries[] {
  if (type === 'scalar' || type === 'string') return [{ labels: [], points: [result as Point] }];
  const list = result as readonly {
    metric: Record<string, string>;
    value?: Point;
    values?: readonly Point[];
  }[];
  return list.map(({ metric, value, values }) => ({
    labels: labelsFrom(metric),
    points: values ?? (value === undefined ? [] : [value]),
  }));
}
