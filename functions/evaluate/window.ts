import type { HostSamples } from '../../core/alerting/up.ts';
import { concatenate } from '../../core/chunk/concatenate.ts';
import { MINUTE_MS } from '../../core/host-minute.ts';
import { HOUR_MS } from '../../core/rollup/hour-points.ts';
import { MINUTES_PER_HOUR } from '../../core/rollup/hours.ts';
import type { Needs } from '../../core/rules/needs.ts';
import { labelsKey } from '../../core/series/labels.ts';
import type { Series } from '../../core/series/series.ts';
import type { StoredChunk } from '../store/chunks.ts';
import { senderOf, writerName } from '../store/item-keys.ts';
import { type HostMinute, instantsOf, MinuteDecoder } from './decoded-minute.ts';
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

export class WindowReader {
  readonly #read: ReadMinute;
  readonly #decoder: MinuteDecoder;
  readonly #minutes = new Map<number, Map<string, HostMinute>>();
  readonly #seen = new SeenHosts();
  readonly #rolled: RolledHours | undefined;

  /** Without `rolled` all of a window is read as it came. */
  constructor(read: ReadMinute, keepMs: Needs['keepMs'], rolled?: RolledHours) {
    this.#read = read;
    this.#decoder = new MinuteDecoder(keepMs);
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
    const ageMs = ageOf(minute, nowMs);
    for (const chunk of chunks) {
      const { writer, bytes, sampleCount } = chunk;
      const before = known?.get(writer);
      // A chunk only ever grows, so the same count is the same chunk, decoded already.
      const isKnown = before?.sampleCount === sampleCount;
      const decoded = isKnown ? before : this.#decoder.decode(chunk, ageMs);
      // Before it is pruned: rules may not look at what names a VM.
      if (!isKnown && senderOf(writer) === undefined)
        this.#seen.note(writer, decoded.series, decoded.timestamps.at(-1), bytes.length);
      kept.set(writer, this.#decoder.prune(decoded, ageMs));
    }
    this.#minutes.set(minute, kept);
  }

  #assemble(nowMs: number): Window {
    const parts = new Map<string, Series[]>();
    const hosts = new Map<string, HostFacts>();
    const errors = [...(this.#rolled?.errors ?? [])];
    const writers = new Set<string>();
    for (const { writer, series, times } of this.#rolled?.hours(nowMs) ?? []) {
      for (const one of series) push(parts, labelsKey(one.labels), one);
      if (writerName(writer) === writer)
        noteHost(hosts, writer, { timestamps: instantsOf(times), batchIntervalMs: undefined });
    }
    for (const minute of [...this.#minutes.keys()].sort((a, b) => a - b)) {
      const ofWriters = this.#minutes.get(minute) ?? new Map<string, HostMinute>();
      for (const [writer, decoded] of ofWriters) {
        const pruned = this.#decoder.prune(decoded, ageOf(minute, nowMs));
        ofWriters.set(writer, pruned);
        writers.add(writer);
        if (pruned.error !== undefined) errors.push(pruned.error);
        for (const one of pruned.series) push(parts, one.key, one);
        if (senderOf(writer) === undefined) noteHost(hosts, writer, pruned);
      }
    }
    this.#decoder.forgetAllBut(writers);
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

function* inBatches<T>(all: readonly T[], size: number): Generator<readonly T[]> {
  for (let at = 0; at < all.length; at += size) yield all.slice(at, at + size);
}

/** How long ago a minute ended for the last of the hosts; below 0: it has not. */
function ageOf(minute: number, nowMs: number): number {
  return nowMs - (minute + 2) * MINUTE_MS;
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
