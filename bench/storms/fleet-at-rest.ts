import type { TickInput } from '../../core/alerting/tick.ts';
import { HOST_METRICS } from '../../core/catalogue/host-metrics.ts';
import type { Metric } from '../../core/catalogue/metric.ts';
import { VM_METRICS } from '../../core/catalogue/vm-metrics.ts';
import { MINUTE_MS, phaseMs } from '../../core/host-minute.ts';
import { labelsFrom } from '../../core/series/labels.ts';
import type { Series } from '../../core/series/series.ts';
import { SAMPLE_MS } from './world.ts';

/** Of a label that tells several apart: two disks, two links, two filesystems. */
const SEVERAL: ReadonlySet<string> = new Set(['device', 'mountpoint']);
/** Nothing of these where all is well. */
const ABSENT: ReadonlySet<string> = new Set(['vm_job_active', 'hypervigil_agent_stopped']);

/**
 * What a tick reads of a fleet in which all is well: every series of the catalogue that a rule or the
 * topology looks at, for as long as it does, with values that alert nobody.
 */
export function fleetAtRest(
  hostCount: number,
  vmsPerHost: number,
  nowMs: number,
  keepMs: (metric: string) => number,
): TickInput['window'] {
  const read = (metrics: readonly Metric[]) =>
    metrics.filter(({ name }) => keepMs(name) > 0 && !ABSENT.has(name));
  const hostMetrics = read(HOST_METRICS);
  const vmMetrics = read(VM_METRICS);
  const series: Series[] = [];
  const hosts: TickInput['window']['hosts'][number][] = [];
  for (let index = 0; index < hostCount; index++) {
    const host = `kvm${index}.example.net`;
    const times = timesOf(
      host,
      nowMs,
      Math.max(keepMs('vm_state'), ...hostMetrics.map((one) => keepMs(one.name))),
    );
    const add = (metric: Metric, identity: Readonly<Record<string, string>>) => {
      const count = Math.ceil(keepMs(metric.name) / SAMPLE_MS);
      const timestamps = times.subarray(Math.max(0, times.length - count));
      const values = new Float64Array(timestamps.length).fill(restingValue(metric));
      for (const own of instancesOf(metric))
        series.push({ labels: labelsFrom({ ...own, ...identity, host }), timestamps, values });
    };
    // No two machines, and no two starts of one, are the same.
    const machine = { machine: `machine-${index}`, boot: `boot-${index}` };
    for (const metric of hostMetrics) add(metric, metric.name === 'host_info' ? machine : {});
    for (let vm = 0; vm < vmsPerHost; vm++) {
      const identity = { vm: `vm${index}-${vm}`, uuid: uuidOf(index, vm) };
      for (const metric of vmMetrics) add(metric, identity);
    }
    const timestamps = times.subarray(-60);
    const labels = { __name__: 'hypervigil_agent_collector_up', collector: 'libvirt', host };
    const values = new Float64Array(timestamps.length).fill(1);
    series.push({ labels: labelsFrom(labels), timestamps, values });
    hosts.push({ host, timestamps: [...timestamps], batchIntervalMs: MINUTE_MS });
  }
  return { series, hosts, errors: [] };
}

function timesOf(host: string, nowMs: number, lengthMs: number): Float64Array {
  const lastMs = nowMs - (phaseMs(host) % SAMPLE_MS) - SAMPLE_MS;
  const count = Math.ceil(lengthMs / SAMPLE_MS);
  return Float64Array.from({ length: count }, (_, i) => lastMs - (count - 1 - i) * SAMPLE_MS);
}

function instancesOf({ name, labels }: Metric): Record<string, string>[] {
  const count = labels.some((label) => SEVERAL.has(label)) ? 2 : 1;
  return Array.from({ length: count }, (_, i) => {
    const values = labels.map((label) => [
      label,
      SEVERAL.has(label) ? `${label}${i}` : labelValue(label),
    ]);
    return { __name__: name, ...Object.fromEntries(values) };
  });
}

function labelValue(label: string): string {
  if (label === 'reason') return 'booted';
  return label === 'fstype' ? 'xfs' : 'some';
}

function restingValue({ name, unit }: Metric): number {
  if (name === 'vm_state') return 1;
  if (/error|drop|steal|swap|read_only|latency|in_flight/.test(name)) return 0;
  if (unit === 'percent') return 30;
  return unit === 'bytes' ? 500 * 2 ** 30 : 100;
}

/** As random as a real one, which is what it costs in the state. */
function uuidOf(host: number, vm: number): string {
  let state = (host * 1009 + vm + 1) >>> 0;
  const hex = Array.from({ length: 4 }, () => {
    state = Math.imul(state ^ (state >>> 16), 0x45d9f3b) + 0x9e3779b9;
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) >>> 0;
    return state.toString(16).padStart(8, '0');
  }).join('');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join('-');
}
