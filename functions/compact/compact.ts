import { lastSettledHour, MINUTES_PER_HOUR } from '../../core/rollup/hours.ts';
import { nextOfShard, type ShardEpochs, shardsSince } from '../../core/shard-epochs.ts';
import { HOUR_MS } from '../../core/time.ts';
import type { ChunkStore, StoredChunk, WriterRange } from '../store/chunks.ts';
import type { CompactionProgress } from '../store/compaction-progress.ts';
import { isStoreBusy } from '../store/errors.ts';
import { senderOf, senderWriter, writerName } from '../store/item-keys.ts';
import { type LateHours, MARK_SETTLED_MS } from '../store/late-hours.ts';
import type { MarkLate } from '../store/late-marker.ts';
import { readDone } from '../store/rollup-state.ts';
import { hasBlocksLeft, mergeDays } from './merge-days.ts';
import { rangesOf, type WriterSize } from './ranges.ts';
import { type RollUpPorts, rollUpWriter, type WriterHour } from './roll-up-writer.ts';

export interface CompactPorts extends RollUpPorts {
  /** How many shards each hour has, right for all hours that are over. */
  readonly epochs: ShardEpochs;
  readonly chunks: Pick<ChunkStore, 'slice' | 'batch' | 'senderMinute'>;
  readonly progress: CompactionProgress;
  readonly lateHours: LateHours;
  readonly markLate: MarkLate;
  /** Hosts, how large their minutes are, and since when they are there. */
  readonly hosts: (nowMs: number) => Promise<readonly KnownHost[]>;
  readonly rawRetentionMs: number;
  /** When this run must be over. */
  readonly deadlineMs: number;
}

export interface KnownHost extends WriterSize {
  readonly firstSeenMs: number;
}

/** What a run did. */
export interface CompactReport {
  readonly shard: number;
  /** Whether another run has this shard just now. */
  readonly busy: boolean;
  readonly hours: number;
  readonly writers: number;
  readonly late: number;
  /** Hours that are due and were left for the next run. */
  readonly left: number;
  /** Chunks that can't be read, and hours of writers that could not be rolled up; a line each. */
  readonly errors: readonly string[];
}

/** An hour of so many bytes a minute is held in memory, compressed, at once. */
const RANGE_MINUTE_BYTES = 1 << 20;
const READS_AT_ONCE = 10;
const WRITERS_AT_ONCE = 8;
/** An hour begun must be ended within what is left. */
const HOUR_TAKES_MS = 60_000;

/** Does what is due in all shards, of whatever hours they are. */
export async function compact(ports: CompactPorts): Promise<CompactReport[]> {
  const reports: CompactReport[] = [];
  for (let shard = 0; shard < shardsSince(ports.epochs, 0); shard++)
    if (await mayHaveWork(ports, shard)) reports.push(await compactShard(ports, shard));
  return reports;
}

/** Of a shard that is no more nothing is left at some time: what comes late for its hours has to come in time. */
async function mayHaveWork(ports: CompactPorts, shard: number): Promise<boolean> {
  const { epochs, progress, nowMs } = ports;
  if (shard < shardsSince(epochs, oldestHour(ports))) return true;
  const { doneHour, doneBlock } = await progress.read(shard);
  const hour = nextOfShard(epochs, shard, doneHour);
  return hour <= lastSettledHour(nowMs()) || hasBlocksLeft(ports, shard, doneBlock);
}

/** Rolls up all hours of a shard that are due, oldest first, then those that something came late for. */
async function compactShard(ports: CompactPorts, shard: number): Promise<CompactReport> {
  const report = { shard, busy: false, hours: 0, writers: 0, late: 0, left: 0 };
  const errors: string[] = [];
  const lease = await ports.progress.take(shard, ports.nowMs(), ports.deadlineMs);
  if (lease === undefined) return { ...report, busy: true, errors };
  const hasTime = () => ports.nowMs() + HOUR_TAKES_MS < ports.deadlineMs;
  const hosts = await ports.hosts(ports.nowMs());
  const ranges = rangesOf(hosts, RANGE_MINUTE_BYTES);
  const last = lastSettledHour(ports.nowMs());
  let { doneHour } = lease;
  let hour = nextOfShard(ports.epochs, shard, firstHour(ports, doneHour, hosts, last) - 1);
  for (; hour <= last && hasTime(); hour = nextOfShard(ports.epochs, shard, hour)) {
    const done = await compactHour(ports, shard, hour, ranges);
    errors.push(...done.errors);
    report.writers += done.writers;
    report.hours++;
    if (!(await lease.advance(hour))) return { ...report, busy: true, errors };
    doneHour = hour;
  }
  report.left = Math.max(0, last - hour + 1);
  // Hours whose chunks are gone: nobody shall wait for them.
  if (report.left === 0 && nextOfShard(ports.epochs, shard, doneHour) <= last)
    if (!(await lease.advance(last))) return { ...report, busy: true, errors };
  for (const late of await ports.lateHours.list(shard)) {
    if (!hasTime()) break;
    if (ports.nowMs() - late.markedAtMs < MARK_SETTLED_MS || late.hour >= hour) continue;
    const chunks = await readWriter(ports, late);
    const done = await rollUpAlone(ports, late, chunks);
    errors.push(...done.errors);
    if (done.failed) continue;
    await ports.lateHours.done(shard, late);
    report.late++;
  }
  const names = hosts.map(({ writer }) => writer);
  const rolledUp = async () => (await readDone(ports.progress, ports.epochs)).doneHour;
  await mergeDays({ ...ports, rolledUp }, lease, shard, names, hasTime);
  await lease.release();
  return { ...report, errors };
}

/** The hour after the last one done; at first the oldest of which there may be chunks. */
function firstHour(
  ports: CompactPorts,
  doneHour: number | undefined,
  hosts: readonly KnownHost[],
  last: number,
): number {
  const oldest = oldestHour(ports);
  if (doneHour !== undefined) return Math.max(oldest, doneHour + 1);
  // What came before it was seen came late, and is marked so.
  const firstSeenMs = hosts.reduce((least, host) => Math.min(least, host.firstSeenMs), Infinity);
  return Math.max(oldest, Math.min(last, Math.floor(firstSeenMs / HOUR_MS) - 1));
}

/** Of hours before it no chunk is kept any more. */
function oldestHour({ rawRetentionMs, nowMs }: CompactPorts): number {
  return Math.floor((nowMs() - rawRetentionMs) / HOUR_MS);
}

async function compactHour(
  ports: CompactPorts,
  shard: number,
  hour: number,
  ranges: readonly WriterRange[],
): Promise<{ writers: number; errors: string[] }> {
  const errors: string[] = [];
  let writers = 0;
  for (const range of ranges) {
    const byWriter = await readRange(ports, shard, hour, range);
    writers += byWriter.size;
    for (const some of inBatches([...byWriter], WRITERS_AT_ONCE)) {
      const done = await Promise.all(
        some.map(async ([writer, chunks]) => {
          const rolled = await rollUpAlone(ports, { writer, hour }, chunks);
          // Until it can be, it is tried again, and read as it came.
          if (rolled.failed) await ports.markLate(writer, hour, ports.nowMs());
          return rolled.errors;
        }),
      );
      errors.push(...done.flat());
    }
  }
  return { writers, errors };
}

/**
 * What is wrong with one writer's hour must not keep all others' from being rolled up, now and at each run
 * to come. A table that is busy is no writer's fault: the run ends, and the next one does it again.
 */
async function rollUpAlone(
  ports: CompactPorts,
  of: WriterHour,
  chunks: readonly StoredChunk[],
): Promise<{ failed: boolean; errors: string[] }> {
  try {
    return { failed: false, errors: await rollUpWriter(ports, of, chunks) };
  } catch (error) {
    if (isStoreBusy(error)) throw error;
    const why = error instanceof Error ? error.message : String(error);
    return { failed: true, errors: [`hour ${of.hour} of ${of.writer} was not rolled up: ${why}`] };
  }
}

async function readRange(
  { chunks, nowMs }: CompactPorts,
  shard: number,
  hour: number,
  range: WriterRange,
): Promise<Map<string, StoredChunk[]>> {
  const byWriter = new Map<string, StoredChunk[]>();
  for (const minutes of inBatches(minutesOf(hour), READS_AT_ONCE)) {
    const found = await Promise.all(
      minutes.map((minute) => chunks.slice(minute, shard, range, nowMs())),
    );
    for (const chunk of found.flat()) {
      const sender = senderOf(chunk.writer);
      const writer = sender === undefined ? chunk.writer : senderWriter(sender);
      const known = byWriter.get(writer);
      if (known === undefined) byWriter.set(writer, [chunk]);
      else known.push(chunk);
    }
  }
  return byWriter;
}

/** All that a writer wrote of an hour. Throws if some of it can't be read just now. */
async function readWriter(
  { chunks, nowMs }: CompactPorts,
  { writer, hour }: WriterHour,
): Promise<StoredChunk[]> {
  const minutes = minutesOf(hour);
  const name = writerName(writer);
  if (name === writer) {
    const found = await chunks.batch(
      minutes.map((minute) => ({ writer, minute })),
      nowMs(),
    );
    const [unread] = found.unread;
    if (unread === undefined) return [...found.chunks];
    throw new Error(`minute ${unread.minute} of ${writer}: the table did not give it`);
  }
  const found: StoredChunk[] = [];
  for (const some of inBatches(minutes, READS_AT_ONCE)) {
    const of = some.map((minute) => chunks.senderMinute(minute, nowMs(), name));
    found.push(...(await Promise.all(of)).flat());
  }
  return found;
}

function minutesOf(hour: number): number[] {
  return Array.from({ length: MINUTES_PER_HOUR }, (_, i) => hour * MINUTES_PER_HOUR + i);
}

function* inBatches<T>(all: readonly T[], size: number): Generator<readonly T[]> {
  for (let at = 0; at < all.length; at += size) yield all.slice(at, at + size);
}
