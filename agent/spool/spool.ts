import type { Batch } from '../batch.ts';
import type { Sample } from '../sample.ts';
import { type InterruptedMinute, OpenMinuteWriter } from './open-minute.ts';
import { decodeRecord, encodeRecord, recordOf, type SpoolRecord } from './record.ts';
import { batchesOf, openName, type RecoveredSpool, readSpool, segmentName } from './recover.ts';
import { DAMAGED, KILLED, type Place } from './replay.ts';
import { Segments, type SpoolLimits } from './segments.ts';
import type { SpoolFiles } from './spool-files.ts';
import { orAfter, WriteQueue } from './write-queue.ts';

/**
 * 64 MiB hold the two weeks that the agent keeps anything: a minute of one host takes some 0.6 KB
 * here, 12 MB in 14 days; with 10 VMs some 1.6 KB, 33 MB. With 27 VMs they are just full by then.
 */
export const SPOOL_LIMITS: SpoolLimits = { bytes: 64 << 20, segmentBytes: 1 << 20 };

/** A disk that does not answer for so long is not waited for. */
const READ_WITHIN_MS = 5000;

/**
 * Host-minutes on disk, on their way to the server. Closed minutes are appended to segments; the
 * samples of the open one to a log of its own, which goes when the minute is closed.
 *
 * When it reaches the disk: nothing is waited for while the server takes samples. As soon as one
 * minute could not be posted, it and each that is closed after it is synced (fdatasync). So a process
 * that is killed loses at most the sample it was taking, and counts it; a power cut loses at most the
 * open minute and the one that is being posted, and that nobody can count.
 *
 * Writes are queued and never reject: where one fails, `trouble` says why, samples stay in memory
 * only, and every closed minute tries again.
 */
export class Spool {
  readonly #files: SpoolFiles;
  readonly #segments: Segments;
  readonly #queue = new WriteQueue();
  /** Of the minute that is open, by its id. */
  readonly #writers = new Map<number, OpenMinuteWriter>();
  #evict: (segment: number) => void = () => {};
  #recovered: readonly Batch[] = [];

  private constructor(files: SpoolFiles, segments: Segments) {
    this.#files = files;
    this.#segments = segments;
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
    const spool = new Spool(files, new Segments(files, host, dropped, limits));
    await spool.#recover(await readSpool(files, host), host);
    return spool;
  }

  /** Minutes of an earlier run, oldest first; those without a `place` are yet to be saved. */
  get recovered(): readonly Batch[] {
    return this.#recovered;
  }

  /** The instant of the last sample of an earlier run; `undefined` if there is none. */
  get lastMs(): number | undefined {
    return this.#segments.lastMs === 0 ? undefined : this.#segments.lastMs;
  }

  /** Why nothing can be written now; `undefined` while all is well. */
  get trouble(): string | undefined {
    return this.#queue.trouble;
  }

  /** What the segments take up. */
  get bytes(): number {
    return this.#segments.bytes;
  }

  /** Who forgets the minutes of a segment, and counts them, before it is removed for want of room. */
  onFull(evict: (segment: number) => void): void {
    this.#evict = evict;
  }

  /** The id for a minute that is opened. */
  nextId(): number {
    return this.#segments.nextId++;
  }

  /** A sample of an open minute is about to be taken, of about so many points. */
  begin(id: number, timestampMs: number, count: number): void {
    this.#log({ kind: 'begun', id, timestampMs, count });
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
    this.#log({ kind: 'sample', id, timestampMs, count: points.length, payload });
  }

  /** The server has the first so many samples of an open minute. */
  settlePart(id: number, count: number): void {
    this.#log({ kind: 'partStored', id, count });
  }

  /** Nothing of an open minute is needed any more. */
  forgetOpen(id: number): void {
    this.#queue.add(() => this.#files.remove(openName(id)));
  }

  /** Writes a closed minute, unless it is written; then its `place` is set. */
  save(batch: Batch, durable: boolean): void {
    this.#queue.add(async () => {
      const { chunk, id, lastMs, sampleCount: count, freshCount } = batch;
      if (batch.place !== undefined || chunk === undefined) return;
      const segments = this.#segments;
      segments.lastMs = Math.max(segments.lastMs, lastMs);
      const minute = { id, timestampMs: lastMs, count, freshCount, payload: chunk };
      batch.place = await segments.appendMinute(minute);
      if (durable) await segments.sync();
      await this.#files.remove(openName(id));
      await segments.makeRoom(this.#evict);
      this.#queue.endTrouble();
    });
  }

  /** A minute is done with: the server has it, or it is lost for a reason (counted by the caller). */
  settle(batch: Batch, reason?: string): void {
    this.#queue.add(async () => {
      if (batch.place === undefined) await this.#files.remove(openName(batch.id));
      else await this.#segments.settle(batch.place, about(batch), reason);
    });
  }

  /** Writes down losses that others have counted. */
  saveCounts(): void {
    if (!this.#segments.hasUncounted) return;
    this.#queue.add(async () => {
      if (this.trouble === undefined) await this.#segments.appendLosses();
    });
  }

  /** Brings what was written to the disk itself. */
  sync(): void {
    this.#queue.add(() => this.#segments.sync());
  }

  /** The bytes of a minute; `damaged` if they are not what was written, `busy` if the disk hangs. */
  async read({ segment, offset, bytes }: Place): Promise<Uint8Array | 'damaged' | 'busy'> {
    const read = this.#files.read(segmentName(segment), offset, bytes).then(
      (found) => decodeRecord(found)?.payload ?? 'damaged',
      () => 'damaged' as const,
    );
    return orAfter(READ_WITHIN_MS, read, 'busy');
  }

  /** Resolves when all is written, or after a time. */
  async idle(withinMs: number): Promise<void> {
    await this.#queue.idle(withinMs);
  }

  async close(withinMs: number): Promise<void> {
    this.saveCounts();
    if (this.#segments.hasWaiting) this.sync();
    await this.idle(withinMs);
    await orAfter(withinMs, this.#files.close(), undefined);
  }

  async #recover(found: RecoveredSpool, host: string): Promise<void> {
    this.#segments.restore(found);
    const batches = batchesOf(found, host);
    // No server takes them with the key of a host of another name.
    const isOthers = found.host !== undefined && found.host !== host;
    this.#recovered = isOthers ? [] : batches;
    this.#queue.add(async () => {
      await this.#countLosses(found);
      for (const name of found.leftovers) await this.#files.remove(name);
      if (isOthers) await this.#forgetAll(batches, found);
      else if (found.host === undefined) await this.#segments.writeHead();
    });
    for (const { id, minute } of found.interrupted) {
      if (minute.columns.sampleCount === minute.settledCount) this.forgetOpen(id);
    }
    await this.idle(READ_WITHIN_MS);
  }

  async #countLosses(found: RecoveredSpool): Promise<void> {
    for (const { segment, size, count } of found.gaps) {
      this.#segments.count(DAMAGED, count);
      const gap = { timestampMs: segment, freshCount: size, count };
      await this.#segments.appendLoss(DAMAGED, gap);
    }
    for (const { id, minute } of found.interrupted) {
      const count = lostIn(minute);
      if (count === 0 || found.countedInterruptions.has(id)) continue;
      this.#segments.count(KILLED, count);
      await this.#segments.appendLoss(KILLED, { id });
    }
  }

  async #forgetAll(batches: readonly Batch[], found: RecoveredSpool): Promise<void> {
    for (const { freshCount } of batches) this.#segments.count('host_renamed', freshCount);
    await this.#segments.clear();
    for (const { id } of found.interrupted) await this.#files.remove(openName(id));
  }

  /** Puts a record at the end of an open minute's log, while all is well. */
  #log(entry: Partial<SpoolRecord> & Pick<SpoolRecord, 'kind' | 'id'>): void {
    this.#queue.add(async () => {
      if (this.trouble !== undefined) return;
      const record = recordOf({ ...entry, total: this.#segments.total });
      await this.#files.append(openName(entry.id), encodeRecord(record));
    });
  }
}

function about({ id, freshCount }: Batch) {
  return { id, freshCount };
}

function lostIn({ unfinishedCount, damagedCount }: InterruptedMinute): number {
  return unfinishedCount + damagedCount;
}
