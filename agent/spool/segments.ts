import { encodeHead } from './head.ts';
import { encodeRecord, type RecordKind, recordOf, type SpoolRecord } from './record.ts';
import { HEAD_NAME, type RecoveredSpool, segmentName } from './recover.ts';
import type { Place } from './replay.ts';
import type { SpoolFiles } from './spool-files.ts';

export interface SpoolLimits {
  readonly bytes: number;
  readonly segmentBytes: number;
}

interface Segment {
  readonly number: number;
  readonly totalBefore: number;
  bytes: number;
  waiting: number;
}

/** What a record is to say; the rest is added where it is written. */
type Entry = Partial<SpoolRecord> & { readonly kind: RecordKind };

/**
 * The segments of a spool and its head: closed minutes and what became of them. Everything is only
 * ever appended; a segment is removed when all in it and before it is done with, after the head that
 * says so was put in place.
 */
export class Segments {
  readonly #files: SpoolFiles;
  readonly #host: string;
  readonly #limits: SpoolLimits;
  /** Lost samples by reason; others count here too. */
  readonly #dropped: Map<string, number>;
  /** Of `#dropped`, what is on disk. */
  readonly #counted = new Map<string, number>();
  readonly #list: Segment[] = [];
  #nextSequence = 1;
  #total = 0;
  #afterDamage = false;
  /** For the head. */
  nextId = 1;
  /** For the head: the last instant of all minutes. */
  lastMs = 0;

  constructor(files: SpoolFiles, host: string, dropped: Map<string, number>, limits: SpoolLimits) {
    this.#files = files;
    this.#host = host;
    this.#dropped = dropped;
    this.#limits = limits;
  }

  /** Goes on where the records end. */
  restore(found: RecoveredSpool): void {
    for (const [reason, count] of found.dropped) {
      this.#dropped.set(reason, count);
      this.#counted.set(reason, count);
    }
    this.nextId = found.nextId;
    this.lastMs = found.lastMs;
    this.#nextSequence = found.nextSequence;
    this.#total = found.total;
    const waiting = new Map<number, number>();
    for (const { place } of found.waiting) {
      waiting.set(place.segment, (waiting.get(place.segment) ?? 0) + 1);
    }
    for (const [number, bytes] of found.segments) {
      const totalBefore = found.totalBefore.get(number) ?? 0;
      this.#list.push({ number, bytes, totalBefore, waiting: waiting.get(number) ?? 0 });
    }
    // Nothing is appended behind what may be half a record.
    this.#afterDamage = found.gaps.length > 0;
  }

  get bytes(): number {
    return this.#list.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  get hasWaiting(): boolean {
    return this.#list.some(({ waiting }) => waiting > 0);
  }

  /** Fresh samples in all minutes so far. */
  get total(): number {
    return this.#total;
  }

  /** Are there losses that are not on disk? */
  get hasUncounted(): boolean {
    return [...this.#dropped].some(([reason, count]) => count !== this.#counted.get(reason));
  }

  /** Puts a minute at the end; it waits until `settle`. */
  async appendMinute(entry: Omit<Entry, 'kind'>): Promise<Place> {
    const place = await this.#append({ ...entry, kind: 'minute' });
    const segment = this.#list.at(-1);
    if (segment !== undefined) segment.waiting += 1;
    return place;
  }

  /** A minute is done with: stored, or lost for a reason. */
  async settle(
    place: Place,
    about: Pick<SpoolRecord, 'id' | 'freshCount'>,
    reason: string | undefined,
  ): Promise<void> {
    const segment = this.#list.find(({ number }) => number === place.segment);
    if (segment === undefined) return;
    segment.waiting -= 1;
    if (reason === undefined) await this.#append({ ...about, kind: 'stored' });
    else await this.appendLoss(reason, about);
    const done = this.#list.findIndex(({ waiting }) => waiting > 0);
    const count = done === -1 ? this.#list.length - 1 : done;
    if (count > 0) await this.#removeFirst(count);
  }

  /** Counts lost samples. */
  count(reason: string, count: number): void {
    if (count > 0) this.#dropped.set(reason, (this.#dropped.get(reason) ?? 0) + count);
  }

  /** Appends what of a reason is not on disk yet, and what it is about. */
  async appendLoss(reason: string, about: Partial<SpoolRecord>): Promise<void> {
    const known = this.#dropped.get(reason) ?? 0;
    const count = known - (this.#counted.get(reason) ?? 0);
    if (count === 0 && about.id === undefined && about.freshCount === undefined) return;
    const payload = Buffer.from(reason);
    await this.#append({ timestampMs: -1, count, ...about, kind: 'lost', payload });
    this.#counted.set(reason, known);
  }

  /** Appends all that is not on disk yet. */
  async appendLosses(): Promise<void> {
    for (const reason of this.#dropped.keys()) await this.appendLoss(reason, {});
  }

  async sync(): Promise<void> {
    const current = this.#list.at(-1);
    if (current !== undefined) await this.#files.sync(segmentName(current.number));
  }

  /** Drops the oldest segments with all that waits in them, which `evict` counts, until the rest fits. */
  async makeRoom(evict: (segment: number) => void): Promise<void> {
    while (this.bytes > this.#limits.bytes && this.#list.length > 1) {
      const [oldest] = this.#list;
      if (oldest !== undefined) evict(oldest.number);
      await this.#removeFirst(1);
    }
  }

  /** Removes everything, and begins anew. */
  async clear(): Promise<void> {
    this.#start();
    await this.#removeFirst(this.#list.length - 1);
  }

  async writeHead(): Promise<void> {
    const dropped = Object.fromEntries(this.#dropped);
    const [first] = this.#list;
    const head = encodeHead({
      host: this.#host,
      firstSegment: first?.number ?? 1,
      sequence: this.#nextSequence - 1,
      total: first?.totalBefore ?? this.#total,
      nextId: this.nextId,
      lastMs: this.lastMs,
      dropped,
    });
    await this.#files.replace(HEAD_NAME, head);
    for (const [reason, count] of Object.entries(dropped)) this.#counted.set(reason, count);
  }

  async #append(entry: Entry): Promise<Place> {
    const own = entry.kind === 'minute' ? (entry.freshCount ?? 0) : 0;
    const sequence = this.#nextSequence;
    const bytes = encodeRecord(recordOf({ ...entry, sequence, total: this.#total + own }));
    const segment = this.#segmentFor(bytes.byteLength);
    const name = segmentName(segment.number);
    try {
      await this.#files.append(name, bytes);
    } catch (error) {
      // A part of it may be there. If that can't be cut off, the next record goes elsewhere.
      await this.#files.truncate(name, segment.bytes).catch(() => {
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

  #segmentFor(bytes: number): Segment {
    const last = this.#list.at(-1);
    if (last === undefined || this.#afterDamage) return this.#start();
    const isFull = last.bytes > 0 && last.bytes + bytes > this.#limits.segmentBytes;
    return isFull ? this.#start() : last;
  }

  #start(): Segment {
    const number = (this.#list.at(-1)?.number ?? 0) + 1;
    const segment = { number, bytes: 0, waiting: 0, totalBefore: this.#total };
    this.#list.push(segment);
    this.#afterDamage = false;
    return segment;
  }

  /** The head first: from then on these segments are gone and their losses counted, in one step. */
  async #removeFirst(count: number): Promise<void> {
    const removed = this.#list.splice(0, count);
    await this.writeHead();
    for (const { number } of removed) await this.#files.remove(segmentName(number));
  }
}
