import type { HostSamples } from '../../core/alerting/up.ts';
import { concatenate } from '../../core/chunk/concatenate.ts';
import { MINUTE_MS } from '../../core/host-minute.ts';
import { MINUTES_PER_HOUR } from '../../core/rollup/hours.ts';
import type { Needs } from '../../core/rules/needs.ts';
import { labelsKey } from '../../core/series/labels.ts';
import type { Series } from '../../core/series/series.ts';
import { HOUR_MS } from '../../core/time.ts';
import { BATCH_KEYS, type ChunkStore, type StoredChunk } from '../store/chunks.ts';
import { TableCallFailed } from '../store/errors.ts';
import { senderOf, writerName } from '../store/item-keys.ts';
import { type HostMinute, instantsOf, MinuteDecoder } from './decoded-minute.ts';
import type { SeenHost } from './inventory-changes.ts';
import type { RolledHours } from './rolled-hours.ts';
import { SeenHosts } from './seen-hosts.ts';
import { HEARD_MINUTES, Unsettled } from './unsettled.ts';

/**
 * The newest minutes of the whole fleet, as the evaluator sees them. A warm function keeps it and
 * reads only what may still come or grow; a cold one reads all of it again.
 */

/** A batch that comes later than this is in the table, but no tick waits for it. */
const SETTLED_MS = 3 * MINUTE_MS;

/** By then all who are in time have posted a minute: the last sample of it is 10 s older, or half a minute. */
const FULL_AGE_MS = -5000;
/**
 * From then on until it is so old only chunks of it are read again that may still come or grow; then all of it
 * once more, which finds what nobody could expect.
 */
const LAST_LOOK_AGE_MS = SETTLED_MS - MINUTE_MS;

/** Older chunks tell nothing of what may still come. */
const NOTED_AGE_MS = SETTLED_MS + HEARD_MINUTES * MINUTE_MS;

/** A host or VM not seen for so long is in the inventory already, and not held in memory. */
const SEEN_MS = 60 * MINUTE_MS;

/** A cold start reads an hour or more; DynamoDB's client has 50 connections. */
const READS_AT_ONCE = 10;

/** While nothing is rolled up rules see so much, which is 360 reads of the whole fleet. */
const RAW_MAX_MS = 6 * HOUR_MS + 60 * MINUTE_MS;

/** Reads one minute of the fleet from the table. */
export type ReadMinute = (minute: number, nowMs: number) => Promise<readonly StoredChunk[]>;

/** Reads some chunks of a minute: those of a host each, and those of senders. */
export type ReadSome = Pick<ChunkStore, 'batch' | 'senderMinute'>;

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
  /** How old a minute was when all of it was read last. */
  readonly #lookedAgesMs = new Map<number, number>();
  readonly #seen = new SeenHosts();
  readonly #rolled: RolledHours | undefined;
  readonly #readSome: ReadSome | undefined;
  readonly #unsettled = new Unsettled();

  /**
   * Without `rolled` all of a window is read as it came; without `readSome` minutes are read as a whole, as long
   * as they may grow.
   */
  constructor(
    read: ReadMinute,
    keepMs: Needs['keepMs'],
    rolled?: RolledHours,
    readSome?: ReadSome,
  ) {
    this.#read = read;
    this.#decoder = new MinuteDecoder(keepMs);
    this.#rolled = rolled;
    this.#readSome = readSome;
  }

  /** The window from `fromMs` to now. Throws if a minute can't be read: a part of the truth misleads. */
  async load(fromMs: number, nowMs: number): Promise<Window> {
    const rolledEnd = (await this.#rolled?.load(fromMs, nowMs)) ?? -Infinity;
    // A host's minute begins up to 59 s after the clock's, so one earlier may reach into the window.
    const rawFromMs = Math.max(fromMs, nowMs - RAW_MAX_MS);
    const first = Math.max(Math.floor(rawFromMs / MINUTE_MS) - 1, rolledEnd * MINUTES_PER_HOUR);
    const last = Math.floor(nowMs / MINUTE_MS);
    for (const minute of this.#minutes.keys()) {
      if (minute >= first && minute <= last) continue;
      this.#minutes.delete(minute);
      this.#lookedAgesMs.delete(minute);
    }
    this.#unsettled.keepOnly(Math.ceil((nowMs - SETTLED_MS) / MINUTE_MS) - 2, last);
    const whole: number[] = [];
    const partly: number[] = [];
    for (let minute = first; minute <= last; minute++) {
      const ageMs = ageOf(minute, nowMs);
      const lookedAgeMs = this.#lookedAgesMs.get(minute) ?? Number.NEGATIVE_INFINITY;
      if (ageMs > SETTLED_MS && lookedAgeMs > LAST_LOOK_AGE_MS) continue;
      const wasFull = lookedAgeMs >= FULL_AGE_MS;
      if (wasFull && ageMs > 0 && ageMs <= LAST_LOOK_AGE_MS) partly.push(minute);
      else whole.push(minute);
    }
    await this.#readWhole(whole, nowMs);
    // Only now is it known who has gone on to later minutes.
    await Promise.all(partly.map((minute) => this.#readOpen(minute, nowMs)));
    return this.#assemble(nowMs);
  }

  async #readWhole(minutes: readonly number[], nowMs: number): Promise<void> {
    for (const some of inBatches(minutes, READS_AT_ONCE)) {
      await Promise.all(
        some.map(async (minute) => {
          const chunks = await this.#read(minute, nowMs);
          this.#minutes.set(minute, this.#decoded(minute, chunks, nowMs));
          this.#lookedAgesMs.set(minute, ageOf(minute, nowMs));
        }),
      );
    }
  }

  async #readOpen(minute: number, nowMs: number): Promise<void> {
    const some = this.#readSome;
    const hosts = some && this.#unsettled.openHosts(minute);
    if (some === undefined || hosts === undefined) return this.#readWhole([minute], nowMs);
    const keys = hosts.map((writer) => ({ writer, minute }));
    const [ofSenders, ...batches] = await Promise.all([
      some.senderMinute(minute, nowMs),
      ...[...inBatches(keys, BATCH_KEYS)].map((part) => some.batch(part, nowMs)),
    ]);
    const unread = batches.flatMap((batch) => batch.unread);
    const [first] = unread;
    if (first !== undefined)
      throw new TableCallFailed(
        'ChunksUnread',
        `${unread.length} chunks of minute ${minute} could not be read, ${first.writer}'s among them`,
      );
    const chunks = [...ofSenders, ...batches.flatMap((batch) => batch.chunks)];
    const held = this.#minutes.get(minute) ?? new Map<string, HostMinute>();
    this.#minutes.set(minute, new Map([...held, ...this.#decoded(minute, chunks, nowMs)]));
  }

  #decoded(minute: number, chunks: readonly StoredChunk[], nowMs: number): Map<string, HostMinute> {
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
      if (ageMs <= NOTED_AGE_MS) this.#unsettled.note(chunk, decoded.timestamps);
      kept.set(writer, this.#decoder.prune(decoded, ageMs));
    }
    return kept;
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
