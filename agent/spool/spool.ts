import type { Batch } from '../batch.ts';
import { messageOf } from '../log.ts';
import type { Sample } from '../sample.ts';
import { encodeHead } from './head.ts';
import { OpenMinuteWriter } from './open-minute.ts';
import { decodeRecord, encodeRecord, type SpoolRecord } from './record.ts';
import { batchesOf, HEAD_NAME, openName, readSpool, segmentName } from './recover.ts';
import { DAMAGED, type Gap, KILLED, type Place } from './replay.ts';
import type { SpoolFiles } from './spool-files.ts';

export interface SpoolLimits {
  readonly bytes: number;
  readonly segmentBytes: number;
}

/**
 * 64 MiB hold the two weeks that the agent keeps anything: a minute of one host takes some 0.6 KB
 * here, 12 MB in 14 days; with 10 VMs some 1.6 KB, 33 MB. With 27 VMs they are just full by then.
 */
const SPOOL_LIMITS: SpoolLimits = { bytes: 64 << 20, segmentBytes: 1 << 20 };

/** Writes that wait for the disk: a minute of samples every second. More, and it hangs. */
const QUEUE_MAX = 200;

/** A disk that does not answer for so long is not waited for. */
const READ_WITHIN_MS = 5000;

interface Segment {
  readonly number: number;
  readonly totalBefore: number;
  bytes: number;
  waiting: number;
}

/** What is yet to be written for a record; the rest is the spool's own. */
type Entry = Pick<SpoolRecord, 'kind'> & Partial<SpoolRecord>;

const NOTHING = new Uint8Array(0);

/**
 * Host-minutes on disk, on their way to the server. Closed minutes are appended to segments; the
 * samples of the open one to a log of its own, which goes when the minute is closed. What becomes of
 * a minute is appended too, so nothing is ever changed in place, and a segment is removed when all in
 * it and before it is done with.
 *
 * When it reaches the disk: nothing is waited for while the server takes samples. As soon as one
 * minute could not be posted, it and each that is closed after it is synced (fdatasync). So a process
 * that is killed loses at most the sample it was taking, and counts it; a power cut loses at most the
 * open minute and the one that is being posted.
 *
 * Writes are queued and never reject: where one fails, `trouble` says why, samples stay in memory
 * only, and every closed minute tries again.
 */
export class Spool {
  readonly #files: SpoolFiles;
  readonly #host: string;
  readonly #limits: SpoolLimits;
  /** Lost samples by reason; others count here too. */
  readonly #dropped: Map<string, number>;
  /** Of `#dropped`, what is on disk. */
  readonly #counted: Map<string, number>;
  readonly #segments: Segment[] = [];
  readonly #writers = new Map<number, OpenMinuteWriter>();
  #nextSequence = 1;
  #nextId = 1;
  #total = 0;
  #lastMs = 0;
  #afterDamage = false;
  #queue: Promise<void> = Promise.resolve();
  #queued = 0;
  #trouble: string | undefined;
  #evict: (segment: number) => void = () => {};
  #recovered: readonly Batch[] = [];

  private constructor(
    files: SpoolFiles,
    host: string,
    dropped: Map<string, number>,
    limits: SpoolLimits,
  ) {
    this.#files = files;
    this.#host = host;
    this.#dropped = dropped;
    this.#counted = new Map();
    this.#limits = limits;
  }

  /**
   * Opens the spool in a folder that is locked. `dropped` gets the losses counted so far. Rejects
   * where the folder cannot be read.
   */
  static async open(
    files: SpoolFiles,
    host: string,
    dropped: Map<string, number>,
    limits: SpoolLimits = SPOOL_LIMITS,
  ): Promise<Spool> {
    const spool = new Spool(files, host, dropped, limits);
    await spool.#recover();
    return spool;
  }

  /** Minutes of an earlier run, oldest first; those without a `place` are yet to be saved. */
  get recovered(): readonly Batch[] {
    return this.#recovered;
  }

  /** The instant of the last sample of an earlier run; `undefined` if there is none. */
  get lastMs(): number | undefined {
    return this.#lastMs === 0 ? undefined : this.#lastMs;
  }

  /** Why nothing can be written now; `undefined` while all is well. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  /** What the segments take up. */
  get bytes(): number {
    return this.#segments.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Who forgets the minutes of a segment, and counts them, before it is removed for want of room. */
  onFull(evict: (segment: number) => void): void {
    this.#evict = evict;
  }

  /** The id for a minute that is opened. */
  nextId(): number {
    return this.#nextId++;
  }

  /** A sample of an open minute is about to be taken, of about so many points. */
  begin(id: number, timestampMs: number, count: number): void {
    this.#log(id, () => ({ kind: 'begun', timestampMs, count }));
  }

  addSample(id: number, sample: Sample): void {
    let writer = this.#writers.get(id);
    if (writer === undefined) {
      writer = new OpenMinuteWriter();
      this.#writers.clear();
      this.#writers.set(id, writer);
    }
    const { timestampMs, points } = sample;
    const payload = writer.encode(sample);
    this.#log(id, () => ({ kind: 'sample', timestampMs, count: points.length, payload }));
  }

  /** The server has the first so many samples of an open minute. */
  settlePart(id: number, count: number): void {
    this.#log(id, () => ({ kind: 'partStored', count }));
  }

  /** Nothing of an open minute is needed any more. */
  forgetOpen(id: number): void {
    this.#enqueue(() => this.#files.remove(openName(id)));
  }

  /** Writes a closed minute, unless it is written; then its `place` is set. */
  save(batch: Batch, durable: boolean): void {
    this.#enqueue(async () => {
      const { chunk, id } = batch;
      if (batch.place !== undefined || chunk === undefined) return;
      const { lastMs: timestampMs, sampleCount: count, freshCount } = batch;
      this.#lastMs = Math.max(this.#lastMs, timestampMs);
      const entry: Entry = { kind: 'minute', id, timestampMs, count, freshCount, payload: chunk };
      const place = await this.#append(entry);
      batch.place = place;
      const segment = this.#segments.at(-1);
      if (segment !== undefined) segment.waiting += 1;
      if (durable) await this.#files.sync(segmentName(place.segment));
      await this.#files.remove(openName(id));
      await this.#makeRoom();
      this.#trouble = undefined;
    });
  }

  /** A minute is done with: the server has it, or it is lost for a reason (counted by the caller). */
  settle(batch: Batch, reason?: string): void {
    this.#enqueue(async () => {
      const { id, freshCount, place } = batch;
      if (place === undefined) {
        await this.#files.remove(openName(id));
        return;
      }
      const segment = this.#segments.find(({ number }) => number === place.segment);
      if (segment === undefined) return;
      segment.waiting -= 1;
      if (reason === undefined) await this.#append({ kind: 'stored', id, freshCount });
      else await this.#appendLoss(reason, { id, freshCount });
      await this.#removeDone();
    });
  }

  /** Writes down losses that others have counted. */
  saveCounts(): void {
    if (![...this.#dropped].some(([reason, count]) => count !== this.#counted.get(reason))) return;
    this.#enqueue(async () => {
      if (this.#trouble !== undefined) return;
      for (const reason of this.#dropped.keys()) await this.#appendLoss(reason, {});
    });
  }

  /** Brings what was written to the disk itself. */
  sync(): void {
    this.#enqueue(async () => {
      const current = this.#segments.at(-1);
      if (current !== undefined) await this.#files.sync(segmentName(current.number));
    });
  }

  /** The bytes of a minute; `damaged` if they are not what was written, `busy` if the disk hangs. */
  async read(place: Place): Promise<Uint8Array | 'damaged' | 'busy'> {
    const { segment, offset, bytes } = place;
    const read = this.#files.read(segmentName(segment), offset, bytes).then(
      (found) => decodeRecord(found)?.payload ?? 'damaged',
      () => 'damaged' as const,
    );
    return orAfter(READ_WITHIN_MS, read, 'busy');
  }

  /** Resolves when all is written, or after a time. */
  async idle(withinMs: number): Promise<void> {
    await orAfter(withinMs, this.#queue, undefined);
  }

  async close(withinMs: number): Promise<void> {
    this.saveCounts();
    if (this.#segments.some(({ waiting }) => waiting > 0)) this.sync();
    await this.idle(withinMs);
    await orAfter(withinMs, this.#files.close(), undefined);
  }

  async #recover(): Promise<void> {
    const found = await readSpool(this.#files, this.#host);
    for (const [reason, count] of found.dropped) this.#dropped.set(reason, count);
    for (const [reason, count] of found.dropped) this.#counted.set(reason, count);
    this.#nextId = found.nextId;
    this.#nextSequence = found.nextSequence;
    this.#total = found.total;
    this.#lastMs = found.lastMs;
    const waiting = new Map<number, number>();
    for (const { place } of found.waiting) {
      waiting.set(place.segment, (waiting.get(place.segment) ?? 0) + 1);
    }
    for (const [number, bytes] of found.segments) {
      const totalBefore = found.totalBefore.get(number) ?? 0;
      this.#segments.push({ number, bytes, totalBefore, waiting: waiting.get(number) ?? 0 });
    }
    // Nothing is appended behind what may be half a record.
    this.#afterDamage = found.gaps.length > 0;
    const batches = batchesOf(found, this.#host);
    const isOthers = found.host !== undefined && found.host !== this.#host;
    this.#recovered = isOthers ? [] : batches;
    this.#enqueue(async () => {
      for (const gap of found.gaps) await this.#countGap(gap);
      for (const { id, minute } of found.interrupted) {
        const isCounted = found.countedInterruptions.has(id);
        if (!isCounted) await this.#countInterruption(id, minute);
      }
      for (const name of found.leftovers) await this.#files.remove(name);
      if (isOthers) await this.#forgetAll(batches, found.interrupted);
      else if (found.host === undefined) await this.#writeHead();
    });
    for (const { id, minute } of found.interrupted) {
      if (minute.columns.sampleCount === minute.settledCount) this.forgetOpen(id);
    }
    await this.idle(READ_WITHIN_MS);
  }

  async #countGap({ segment, size, count }: Gap): Promise<void> {
    this.#count(DAMAGED, count);
    await this.#appendLoss(DAMAGED, { timestampMs: segment, freshCount: size, count });
  }

  async #countInterruption(
    id: number,
    { unfinishedCount, damagedCount }: { unfinishedCount: number; damagedCount: number },
  ): Promise<void> {
    if (unfinishedCount + damagedCount === 0) return;
    this.#count(KILLED, unfinishedCount + damagedCount);
    await this.#appendLoss(KILLED, { id });
  }

  /** The minutes are of a host of another name: no server takes them with this one's key. */
  async #forgetAll(
    batches: readonly Batch[],
    interrupted: readonly { readonly id: number }[],
  ): Promise<void> {
    this.#count(
      'host_renamed',
      batches.reduce((sum, { freshCount }) => sum + freshCount, 0),
    );
    const names = this.#segments.map(({ number }) => segmentName(number));
    this.#startSegment();
    this.#segments.splice(0, this.#segments.length - 1);
    await this.#writeHead();
    names.push(...interrupted.map(({ id }) => openName(id)));
    for (const name of names) await this.#files.remove(name);
  }

  #count(reason: string, count: number): void {
    if (count > 0) this.#dropped.set(reason, (this.#dropped.get(reason) ?? 0) + count);
  }

  /** Appends what of a reason is not on disk yet, and what it is about. */
  async #appendLoss(reason: string, about: Partial<SpoolRecord>): Promise<void> {
    const known = this.#dropped.get(reason) ?? 0;
    const count = known - (this.#counted.get(reason) ?? 0);
    if (count === 0 && about.id === undefined && about.freshCount === undefined) return;
    await this.#append({ timestampMs: -1, count, ...about, kind: 'lost', payload: textOf(reason) });
    this.#counted.set(reason, known);
  }

  /** Puts a record at the end of the segments. */
  async #append(entry: Entry): Promise<Place> {
    const own = entry.kind === 'minute' ? (entry.freshCount ?? 0) : 0;
    const sequence = this.#nextSequence;
    const bytes = encodeRecord(recordOf({ ...entry, sequence, total: this.#total + own }));
    let segment = this.#segments.at(-1);
    const isFull =
      segment !== undefined &&
      segment.bytes > 0 &&
      segment.bytes + bytes.byteLength > this.#limits.segmentBytes;
    if (segment === undefined || isFull || this.#afterDamage) segment = this.#startSegment();
    const name = segmentName(segment.number);
    try {
      await this.#files.append(name, bytes);
    } catch (error) {
      // A part of it may be there. If that can't be cut off, the next record goes elsewhere.
      const cut = this.#files.truncate(name, segment.bytes);
      await cut.catch(() => {
        this.#afterDamage = true;
      });
      throw error;
    }
    const place = { segment: segment.number, offset: segment.bytes, bytes: bytes.byteLength };
    segment.bytes += bytes.byteLength;
    this.#nextSequence += 1;
    this.#total += own;
    return place;
  }

  #startSegment(): Segment {
    const number = (this.#segments.at(-1)?.number ?? 0) + 1;
    const segment = { number, bytes: 0, waiting: 0, totalBefore: this.#total };
    this.#segments.push(segment);
    this.#afterDamage = false;
    return segment;
  }

  /** Removes segments from the oldest on, as long as nothing in them waits. */
  async #removeDone(): Promise<void> {
    const done = this.#segments.findIndex(({ waiting }) => waiting > 0);
    const count = done === -1 ? this.#segments.length - 1 : done;
    if (count > 0) await this.#removeFirst(count);
  }

  /** Drops the oldest segments with all that waits in them, until the rest fits. */
  async #makeRoom(): Promise<void> {
    while (this.bytes > this.#limits.bytes && this.#segments.length > 1) {
      const [oldest] = this.#segments;
      if (oldest !== undefined) this.#evict(oldest.number);
      await this.#removeFirst(1);
    }
  }

  /** The head first: from then on these segments are gone and their losses counted, in one step. */
  async #removeFirst(count: number): Promise<void> {
    const removed = this.#segments.splice(0, count);
    await this.#writeHead();
    for (const { number } of removed) await this.#files.remove(segmentName(number));
  }

  async #writeHead(): Promise<void> {
    const dropped = Object.fromEntries(this.#dropped);
    const [first] = this.#segments;
    const head = encodeHead({
      host: this.#host,
      firstSegment: first?.number ?? 1,
      sequence: this.#nextSequence - 1,
      total: first?.totalBefore ?? this.#total,
      nextId: this.#nextId,
      lastMs: this.#lastMs,
      dropped,
    });
    await this.#files.replace(HEAD_NAME, head);
    for (const [reason, count] of Object.entries(dropped)) this.#counted.set(reason, count);
  }

  /** Puts a record at the end of an open minute's log, while all is well. */
  #log(id: number, entry: () => Entry): void {
    this.#enqueue(async () => {
      if (this.#trouble !== undefined) return;
      const record = recordOf({ ...entry(), id, total: this.#total });
      await this.#files.append(openName(id), encodeRecord(record));
    });
  }

  #enqueue(work: () => Promise<void>): void {
    if (this.#queued >= QUEUE_MAX) {
      this.#trouble = 'the disk does not answer';
      return;
    }
    this.#queued += 1;
    this.#queue = this.#queue
      .then(work)
      .catch((error: unknown) => {
        this.#trouble = messageOf(error);
      })
      .finally(() => {
        this.#queued -= 1;
      });
  }
}

function recordOf(entry: Entry): SpoolRecord {
  return {
    ...{ sequence: 0, id: 0, timestampMs: 0, total: 0, count: 0, freshCount: 0, payload: NOTHING },
    ...entry,
  };
}

function textOf(text: string): Uint8Array {
  return Buffer.from(text);
}

/** What a promise gives, or something else if that takes too long. It must not reject. */
async function orAfter<T, U>(ms: number, promise: Promise<T>, otherwise: U): Promise<T | U> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<U>((resolve) => {
    timer = setTimeout(() => resolve(otherwise), ms);
  });
  const first = await Promise.race([promise, late]);
  clearTimeout(timer);
  return first;
}
