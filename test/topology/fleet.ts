import * as v from 'valibot';
import type { HostSamples } from '../../core/alerting/up.ts';
import { type Labels, labelsFrom, labelsKey, labelsToObject } from '../../core/series/labels.ts';
import { type Series, setStaleAt } from '../../core/series/series.ts';
import { stepTopology } from '../../core/topology/topology.ts';
import {
  FIRST_TOPOLOGY,
  type TopologyState,
  topologyStateSchema,
} from '../../core/topology/topology-state.ts';

/**
 * Hosts and VMs as timelines, a word a minute, sampled every 10 s as the agent does it and posted at
 * the end of each minute.
 */
export const START = 1_700_000_040_000;
export const MINUTE = 60_000;
const SAMPLE = 10_000;

/** State and reason of a VM for each letter; `-`: the host does not have it. */
const STATES: Readonly<Record<string, readonly [number, string]>> = {
  R: [1, 'booted'],
  m: [1, 'migrated'],
  z: [7, 'unknown'],
  l: [4, 'user'],
  I: [3, 'migrating'],
  i: [3, 'starting_up'],
  b: [3, 'creating_snapshot'],
  u: [3, 'user'],
  e: [3, 'ioerror'],
  h: [1, 'hung'],
  P: [6, 'panicked'],
  C: [5, 'crashed'],
  F: [5, 'failed'],
  k: [5, 'daemon'],
  S: [5, 'shutdown'],
  D: [5, 'destroyed'],
  V: [5, 'saved'],
  M: [5, 'migrated'],
  U: [5, 'unknown'],
};

/**
 * Per host: `host` says how it is (`u` up; `x` silent; `a` its agent is new since this minute; `!`
 * libvirt does not answer; `?` nor is it spoken of; `q`, `Q` up, and at the end of the minute the agent says that it, or the
 * system, stops). Every other key is a VM, with `.job` the libvirt jobs on it (`_`: none), or with `.cpu`
 * how many percent of its CPUs are busy. A line
 * that is short goes on as it ended.
 */
export type Timelines = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** A sample of one series; `ended`: a staleness marker. */
interface Point {
  readonly key: string;
  readonly labels: Labels;
  readonly atMs: number;
  readonly value: number | 'ended';
}

/** What one host posts for one minute. */
export interface Batch {
  readonly host: string;
  readonly minute: number;
  readonly timestamps: readonly number[];
  readonly points: readonly Point[];
}

export function uuidOf(vm: string): string {
  return `uuid-of-${vm}`;
}

/** Everything the agents of a fleet post. */
export function batchesOf(timelines: Timelines, minutes: number): Batch[] {
  return Object.entries(timelines).flatMap(([host, lines]) => hostBatches(host, lines, minutes));
}

function hostBatches(
  host: string,
  lines: Readonly<Record<string, string>>,
  minutes: number,
): Batch[] {
  const word = (key: string, minute: number) => {
    const words = (lines[key] ?? 'u').split(' ');
    return words[Math.min(minute, words.length - 1)] ?? 'u';
  };
  const vms = Object.keys(lines).filter((key) => key !== 'host' && !key.includes('.'));
  const batches: Batch[] = [];
  let present = new Map<string, Readonly<Record<string, string>>>();
  for (let minute = 0; minute < minutes; minute++) {
    const mode = word('host', minute);
    if (mode === 'x' || mode === 'a' || mode === '?') present = new Map();
    if (mode === 'x') continue;
    const points: Point[] = [];
    const timestamps: number[] = [];
    for (let atMs = START + minute * MINUTE; atMs < START + (minute + 1) * MINUTE; atMs += SAMPLE) {
      const add = (pairs: Readonly<Record<string, string>>, value: Point['value']) => {
        const labels = labelsFrom({ ...pairs, host });
        points.push({ key: labelsKey(labels), labels, atMs, value });
      };
      timestamps.push(atMs);
      const works = mode !== '!' && mode !== '?';
      const collector = host.startsWith('hyperv') ? 'hyper-v' : 'libvirt';
      if (mode !== '?')
        add({ __name__: 'hypervigil_agent_collector_up', collector }, works ? 1 : 0);
      const isLast = atMs + SAMPLE >= START + (minute + 1) * MINUTE;
      if (isLast && mode.toLowerCase() === 'q') {
        const reason = mode === 'Q' ? 'shutdown' : 'stopped';
        add({ __name__: 'hypervigil_agent_stopped', reason }, 1);
      }
      // A collector that fails ends no series.
      if (!works) continue;
      const now = new Map<string, Readonly<Record<string, string>>>();
      for (const vm of vms) {
        const state = STATES[word(vm, minute)];
        const job = lines[`${vm}.job`] === undefined ? '_' : word(`${vm}.job`, minute);
        const identity = { vm, uuid: uuidOf(vm) };
        const sample = (labels: Record<string, string>, value: number) => {
          add(labels, value);
          now.set(JSON.stringify(labels), labels);
        };
        if (state !== undefined)
          sample({ __name__: 'vm_state', ...identity, reason: state[1] }, state[0]);
        if (state !== undefined && lines[`${vm}.cpu`] !== undefined)
          sample(
            { __name__: 'vm_cpu_usage_percent', ...identity },
            Number(word(`${vm}.cpu`, minute)),
          );
        if (job !== '_') sample({ __name__: 'vm_job_active', ...identity, operation: job }, 1);
      }
      for (const [key, labels] of present) if (!now.has(key)) add(labels, 'ended');
      present = now;
    }
    batches.push({ host, minute, timestamps, points });
  }
  return batches;
}

/** What an evaluator sees of these batches at a time. */
export function windowOf(
  batches: readonly Batch[],
  fromMs: number,
  toMs: number,
): { series: Series[]; hosts: HostSamples[] } {
  const byKey = new Map<string, Point[]>();
  const heard = new Map<string, number[]>();
  for (const batch of [...batches].sort((a, b) => a.minute - b.minute)) {
    const times = batch.timestamps.filter((atMs) => atMs >= fromMs && atMs <= toMs);
    if (times.length === 0) continue;
    const before = heard.get(batch.host);
    if (before === undefined) heard.set(batch.host, times);
    else before.push(...times);
    for (const point of batch.points) {
      if (point.atMs < fromMs || point.atMs > toMs) continue;
      const known = byKey.get(point.key);
      if (known === undefined) byKey.set(point.key, [point]);
      else known.push(point);
    }
  }
  const series = [...byKey.values()].map((points): Series => {
    const values = Float64Array.from(points, ({ value }) => (value === 'ended' ? 0 : value));
    points.forEach(({ value }, i) => {
      if (value === 'ended') setStaleAt(values, i);
    });
    return {
      labels: points[0]?.labels ?? [],
      timestamps: Float64Array.from(points, ({ atMs }) => atMs),
      values,
    };
  });
  const hosts = [...heard].map(([host, timestamps]) => ({
    host,
    timestamps,
    batchIntervalMs: MINUTE,
  }));
  return { series, hosts };
}

export interface Play {
  readonly timelines: Timelines;
  readonly minutes: number;
  /** By how many minutes a batch is late. */
  readonly lateBy?: (batch: Batch) => number;
  readonly isMaintained?: (host: string, minute: number) => boolean;
  readonly windowMinutes?: number;
}

/** The states after each minute's tick. The state passes through JSON each time, as in the table. */
export function play({
  timelines,
  minutes,
  lateBy = () => 0,
  isMaintained = () => false,
  windowMinutes = 10,
}: Play): TopologyState[] {
  const batches = batchesOf(timelines, minutes);
  let state = FIRST_TOPOLOGY;
  return Array.from({ length: minutes }, (_, minute) => {
    const nowMs = START + (minute + 1) * MINUTE;
    const arrived = batches.filter((batch) => batch.minute + lateBy(batch) <= minute);
    const window = windowOf(arrived, nowMs - windowMinutes * MINUTE, nowMs);
    const step = stepTopology(state, {
      ...window,
      isMaintained: (host) => isMaintained(host, minute),
      nowMs,
    });
    state = v.parse(topologyStateSchema, JSON.parse(JSON.stringify(step.state)));
    return state;
  });
}

/** `web:crashed@kvm1 kvm2:dark` or `-` for a state in which all is well. */
export function told({ written }: TopologyState): string {
  const words = written.map((labels) => {
    const { vm, host, condition } = labelsToObject(labels);
    return vm === undefined ? `${host}:${condition}` : `${vm}:${condition}@${host}`;
  });
  return words.sort().join(' ') || '-';
}

/** What is told minute by minute, equal minutes together: `- x3, web:crashed@kvm1 x2`. */
export function story(setup: Play): string {
  const parts: { text: string; count: number }[] = [];
  for (const text of play(setup).map(told)) {
    const last = parts.at(-1);
    if (last?.text === text) last.count++;
    else parts.push({ text, count: 1 });
  }
  return parts.map(({ text, count }) => `${text} x${count}`).join(', ');
}
