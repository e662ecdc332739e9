import { createHash } from 'node:crypto';
import { MinuteBuffer } from '../../agent/minute-buffer.ts';
import type { Point } from '../../agent/sample.ts';
import { metricNamed } from '../../core/catalogue/catalogue.ts';
import { roundTo } from '../../core/catalogue/metric.ts';
import { MINUTE_MS, minuteStartMs } from '../../core/host-minute.ts';
import {
  labelsFrom,
  labelsKey,
  labelsToObject,
  labelValue,
  METRIC_NAME,
} from '../../core/series/labels.ts';
import { DAY_MS } from '../../core/time.ts';
import { readCapture } from '../plain-series.ts';
import type { FleetShape } from './traffic.ts';

/** What agents sent in a minute: of a host, and of five VMs at different work. */
const HOST_FILE = new URL('../data/host-under-load.json.gz', import.meta.url);
const VMS_FILE = new URL('../data/host-with-5-vms-under-load.json.gz', import.meta.url);

/** Of a series: its labels beside those of its host and VM, and how it went for a minute. */
interface Captured {
  readonly labels: Readonly<Record<string, string>>;
  readonly values: readonly number[];
}

/** Told of every VM before anything else. */
const VM_IDENTITY = ['vm_up', 'vm_info', 'vm_state'];

/** The testbed's VMs shared one CPU, which no fleet's do: all of them would alert for ever. */
const STEAL_SHARE = 0.05;

/** Below what the rule pack calls full or busy: an ordinary day alerts nobody. */
const PERCENT_MAX = 70;

/** How far a series leaves its level within the day, and how slowly: AR(1), a step a minute. */
const WANDER = 0.1;
const PERSISTENCE = 0.95;
/** By how much days are busier than nights. */
const DAY_SWING = 0.3;

/** The chunk of one host-minute, as an agent posts it. */
export interface AgentBatch {
  readonly bytes: Uint8Array;
  readonly sampleCount: number;
}

/** A host and its VMs, whose values move for a day as a real one's did for a minute. Repeatable. */
export class SimulatedHost {
  readonly name: string;
  readonly seriesCount: number;
  readonly #intervalMs: number;
  readonly #series: readonly MovingSeries[];

  constructor(index: number, shape: Omit<FleetShape, 'hosts'>) {
    this.name = `kvm-${index}.example.net`;
    this.#intervalMs = shape.intervalMs;
    const random = createRandom(index + 1);
    const { name: host } = this;
    const own = capturedHost().map((one) => {
      const marks = { machine: markOf(`machine ${index}`, 8), boot: markOf(`boot ${index}`, 4) };
      const extra = one.labels['__name__'] === 'host_info' ? marks : {};
      return new MovingSeries(one, { ...extra, host }, random);
    });
    const ofVms = Array.from({ length: shape.vmsPerHost }, (_, vm) => {
      const identity = { host, vm: `guest-${index}-${vm}`, uuid: uuidOf(`${index}/${vm}`) };
      return vmSeries(index + vm, shape.seriesPerVm).map(
        (one) => new MovingSeries(one, identity, random),
      );
    });
    this.#series = [...own, ...ofVms.flat()];
    this.seriesCount = this.#series.length;
  }

  /** What the agent sends of a host-minute. Minutes are asked for in their order. */
  batch(minute: number): AgentBatch {
    const buffer = new MinuteBuffer(this.name, new Map());
    const startMs = minuteStartMs(this.name, minute);
    for (const one of this.#series) one.nextMinute(startMs);
    // Agents measure at multiples of the interval.
    const firstMs = Math.ceil(startMs / this.#intervalMs) * this.#intervalMs;
    for (let atMs = firstMs; atMs < startMs + MINUTE_MS; atMs += this.#intervalMs)
      buffer.add({ timestampMs: atMs, points: this.#series.map((one) => one.at(atMs)) });
    const batch = buffer.soFar();
    if (batch === undefined) throw new Error(`${this.name}: no sample in minute ${minute}`);
    return { bytes: batch.chunk, sampleCount: batch.sampleCount };
  }
}

class MovingSeries {
  readonly #captured: readonly number[];
  readonly #point: Omit<Point, 'value'>;
  readonly #resolution: number;
  readonly #isPercent: boolean;
  readonly #random: () => number;
  /** Of what rises with the clock, such as an uptime: by how much in a second. */
  readonly #risePerS: number | undefined;
  readonly #isConstant: boolean;
  #wander = 0;
  #level = 1;
  #place = 0;

  constructor(
    { labels, values }: Captured,
    identity: Readonly<Record<string, string>>,
    random: () => number,
  ) {
    const own = labelsFrom({ ...labels, ...identity });
    this.#point = { key: labelsKey(own), labels: own };
    const metric = metricNamed(labels['__name__'] ?? '');
    this.#resolution = metric?.resolution ?? 1;
    this.#isPercent = metric?.unit === 'percent';
    this.#captured = values;
    this.#random = random;
    this.#isConstant = new Set(values).size === 1;
    this.#risePerS = labels['__name__']?.endsWith('uptime_seconds') ? 1 : undefined;
  }

  /** Moves the level on; within a minute it stays, as it was captured. */
  nextMinute(startMs: number): void {
    if (this.#isConstant) return;
    this.#wander = this.#wander * PERSISTENCE + (this.#random() - 0.5) * 2 * WANDER;
    const ofDay = Math.sin(((startMs % DAY_MS) / DAY_MS) * 2 * Math.PI) * DAY_SWING;
    this.#level = Math.exp(this.#wander + ofDay);
    this.#place = Math.floor(this.#random() * this.#captured.length);
  }

  at(atMs: number): Point {
    // Neighbours in the capture stay neighbours: what rose slowly does so here.
    const value = this.#captured[this.#place++ % this.#captured.length] ?? 0;
    return { ...this.#point, value: this.#valueOf(value, atMs) };
  }

  #valueOf(captured: number, atMs: number): number {
    if (this.#risePerS !== undefined)
      return captured + ((atMs % (100 * DAY_MS)) / 1000) * this.#risePerS;
    if (this.#isConstant) return captured;
    const moved = captured * this.#level;
    return roundTo(this.#resolution, this.#isPercent ? Math.min(moved, PERCENT_MAX) : moved);
  }
}

let host: readonly Captured[] | undefined;
let vms: readonly (readonly Captured[])[] | undefined;

function capturedHost(): readonly Captured[] {
  host ??= readCapture(HOST_FILE).map(({ labels, values }) => ({
    labels: without(labelsToObject(labels), ['host', 'machine', 'boot']),
    values: trafficOf(labelValue(labels, METRIC_NAME)) ?? [...values],
  }));
  return host;
}

/** The captured host talked to nobody but itself: its network goes as that of its busiest VM. */
function trafficOf(name: string): readonly number[] | undefined {
  if (!/^host_network_.*_(bytes|packets)_per_second$/.test(name)) return undefined;
  const ofVms = capturedVms()
    .flat()
    .filter(({ labels }) => labels['__name__'] === name.replace('host_', 'vm_'));
  const sum = ({ values }: Captured) => values.reduce((all, value) => all + value, 0);
  return ofVms.toSorted((a, b) => sum(b) - sum(a))[0]?.values;
}

function capturedVms(): readonly (readonly Captured[])[] {
  if (vms !== undefined) return vms;
  const byUuid = new Map<string, Captured[]>();
  for (const { labels, values } of readCapture(VMS_FILE)) {
    const { uuid, ...all } = labelsToObject(labels);
    if (uuid === undefined) continue;
    const share = all['__name__'] === 'vm_cpu_steal_percent' ? STEAL_SHARE : 1;
    const one = { labels: without(all, ['host', 'vm']), values: [...values].map((v) => v * share) };
    byUuid.set(uuid, [...(byUuid.get(uuid) ?? []), one]);
  }
  vms = [...byUuid.values()];
  return vms;
}

/** Exactly so many series of one of the captured VMs; more than it had are those of further devices. */
function vmSeries(index: number, count: number): readonly Captured[] {
  const all = capturedVms();
  const captured = all[index % all.length] ?? [];
  const isIdentity = ({ labels }: Captured) => VM_IDENTITY.includes(labels['__name__'] ?? '');
  const rest = captured.filter((one) => !isIdentity(one));
  const ofDevices = rest.filter(({ labels }) => labels['device'] !== undefined);
  const series = [...captured.filter(isIdentity), ...rest];
  for (let more = 1; series.length < count; more++)
    series.push(
      ...ofDevices.map(({ labels, values }) => ({
        labels: { ...labels, device: furtherDevice(labels['device'] ?? '', more) },
        values,
      })),
    );
  return series.slice(0, count);
}

/** `vda` -> `vdb`, `net0` -> `net1`. */
function furtherDevice(device: string, more: number): string {
  const last = device.charCodeAt(device.length - 1);
  const name = device.slice(0, -1);
  return /\d$/.test(device)
    ? `${name}${last - 48 + more}`
    : `${name}${String.fromCharCode(97 + ((last - 97 + more) % 26))}${more >= 26 ? more : ''}`;
}

function without(
  labels: Readonly<Record<string, string>>,
  names: readonly string[],
): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).filter(([name]) => !names.includes(name)));
}

/** Like the agent's fingerprint of a machine-id or boot id. */
function markOf(text: string, letters: number): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, letters);
}

/** As random as a real one. */
function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-4$3-8$4-$5');
}

/** A repeatable stand-in for chance. Source: Numerical Recipes' linear congruential generator. */
function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
