import type { HostSamples } from '../../core/alerting/up.ts';
import { decodeChunk } from '../../core/chunk/decode.ts';
import { MINUTE_MS } from '../../core/host-minute.ts';
import { labelsKey, labelValue, METRIC_NAME } from '../../core/series/labels.ts';
import type { Series } from '../../core/series/series.ts';
import type { StoredChunk } from '../store/chunks.ts';

/**
 * The newest minutes of the whole fleet, as the evaluator sees them. A warm function keeps it and
 * reads only minutes that may still grow; a cold one reads all of it again.
 */

/** A batch that comes later than this is in the table, but no tick waits for it. */
const SETTLED_MS = 3 * MINUTE_MS;

/** Reads one minute of the fleet from the table. */
export type ReadMinute = (minute: number, nowMs: number) => Promise<readonly StoredChunk[]>;

/** What a tick evaluates over. */
export interface Window {
  readonly series: readonly Series[];
  readonly hosts: readonly HostSamples[];
  /** Chunks that could not be read, each with its reason. */
  readonly errors: readonly string[];
}

/** One decoded minute of one host. */
interface HostMinute {
  readonly sampleCount: number;
  readonly series: readonly Series[];
  readonly error?: string;
}

export class WindowReader {
  readonly #read: ReadMinute;
  readonly #minutes = new Map<number, Map<string, HostMinute>>();

  constructor(read: ReadMinute) {
    this.#read = read;
  }

  /** The window from `fromMs` to now. Throws if a minute can't be read: a part of the truth misleads. */
  async load(fromMs: number, nowMs: number): Promise<Window> {
    // A host's minute begins up to 59 s after the clock's, so one earlier may reach into the window.
    const first = Math.floor(fromMs / MINUTE_MS) - 1;
    const last = Math.floor(nowMs / MINUTE_MS);
    for (const minute of this.#minutes.keys())
      if (minute < first || minute > last) this.#minutes.delete(minute);
    const wanted: number[] = [];
    for (let minute = first; minute <= last; minute++) {
      const settled = (minute + 2) * MINUTE_MS + SETTLED_MS < nowMs;
      if (!settled || !this.#minutes.has(minute)) wanted.push(minute);
    }
    await Promise.all(
      wanted.map(async (minute) => this.#keep(minute, await this.#read(minute, nowMs))),
    );
    return this.#assemble();
  }

  #keep(minute: number, chunks: readonly StoredChunk[]): void {
    const known = this.#minutes.get(minute);
    const kept = new Map<string, HostMinute>();
    for (const { host, bytes, sampleCount } of chunks) {
      const before = known?.get(host);
      // A chunk only ever grows, so the same count is the same chunk, decoded already.
      kept.set(
        host,
        before?.sampleCount === sampleCount
          ? before
          : decodeMinute(host, minute, bytes, sampleCount),
      );
    }
    this.#minutes.set(minute, kept);
  }

  #assemble(): Window {
    const parts = new Map<string, Series[]>();
    const hosts = new Map<string, HostFacts>();
    const errors: string[] = [];
    for (const minute of [...this.#minutes.keys()].sort((a, b) => a - b)) {
      for (const [host, { series, error }] of this.#minutes.get(minute) ?? []) {
        if (error !== undefined) errors.push(error);
        for (const one of series) {
          const key = labelsKey(one.labels);
          const known = parts.get(key);
          if (known === undefined) parts.set(key, [one]);
          else known.push(one);
        }
        noteHost(hosts, host, series);
      }
    }
    return {
      series: [...parts.values()].map(concatenate),
      hosts: [...hosts.values()].map(hostSamples),
      errors,
    };
  }
}

function decodeMinute(
  host: string,
  minute: number,
  bytes: Uint8Array,
  sampleCount: number,
): HostMinute {
  const decoded = decodeChunk(bytes);
  if (decoded.ok) return { sampleCount, series: decoded.value.series };
  return {
    sampleCount,
    series: [],
    error: `chunk of ${host}, minute ${minute}: ${decoded.error.message}`,
  };
}

/** Parts of one series, in order of time, as one. */
function concatenate(parts: readonly Series[]): Series {
  const [first] = parts;
  if (first === undefined) throw new Error('a series without parts');
  if (parts.length === 1) return first;
  const length = parts.reduce((sum, { timestamps }) => sum + timestamps.length, 0);
  const timestamps = new Float64Array(length);
  const values = new Float64Array(length);
  let at = 0;
  for (const part of parts) {
    timestamps.set(part.timestamps, at);
    values.set(part.values, at);
    at += part.timestamps.length;
  }
  return { labels: first.labels, timestamps, values };
}

interface HostFacts {
  readonly host: string;
  readonly times: Set<number>;
  batchIntervalMs: number | undefined;
}

const BATCH_INTERVAL = 'hypervigil_agent_batch_interval_seconds';

function noteHost(hosts: Map<string, HostFacts>, host: string, series: readonly Series[]): void {
  const facts = hosts.get(host) ?? { host, times: new Set(), batchIntervalMs: undefined };
  hosts.set(host, facts);
  // The series of a chunk share their timestamps, so few arrays are really looked at.
  const looked = new Set<Float64Array>();
  for (const { labels, timestamps, values } of series) {
    if (!looked.has(timestamps)) for (const timestamp of timestamps) facts.times.add(timestamp);
    looked.add(timestamps);
    if (labelValue(labels, METRIC_NAME) === BATCH_INTERVAL)
      facts.batchIntervalMs = (values.at(-1) ?? 60) * 1000;
  }
}

function hostSamples({ host, times, batchIntervalMs }: HostFacts): HostSamples {
  return { host, timestamps: [...times].sort((a, b) => a - b), batchIntervalMs };
}
