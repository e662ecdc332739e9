import { decodeMetrics, type KeyedSeries } from '../../core/chunk/decode.ts';
import { LabelMemory } from '../../core/chunk/series-list.ts';
import type { Needs } from '../../core/rules/needs.ts';
import { labelValue, METRIC_NAME } from '../../core/series/labels.ts';
import type { StoredChunk } from '../store/chunks.ts';
import { senderOf } from '../store/item-keys.ts';
import { INVENTORY_METRICS } from './seen-hosts.ts';

/**
 * What the evaluator's memory holds of a host-minute. A fleet is a million series of a minute each, so what one of
 * them takes decides how large a fleet one function can watch: only series that rules may still look at are decoded
 * and kept, label sets are shared by all minutes of a writer, and values lie together with nothing beside them.
 */

const BATCH_INTERVAL = 'hypervigil_agent_batch_interval_seconds';

/** Decoded whether rules look at them or not: for the inventory, and for `up`. */
const ALWAYS: ReadonlySet<string> = new Set([...INVENTORY_METRICS, BATCH_INTERVAL]);

/** One decoded minute of one writer: only series that rules may look at. */
export interface HostMinute {
  readonly sampleCount: number;
  readonly series: readonly KeyedSeries[];
  /** ms since 1970, rising: when the host had any sample. */
  readonly timestamps: readonly number[];
  readonly batchIntervalMs: number | undefined;
  /** Once it is older than this some of the series are not looked at any more. */
  readonly wholeUntilAgeMs: number;
  readonly error?: string;
}

/** Label sets of one writer that its minutes share. One that churns through them begins anew beyond this. */
const KNOWN_LABELS_MAX = 100_000;

export class MinuteDecoder {
  readonly #keepMs: Needs['keepMs'];
  readonly #memories = new Map<string, LabelMemory>();

  constructor(keepMs: Needs['keepMs']) {
    this.#keepMs = keepMs;
  }

  /** A minute that ended `ageMs` ago; less than 0: it has not ended. With series that only the inventory reads. */
  decode({ writer, minute, bytes, firstMs, sampleCount }: StoredChunk, ageMs: number): HostMinute {
    const owner = ownerOf(writer);
    const memory = this.#memories.get(owner) ?? new LabelMemory(KNOWN_LABELS_MAX);
    this.#memories.set(owner, memory);
    const decoded = decodeMetrics(
      bytes,
      (metric) => ALWAYS.has(metric) || this.#isKept(metric, ageMs),
      memory,
    );
    if (!decoded.ok) {
      const error = `chunk of ${writer}, minute ${minute}: ${decoded.error.message}`;
      // What only a newer release can read tells at least that the host is there.
      const timestamps = decoded.error.code === 'version' ? [firstMs] : [];
      return { ...NOTHING, timestamps, sampleCount, error };
    }
    const { series, times } = decoded.value;
    const interval = series
      .find(({ labels }) => labelValue(labels, METRIC_NAME) === BATCH_INTERVAL)
      ?.values.at(-1);
    return {
      sampleCount,
      series,
      timestamps: instantsOf(times),
      batchIntervalMs: interval === undefined || !(interval > 0) ? undefined : interval * 1000,
      wholeUntilAgeMs: Number.NEGATIVE_INFINITY,
    };
  }

  /** Without series that no rule reads so far back. */
  prune(minute: HostMinute, ageMs: number): HostMinute {
    if (ageMs < minute.wholeUntilAgeMs) return minute;
    let wholeUntilAgeMs = Number.POSITIVE_INFINITY;
    const kept = minute.series.filter(({ labels }) => {
      const metric = labelValue(labels, METRIC_NAME);
      if (!this.#isKept(metric, ageMs)) return false;
      wholeUntilAgeMs = Math.min(wholeUntilAgeMs, this.#keepMs(metric));
      return true;
    });
    const series = kept.length === minute.series.length ? kept : compact(kept);
    return { ...minute, series, wholeUntilAgeMs };
  }

  /** Forgets the labels of all but these writers. */
  forgetAllBut(writers: ReadonlySet<string>): void {
    const owners = new Set([...writers].map(ownerOf));
    for (const name of this.#memories.keys()) if (!owners.has(name)) this.#memories.delete(name);
  }

  #isKept(metric: string, ageMs: number): boolean {
    return this.#keepMs(metric) > Math.max(0, ageMs);
  }
}

const NOTHING = {
  series: [],
  batchIntervalMs: undefined,
  wholeUntilAgeMs: Number.POSITIVE_INFINITY,
};

/** A sender's chunks of a minute are many writers. */
function ownerOf(writer: string): string {
  return senderOf(writer) ?? writer;
}

/** All values of a chunk are one piece of memory, which a single series would keep whole. */
function compact(series: readonly KeyedSeries[]): KeyedSeries[] {
  const whole = new Float64Array(series.reduce((sum, { values }) => sum + values.length, 0));
  let from = 0;
  return series.map((one) => {
    const values = whole.subarray(from, from + one.values.length);
    // Copying a typed array keeps every bit, a staleness marker's too.
    values.set(one.values);
    from += values.length;
    return { ...one, values };
  });
}

/** Rising, without doubles. */
export function instantsOf(columns: Iterable<Float64Array>): number[] {
  const times = new Set([...new Set(columns)].flatMap((timestamps) => [...timestamps]));
  return [...times].sort((a, b) => a - b);
}
