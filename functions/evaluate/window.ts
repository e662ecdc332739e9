import type { HostSamples } from '../../core/alerting/up.ts';
import { concatenate } from '../../core/chunk/concatenate.ts';
import { decodeChunk } from '../../core/chunk/decode.ts';
import { MINUTE_MS } from '../../core/host-minute.ts';
import { HOUR_MS } from '../../core/rollup/hour-points.ts';
import { MINUTES_PER_HOUR } from '../../core/rollup/hours.ts';
import type { Needs } from '../../core/rules/needs.ts';
import { labelsKey, labelValue, METRIC_NAME } from '../../core/series/labels.ts';
import type { Series } from '../../core/series/series.ts';
import type { StoredChunk } from '../store/chunks.ts';
import { senderOf, writerName } from '../store/item-keys.ts';
import type { SeenHost } from './inventory-changes.ts';
import type { RolledHours } from './rolled-hours.ts';
import { SeenHosts } from './seen-hosts.ts';

/**
 * The newest minutes of the whole fleet, as the evaluator sees them. A warm function keeps it and
 * reads only minutes that may still grow; a cold one reads all of it again.
 */

/** A batch that comes later than this is in the table, but no tick waits for it. */
const SETTLED_MS = 3 * MINUTE_MS;

/** A host or VM not seen for so long is in the inventory already, and not held in memory. */
const SEEN_MS = 60 * MINUTE_MS;

/** A cold start reads an hour or more; DynamoDB's client has 50 connections. */
const READS_AT_ONCE = 10;

/** While nothing is rolled up rules see so much, which is 360 reads of the whole fleet. */
const RAW_MAX_MS = 6 * HOUR_MS + 60 * MINUTE_MS;

/** Reads one minute of the fleet from the table. */
export type ReadMinute = (minute: number, nowMs: number) => Promise<readonly StoredChunk[]>;

/** What a tick evaluates over. */
export interface Window {
  readonly series: readonly Series[];
  readonly hosts: readonly HostSamples[];
  /** Hosts that had a chunk lately, for the inventory. */
  readonly seen: readonly SeenHost[];
  /** Chunks that could not be read, each with its reason. */
  readonly errors: readonly string[];
}

/** One decoded minute of one host: only series that rules may look at. */
interface HostMinute {
  readonly sampleCount: number;
  readonly series: readonly Series[];
  /** ms since 1970, rising: when the host had any sample. */
  readonly timestamps: readonly number[];
  readonly batchIntervalMs: number | undefined;
  readonly error?: string;
}

export class WindowReader {
  readonly #read: ReadMinute;
  readonly #keepMs: Needs['keepMs'];
  readonly #minutes = new Map<number, Map<string, HostMinute>>();
  readonly #seen = new SeenHosts();
  readonly #rolled: RolledHours | undefined;

  /** Without `rolled` all of a window is read as it came. */
  constructor(read: ReadMinute, keepMs: Needs['keepMs'], rolled?: RolledHours) {
    this.#read = read;
    this.#keepMs = keepMs;
    this.#rolled = rolled;
  }

  /** The window from `fromMs` to now. Throws if a minute can't be read: a part of the truth misleads. */
  async load(fromMs: number, nowMs: number): Promise<Window> {
    const rolledEnd = (await this.#rolled?.load(fromMs, nowMs)) ?? -Infinity;
    // A host's minute begins up to 59 s after the clock's, so one earlier may reach into the window.
    const rawFromMs = Math.max(fromMs, nowMs - RAW_MAX_MS);
    const first = Math.max(Math.floor(rawFromMs / MINUTE_MS) - 1, rolledEnd * MINUTES_PER_HOUR);
    const last = Math.floor(nowMs / MINUTE_MS);
    for (const minute of this.#minutes.keys()) {
      if (minute < first || minute > last) this.#minutes.delete(minute);
    }
    const wanted: number[] = [];
    for (let minute = first; minute <= last; minute++) {
      const settled = (minute + 2) * MINUTE_MS + SETTLED_MS < nowMs;
      if (!settled || !this.#minutes.has(minute)) wanted.push(minute);
    }
    for (const some of inBatches(wanted, READS_AT_ONCE)) {
      await Promise.all(
        some.map(async (minute) => this.#keep(minute, await this.#read(minute, nowMs), nowMs)),
      );
    }
    return this.#assemble(nowMs);
  }

  #keep(minute: number, chunks: readonly StoredChunk[], nowMs: number): void {
    const known = this.#minutes.get(minute);
    const kept = new Map<string, HostMinute>();
    for (const { writer, bytes, sampleCount } of chunks) {
      const before = known?.get(writer);
      // A chunk only ever grows, so the same count is the same chunk, decoded already.
      const isKnown = before?.sampleCount === sampleCount;
      const decoded = isKnown ? before : decodeMinute(writer, minute, bytes, sampleCount);
      // Before it is pruned: rules may not look at what names a VM.
      if (!isKnown && senderOf(writer) === undefined)
        this.#seen.note(writer, decoded.series, decoded.timestamps.at(-1), bytes.length);
      kept.set(writer, this.#prune(decoded, minute, nowMs));
    }
    this.#minutes.set(minute, kept);
  }

  /** Drops series that no rule reads so far back: memory is what a large fleet costs here. */
  #prune(decoded: HostMinute, minute: number, nowMs: number): HostMinute {
    const ageMs = nowMs - (minute + 2) * MINUTE_MS;
    const series = decoded.series.filter(
      ({ labels }) => this.#keepMs(labelValue(labels, METRIC_NAME)) > ageMs,
    );
    return series.length === decoded.series.length ? decoded : { ...decoded, series };
  }

  #assemble(nowMs: number): Window {
    const parts = new Map<string, Series[]>();
    const hosts = new Map<string, HostFacts>();
    const errors = [...(this.#rolled?.errors ?? [])];
    for (const { writer, series, times } of this.#rolled?.hours(nowMs) ?? []) {
      for (const one of series) push(parts, labelsKey(one.labels), one);
      if (writerName(writer) === writer)
        noteHost(hosts, writer, { timestamps: instantsOf(times), batchIntervalMs: undefined });
    }
    for (const minute of [...this.#minutes.keys()].sort((a, b) => a - b)) {
      const ofWriters = this.#minutes.get(minute) ?? new Map<string, HostMinute>();
      for (const [writer, decoded] of ofWriters) {
        const pruned = this.#prune(decoded, minute, nowMs);
        ofWriters.set(writer, pruned);
        if (pruned.error !== undefined) errors.push(pruned.error);
        for (const one of pruned.series) push(parts, labelsKey(one.labels), one);
        if (senderOf(writer) === undefined) noteHost(hosts, writer, pruned);
      }
    }
    return {
      series: [...parts.values()].map(concatenate),
      hosts: [...hosts.values()].map(hostSamples),
      seen: this.#seen.since(nowMs - SEEN_MS),
      errors,
    };
  }
}

function push<T>(lists: Map<string, T[]>, key: string, value: T): void {
  const known = lists.get(key);
  if (known === undefined) lists.set(key, [value]);
  else known.push(value);
}

/** Rising, without doubles. Columns are shared by series, so few arrays are really looked at. */
function instantsOf(columns: Iterable<Float64Array>): number[] {
  const times = new Set([...new Set(columns)].flatMap((timestamps) => [...timestamps]));
  return [...times].sort((a, b) => a - b);
}

function* inBatches<T>(all: readonly T[], size: number): Generator<readonly T[]> {
  for (let at = 0; at < all.length; at += size) yield all.slice(at, at + size);
}

const BATCH_INTERVAL = 'hypervigil_agent_batch_interval_seconds';

function decodeMinute(
  host: string,
  minute: number,
  bytes: Uint8Array,
  sampleCount: number,
): HostMinute {
  const decoded = decodeChunk(bytes);
  if (!decoded.ok) {
    const error = `chunk of ${host}, minute ${minute}: ${decoded.error.message}`;
    return { sampleCount, series: [], timestamps: [], batchIntervalMs: undefined, error };
  }
  const { series } = decoded.value;
  const interval = series
    .find(({ labels }) => labelValue(labels, METRIC_NAME) === BATCH_INTERVAL)
    ?.values.at(-1);
  return {
    sampleCount,
    series,
    timestamps: instantsOf(series.map(({ timestamps }) => timestamps)),
    batchIntervalMs: interval === undefined || !(interval > 0) ? undefined : interval * 1000,
  };
}

interface HostFacts {
  readonly host: string;
  readonly timestamps: number[];
  batchIntervalMs: number | undefined;
}

function noteHost(
  hosts: Map<string, HostFacts>,
  host: string,
  { timestamps, batchIntervalMs }: Pick<HostMinute, 'timestamps' | 'batchIntervalMs'>,
): void {
  const facts = hosts.get(host) ?? { host, timestamps: [], batchIntervalMs: undefined };
  hosts.set(host, facts);
  facts.timestamps.push(...timestamps);
  facts.batchIntervalMs = batchIntervalMs ?? facts.batchIntervalMs;
}

function hostSamples({ host, timestamps, batchIntervalMs }: HostFacts): HostSamples {
  return { host, timestamps, batchIntervalMs };
}
