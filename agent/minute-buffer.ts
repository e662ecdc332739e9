import { minuteOf } from '../core/host-minute.ts';
import type { Batch } from './batch.ts';
import { MinuteColumns } from './minute-columns.ts';
import type { Sample } from './sample.ts';
import type { Spool } from './spool/spool.ts';

/** Bounds of what is in memory only. */
export interface BufferLimits {
  readonly minutes: number;
  readonly bytes: number;
}

/** An hour; a minute of 100 VMs has some 14 KB, so usually far less than the bytes. */
const DEFAULT_LIMITS: BufferLimits = { minutes: 60, bytes: 8 << 20 };

/** Twice what a server keeps by default: one that keeps less says itself that a minute is too old. */
const AGE_MAX_MS = 14 * 24 * 3_600_000;

/** An agent that stops does not wait longer for its disk. */
const WRITTEN_WITHIN_MS = 500;

/** Of the open minute, as far as it is. */
export interface PartBatch extends Batch {
  readonly chunk: Uint8Array;
}

interface OpenMinute {
  readonly id: number;
  readonly minute: number;
  readonly columns: MinuteColumns;
  /** Values that the server has or has refused for good. */
  settled: number;
}

/**
 * Host-minutes on their way to the server: one that is still open and takes samples, and closed ones
 * as chunks, on disk if there is a spool. When there are too many the oldest is dropped and its values
 * are counted.
 */
export class MinuteBuffer {
  readonly #host: string;
  readonly #dropped: Map<string, number>;
  readonly #limits: BufferLimits;
  readonly #spool: Spool | undefined;
  /** Oldest first. */
  readonly #closed: Batch[] = [];
  #open: OpenMinute | undefined;
  #lastId = 0;
  /** Points of the sample before. */
  #usualCount = 0;

  /** `dropped` counts lost values by reason; what the spool holds from before waits here again. */
  constructor(
    host: string,
    dropped: Map<string, number>,
    limits: BufferLimits = DEFAULT_LIMITS,
    spool?: Spool,
  ) {
    this.#host = host;
    this.#dropped = dropped;
    this.#limits = limits;
    this.#spool = spool;
    this.#closed.push(...(spool?.recovered ?? []));
    spool?.onFull((segment) => this.#forgetSegment(segment));
    for (const unsaved of this.#inMemory()) spool?.save(unsaved, false);
  }

  /** A sample is about to be taken: if nothing comes of it, its loss will be known. */
  begin(timestampMs: number): void {
    const { id } = this.#openFor(timestampMs);
    this.#spool?.begin(id, timestampMs, this.#usualCount);
  }

  /** Takes a sample. Closes the open minute when the sample is of another. */
  add(sample: Sample): void {
    const open = this.#openFor(sample.timestampMs);
    open.columns.add(sample);
    this.#usualCount = sample.points.length;
    this.#spool?.addSample(open.id, sample);
    this.#spool?.saveCounts();
  }

  /** Closes the open minute if it holds no instant from `nextMs` on: nothing more will come for it. */
  closeBefore(nextMs: number): void {
    if (this.#open !== undefined && minuteOf(this.#host, nextMs) !== this.#open.minute)
      this.close();
  }

  close(): void {
    const open = this.#open;
    this.#open = undefined;
    if (open === undefined) return;
    const batch = batchOf(open);
    if (batch === undefined) {
      this.#spool?.forgetOpen(open.id);
      return;
    }
    this.#dropOld(batch.lastMs);
    // From here on those that are on disk are read from there.
    for (const saved of this.#closed) if (saved.place !== undefined) saved.chunk = undefined;
    this.#closed.push(batch);
    for (const unsaved of this.#inMemory()) this.#spool?.save(unsaved, this.#closed.length > 1);
    this.#dropUnsaved();
  }

  /** The oldest closed minute. */
  oldest(): Batch | undefined {
    return this.#closed[0];
  }

  /** The newest closed minute. */
  newest(): Batch | undefined {
    return this.#closed.at(-1);
  }

  /** The open minute so far; `undefined` where the server has all of it. */
  soFar(): PartBatch | undefined {
    return this.#open === undefined ? undefined : batchOf(this.#open);
  }

  /** The bytes of a batch; `damaged` if the disk has lost them, `busy` if it does not answer. */
  async chunkOf({ chunk, place }: Batch): Promise<Uint8Array | 'damaged' | 'busy'> {
    if (chunk !== undefined) return chunk;
    if (place === undefined || this.#spool === undefined) return 'damaged';
    return this.#spool.read(place);
  }

  /** The server has these values now. */
  acknowledge(batch: Batch): void {
    this.#settle(batch, undefined);
  }

  /** These values are lost: the server will never take them, or there is no room. */
  discard(batch: Batch, reason: string): void {
    this.#count(reason, batch.freshCount);
    this.#settle(batch, reason);
    this.#spool?.saveCounts();
  }

  /** Drops what was measured in a future that the clock has been set back from. */
  discardAfter(nowMs: number): void {
    for (const batch of this.#closed.filter(({ lastMs }) => lastMs > nowMs)) {
      this.discard(batch, 'clock_set_back');
    }
    const open = this.#open;
    if (open === undefined || open.columns.lastMs <= nowMs) return;
    this.#open = undefined;
    this.#count('clock_set_back', open.columns.sampleCount - open.settled);
    this.#spool?.forgetOpen(open.id);
  }

  /** The server does not take them now: brings what is closed to the disk itself. */
  secure(): void {
    this.#spool?.sync();
  }

  /** Resolves when the disk has all that is closed, or does not take it. */
  async written(): Promise<void> {
    await this.#spool?.idle(WRITTEN_WITHIN_MS);
  }

  /** Values that are not with the server yet. */
  get waitingSamples(): number {
    return this.#closed.reduce((sum, batch) => sum + batch.freshCount, this.#openFresh());
  }

  /** Of these, the ones that are in memory only. */
  get unsavedSamples(): number {
    return this.#inMemory().reduce((sum, batch) => sum + batch.freshCount, this.#openFresh());
  }

  get waitingMinutes(): number {
    return this.#closed.length;
  }

  #openFresh(): number {
    return this.#open === undefined ? 0 : this.#open.columns.sampleCount - this.#open.settled;
  }

  #openFor(timestampMs: number): OpenMinute {
    const minute = minuteOf(this.#host, timestampMs);
    if (this.#open !== undefined && this.#open.minute !== minute) this.close();
    this.#lastId = this.#open?.id ?? this.#spool?.nextId() ?? this.#lastId + 1;
    this.#open ??= { id: this.#lastId, minute, columns: new MinuteColumns(), settled: 0 };
    return this.#open;
  }

  #settle(batch: Batch, reason: string | undefined): void {
    const index = this.#closed.indexOf(batch);
    if (index >= 0) {
      this.#closed.splice(index, 1);
      batch.chunk = undefined;
      this.#spool?.settle(batch, reason);
    } else if (this.#open?.id === batch.id) {
      this.#open.settled = batch.sampleCount;
      this.#spool?.settlePart(batch.id, batch.sampleCount);
    }
    // Otherwise the minute was closed while its part was under way: it will be sent whole.
  }

  #inMemory(): readonly Batch[] {
    return this.#closed.filter(({ place }) => place === undefined);
  }

  #dropUnsaved(): void {
    const unsaved = [...this.#inMemory()];
    let bytes = unsaved.reduce((sum, { chunk }) => sum + (chunk?.byteLength ?? 0), 0);
    while (
      unsaved.length > this.#limits.minutes ||
      (bytes > this.#limits.bytes && unsaved.length > 1)
    ) {
      const oldest = unsaved.shift();
      if (oldest === undefined) return;
      bytes -= oldest.chunk?.byteLength ?? 0;
      this.discard(oldest, 'buffer_full');
    }
  }

  #dropOld(nowMs: number): void {
    for (let batch = this.#closed[0]; batch !== undefined; batch = this.#closed[0]) {
      if (nowMs - batch.lastMs <= AGE_MAX_MS) return;
      this.discard(batch, 'too_old');
    }
  }

  /** The spool removes a segment itself. */
  #forgetSegment(segment: number): void {
    for (const batch of this.#closed.filter(({ place }) => place?.segment === segment)) {
      this.#closed.splice(this.#closed.indexOf(batch), 1);
      this.#count('spool_full', batch.freshCount);
    }
  }

  #count(reason: string, count: number): void {
    this.#dropped.set(reason, (this.#dropped.get(reason) ?? 0) + count);
  }
}

/** `undefined` where the server has all of it. */
function batchOf({ id, minute, columns, settled }: OpenMinute): PartBatch | undefined {
  const { sampleCount, lastMs } = columns;
  if (settled === sampleCount) return undefined;
  const freshCount = sampleCount - settled;
  const chunk = columns.toChunk();
  return { id, minute, lastMs, sampleCount, freshCount, chunk, place: undefined };
}
