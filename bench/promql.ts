import { readdirSync, readFileSync } from 'node:fs';
import { evaluate } from '../core/promql/evaluate.ts';
import { createMemorySource } from '../core/promql/memory-source.ts';
import { parsePromql } from '../core/promql/parse.ts';
import type { SampleSource } from '../core/promql/source.ts';
import { parseRuleFile } from '../core/rules/rule-file.ts';
import type { Series } from '../core/series/series.ts';
import { EVERY_MS, makeFleet } from './fleet.ts';
import { type Prometheus, startPrometheus } from './prometheus.ts';

const HOSTS = 1000;
const MINUTES = 30;
const END_MS = 1_700_000_000_000;
const STEP_MS = 15_000;
const RULES = new URL('../rules/', import.meta.url);
const RUNS = 3;

/** Over the last half hour every 15 s, as a dashboard draws them. */
const DASHBOARD = [
  'avg(host_cpu_usage_percent)',
  'quantile(0.95, host_cpu_usage_percent)',
  'topk(10, host_cpu_usage_percent)',
  'topk(10, avg_over_time(host_cpu_usage_percent[5m]))',
  'host_cpu_usage_percent{host="host-7"}',
  '{host="host-7",vm=""}',
  'vm_cpu_usage_percent{host="host-7"}',
  'sum(host_memory_used_bytes) / sum(host_memory_total_bytes) * 100',
  'max by (host) (host_filesystem_usage_percent)',
  'count(host_filesystem_usage_percent > 70)',
  'sum by (device) (host_disk_read_operations_per_second)',
  'sum(rate(http_requests_total[5m]))',
  'sum by (code) (rate(http_requests_total[5m]))',
  'sum by (host) (rate(http_requests_total{code="500"}[5m])) / sum by (host) (rate(http_requests_total[5m]))',
  'topk(5, sum by (host) (increase(http_requests_total[10m])))',
  'histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket[5m])))',
  'histogram_quantile(0.99, sum by (le, host) (rate(http_request_duration_seconds_bucket[5m])))',
  'sum by (host) (vm_memory_used_bytes)',
  'avg by (host) (vm_cpu_usage_percent) > 50',
  'count by (host) (vm_up == 1)',
  'max_over_time(vm_cpu_usage_percent{host=~"host-1.."}[5m])',
  'vm_cpu_usage_percent * on (host) group_left () host_cpu_usage_percent',
  'sum by (host) (vm_cpu_usage_percent) / on (host) host_cpu_usage_percent',
  'deriv(host_memory_used_bytes[10m])',
  'predict_linear(host_filesystem_available_bytes[30m], 4 * 3600)',
  'stddev_over_time(host_load1[5m])',
  'avg_over_time(host_cpu_usage_percent[5m]) - avg_over_time(host_cpu_usage_percent[5m] offset 10m)',
  'max_over_time(avg(host_cpu_usage_percent)[10m:30s])',
  'count(up == 1)',
  'absent(up{host="host-none"})',
] as const;

interface Timing {
  /** Of the evaluation alone. */
  readonly ms: number;
  readonly cpuMs: number;
}

interface Case {
  readonly name: string;
  readonly queries: readonly string[];
  readonly startMs: number;
  readonly stepMs: number;
}

/**
 * `npm run bench -- promql [DIVISOR]`: the default rule pack and 30 dashboard queries over 1,000 hosts
 * and 5,000 VMs, or a DIVISOR-th of them, beside a Prometheus that holds the same samples.
 */
export async function benchPromql(args: readonly string[]): Promise<void> {
  const divisor = Number(args[0] ?? 1);
  if (!(divisor >= 1)) throw new Error(`${args[0]} is no divisor of the fleet: 1 or more`);
  const fleet = makeFleet(Math.ceil(HOSTS / divisor), END_MS, MINUTES);
  const samples = fleet.length * fleet.reduce((max, { values }) => Math.max(max, values.length), 0);
  console.log(`${fleet.length} series, ${samples} samples in memory`);
  const source = createMemorySource(fleet);
  const prometheus = await startPrometheus();
  try {
    await load(prometheus, fleet);
    const rows: Record<string, Record<string, number>> = {};
    const total = { ours: 0, theirs: 0 };
    for (const one of cases()) {
      const ours = ourTiming(one, source);
      const theirs = await theirTiming(one, prometheus);
      total.ours += ours.cpuMs;
      total.theirs += theirs.cpuMs;
      rows[one.name.slice(0, 70)] = {
        'our ms': round(ours.ms),
        'their ms': round(theirs.ms),
        'our CPU ms': round(ours.cpuMs),
        'their CPU ms': round(theirs.cpuMs),
        'million samples': round(theirs.samples / 1e6),
        'our million samples/s': round(theirs.samples / 1e3 / ours.ms),
      };
    }
    console.table(rows);
    const ratio = (total.ours / total.theirs).toFixed(2);
    console.log(
      `CPU in all: ours ${round(total.ours)} ms, theirs ${round(total.theirs)} ms (${ratio})`,
    );
  } finally {
    await prometheus.stop();
  }
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function cases(): Case[] {
  const startMs = END_MS - MINUTES * 60_000;
  return [
    {
      name: 'all rules of the default pack, once',
      queries: ruleQueries(),
      startMs: END_MS,
      stepMs: 0,
    },
    ...DASHBOARD.map((query) => ({ name: query, queries: [query], startMs, stepMs: STEP_MS })),
  ];
}

function ruleQueries(): string[] {
  return readdirSync(RULES)
    .filter((file) => file.endsWith('.rules.yaml'))
    .flatMap((file) => {
      const rules = parseRuleFile(readFileSync(new URL(file, RULES), 'utf8'), file);
      if (!rules.ok) throw new Error(`${file} is no rule file`);
      return rules.value.flatMap((group) => group.rules.map(({ exprText }) => exprText));
    });
}

const SLICE_MS = 5 * 60_000;
const SERIES_A_REQUEST = 5000;

/** All series advance together: Prometheus takes nothing older than its newest sample by an hour. */
async function load(prometheus: Prometheus, fleet: readonly Series[]): Promise<void> {
  const slice = SLICE_MS / EVERY_MS;
  const longest = fleet.reduce((max, { values }) => Math.max(max, values.length), 0);
  for (let from = 0; from < longest; from += slice) {
    for (let i = 0; i < fleet.length; i += SERIES_A_REQUEST) {
      const part = fleet.slice(i, i + SERIES_A_REQUEST);
      await prometheus.write(
        part.map(({ labels, timestamps, values }) => ({
          labels,
          timestamps: timestamps.subarray(from, from + slice),
          values: values.subarray(from, from + slice),
        })),
      );
    }
  }
}

function ourTiming({ queries, startMs, stepMs }: Case, source: SampleSource): Timing {
  const exprs = queries.map((query) => {
    const expr = parsePromql(query);
    if (!expr.ok) throw new Error(`${query}: ${expr.error.message}`);
    return expr.value;
  });
  const run = () => {
    for (const [i, expr] of exprs.entries()) {
      const result = evaluate(expr, { startMs, endMs: END_MS, stepMs }, source);
      if (!result.ok) throw new Error(`${queries[i]}: ${result.error.message}`);
    }
  };
  run();
  const before = process.cpuUsage();
  const startedMs = performance.now();
  for (let i = 0; i < RUNS; i++) run();
  const ms = (performance.now() - startedMs) / RUNS;
  const { user, system } = process.cpuUsage(before);
  return { ms, cpuMs: (user + system) / 1000 / RUNS };
}

async function theirTiming(
  { queries, startMs, stepMs }: Case,
  prometheus: Prometheus,
): Promise<Timing & { readonly samples: number }> {
  const run = async () => {
    const sum = { ms: 0, samples: 0 };
    for (const query of queries) {
      const { evalSeconds, samples } = await prometheus.timed(query, startMs, END_MS, stepMs);
      sum.ms += evalSeconds * 1000;
      sum.samples += samples;
    }
    return sum;
  };
  const { samples } = await run();
  const before = prometheus.cpuSeconds();
  let ms = 0;
  for (let i = 0; i < RUNS; i++) ms += (await run()).ms / RUNS;
  return { ms, cpuMs: ((prometheus.cpuSeconds() - before) * 1000) / RUNS, samples };
}
