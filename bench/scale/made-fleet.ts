import { createHash } from 'node:crypto';
import { encodeChunk } from '../../core/chunk/encode.ts';
import { countSamples } from '../../core/chunk/merge.ts';
import { minuteStartMs } from '../../core/host-minute.ts';
import { labelValue, METRIC_NAME, withLabels } from '../../core/series/labels.ts';
import type { Series } from '../../core/series/series.ts';
import type { StoredChunk } from '../../functions/store/chunks.ts';
import { readCapture } from '../plain-series.ts';

/** A host-minute with five VMs, captured under load. */
const FILE = new URL('../data/host-with-5-vms-under-load.json.gz', import.meta.url);

/** Hosts of some VMs each, with the series of the captured one, and values that alert nobody. */
export interface MadeFleet {
  readonly hosts: readonly string[];
  /** What the agent of the host with this index posts of a minute. */
  readonly chunk: (index: number, minute: number) => StoredChunk;
}

export function makeFleet(hostCount: number, vmsPerHost: number): MadeFleet {
  const captured = readCapture(FILE);
  const vmName = ({ labels }: Series) => labelValue(labels, 'vm');
  const names = [...new Set(captured.map(vmName))].filter((name) => name !== '');
  const startMs = Math.min(...captured.map(({ timestamps }) => timestamps[0] ?? Infinity));
  const ofHost = captured.filter((one) => vmName(one) === '');
  const ofVms = names.map((name) => captured.filter((one) => vmName(one) === name));
  const hosts = Array.from({ length: hostCount }, (_, i) => `kvm${i}.example.net`);
  const chunk: MadeFleet['chunk'] = (index, minute) => {
    const host = hosts[index] ?? '';
    const shiftMs = minuteStartMs(host, minute) - startMs;
    const series = ofHost.map((one) => {
      const isInfo = labelValue(one.labels, METRIC_NAME) === 'host_info';
      const machine = { machine: `machine-${index}`, boot: `boot-${index}` };
      return copied(one, { host, ...(isInfo ? machine : {}) }, shiftMs, minute);
    });
    for (let vm = 0; vm < vmsPerHost; vm++) {
      const identity = { host, vm: `vm${index}-${vm}`, uuid: uuidOf(`${index}-${vm}`) };
      for (const one of ofVms[vm % ofVms.length] ?? [])
        series.push(copied(one, identity, shiftMs, minute * 31 + vm));
    }
    const firstMs = Math.min(...series.map(({ timestamps }) => timestamps[0] ?? Infinity));
    return {
      writer: host,
      minute,
      bytes: encodeChunk(series),
      firstMs,
      sampleCount: countSamples(series),
      origin: `boot-${index}`,
    };
  };
  return { hosts, chunk };
}

function copied(
  { labels, timestamps, values }: Series,
  changes: Readonly<Record<string, string>>,
  shiftMs: number,
  seed: number,
): Series {
  const metric = labelValue(labels, METRIC_NAME);
  return {
    labels: withLabels(labels, changes),
    timestamps: timestamps.map((atMs) => atMs + shiftMs),
    values: values.map((value, i) => calmValue(metric, value, seed * 6 + i)),
  };
}

/** Below what any rule takes for trouble; captured VMs did nothing, others do. */
function calmValue(metric: string, value: number, seed: number): number {
  const noise = (Math.imul(seed, 2_654_435_761) >>> 0) / 2 ** 32;
  if (/steal|iowait|waiting|load|busy/.test(metric)) return Math.round(value * 4) / 100;
  if (/usage_percent$/.test(metric)) return Math.round(value * 40 + noise * 50) / 100;
  if (/^vm_(disk|network).*(operations|packets)_per_second$/.test(metric))
    return Math.floor(noise * 50);
  if (/^vm_(disk|network).*bytes_per_second$/.test(metric)) return Math.floor(noise * 50) * 1024;
  return value;
}

/** As random as a real one, which is what it costs in a chunk. */
function uuidOf(name: string): string {
  const hex = createHash('sha256').update(name).digest('hex');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');
}
