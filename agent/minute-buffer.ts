import { encodeChunk } from '../core/chunk/encode.ts';
import { minuteOf } from '../core/host-minute.ts';
import type { Labels } from '../core/series/labels.ts';
import { type Series, setStaleAt } from '../core/series/series.ts';
import type { Sample } from './sample.ts';

/** The chunk of one host-minute, or of what there is of it so far. */
export interface Batch {
  readonly minute: number;
  readonly chunk: Uint8Array;
  /** Values in it. */
  readonly sampleCount: number;
  /** Of these, the ones that no earlier batch of the minute has settled. */
  readonly freshCount: number;
}

export interface BufferLimits {
  readonly minutes: number;
  readonly bytes: number;
}

/** An hour; a minute of 100 VMs has some 14 KB, so usually far less than the bytes. */
const DEFAULT_LIMITS: BufferLimits = { minutes: 60, bytes: 8 << 20 };

interface Column {
  readonly labels: Labels;
  readonly timestamps: number[];
  /** `NaN` at the places in `endings`. */
  readonly values: number[];
  readonly endings: number[];
}

interface OpenMinute {
  readonly minute: number;
  readonly columns: Map<string, Column>;
  lastMs: number;
  sampleCount: number;
  /** Values that the server has or has refused for good. */
  settled: number;
}

/**
 * Host-minutes on their way to the server, in memory: one that is still open and takes samples, and
 * closed ones as chunks. When there are too many the oldest is dropped and its values are counted.
 */
export class MinuteBuffer {
  readonly #host: string;
  readonly #dropped: Map<string, number>;
  readonly #limits: BufferLimits;
  readonly #closed: Batch[] = [];
  #closedBytes = 0;
  #open: OpenMinute | undefined;

  /** `dropped` counts lost values by reason. */
  constructor(host: string, dropped: Map<string, number>, limits: BufferLimits = DEFAULT_LIMITS) {
    this.#host = host;
    this.#dropped = dropped;
    this.#limits = limits;
  }

  /** Takes a sample. Closes the open minute when the sample is of another. */
  add(sample: Sample): void {
    const minute = minuteOf(this.#host, sample.timestampMs);
    if (this.#open !== undefined && this.#open.minute !== minute) this.close();
    this.#open ??= { minute, columns: new Map(), lastMs: 0, sampleCount: 0, settled: 0 };
    const open = this.#open;
    if (sample.timestampMs <= open.lastMs) {
      throw new Error(`sample at ${sample.timestampMs} is not after the one at ${open.lastMs}`);
    }
    open.lastMs = sample.timestampMs;
    for (const { key, labels, value } of sample.points) {
      let column = open.columns.get(key);
      if (column === undefined) {
        column = { labels, timestamps: [], values: [], endings: [] };
        open.columns.set(key, column);
      }
      if (value === 'ended') column.endings.push(column.values.length);
      column.timestamps.push(sample.timestampMs);
      column.values.push(value === 'ended' ? Number.NaN : value);
    }
    open.sampleCount += sample.points.length;
  }

  /** Closes the open minute if it holds no instant from `nextMs` on: nothing more will come for it. */
  closeBefore(nextMs: number): void {
    if (this.#open !== undefined && minuteOf(this.#host, nextMs) !== this.#open.minute)
      this.close();
  }

  close(): void {
    const open = this.#open;
    this.#open = undefined;
    if (open === undefined || open.settled === open.sampleCount) return;
    const batch = batchOf(open);
    this.#closed.push(batch);
    this.#closedBytes += batch.chunk.byteLength;
    while (
      this.#closed.length > this.#limits.minutes ||
      (this.#closedBytes > this.#limits.bytes && this.#closed.length > 1)
    ) {
      const [oldest] = this.#closed;
      if (oldest !== undefined) this.discard(oldest, 'buffer_full');
    }
  }

  /** The oldest closed minute. */
  oldest(): Batch | undefined {
    return this.#closed[0];
  }

  /** The open minute so far; `undefined` where the server has all of it. */
  soFar(): Batch | undefined {
    const open = this.#open;
    return open === undefined || open.settled === open.sampleCount ? undefined : batchOf(open);
  }

  /** The server has these values now. */
  acknowledge(batch: Batch): void {
    const index = this.#closed.indexOf(batch);
    if (index >= 0) {
      this.#closed.splice(index, 1);
      this.#closedBytes -= batch.chunk.byteLength;
    } else if (this.#open?.minute === batch.minute) {
      this.#open.settled = batch.sampleCount;
    }
    // Otherwise the minute was closed while its part was under way: it will be sent whole.
  }

  /** These values are lost: the server will never take them, or there is no room. */
  discard(batch: Batch, reason: string): void {
    this.acknowledge(batch);
    this.#dropped.set(reason, (this.#dropped.get(reason) ?? 0) + batch.freshCount);
  }

  /** Values that are not with the server yet. */
  get waitingSamples(): number {
    const open = this.#open === undefined ? 0 : this.#open.sampleCount - this.#open.settled;
    return this.#closed.reduce((sum, batch) => sum + batch.freshCount, open);
  }

  get waitingMinutes(): number {
    return this.#closed.length;
  }
}

function batchOf({ minute, columns, sampleCount, settled }: OpenMinute): Batch {
  const chunk = encodeChunk([...columns.values()].map(seriesOf));
  return { minute, chunk, sampleCount, freshCount: sampleCount - settled };
}

function seriesOf({ labels, timestamps, values, endings }: Column): Series {
  const typed = Float64Array.from(values);
  for (const index of endings) setStaleAt(typed, index);
  return { labels, timestamps: Float64Array.from(timestamps), values: typed };
}
