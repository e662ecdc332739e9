import { shardOf } from '../../core/host-minute.ts';
import { HOUR_MS } from '../../core/rollup/hour-points.ts';
import { lastSettledHour, MINUTES_PER_HOUR } from '../../core/rollup/hours.ts';
import type { ChunkStore, StoredChunk, WriterRange } from '../store/chunks.ts';
import type { CompactionProgress } from '../store/compaction-progress.ts';
import { isStoreBusy } from '../store/errors.ts';
import { senderOf, senderWriter, writerName } from '../store/item-keys.ts';
import { type LateHours, MARK_SETTLED_MS } from '../store/late-hours.ts';
import type { MarkLate } from '../store/late-marker.ts';
import { mergeDays } from './merge-days.ts';
import { rangesOf, type WriterSize } from './ranges.ts';
import { type RollUpPorts, rollUpWriter, type WriterHour } from './roll-up-writer.ts';

export interface CompactPorts extends RollUpPorts {
  readonly shardCount: number;
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

/** Rolls up all hours of a shard that are due, oldest first, then those that something came late for. */
export async function compactShard(ports: CompactPorts, shard: number): Promise<CompactReport> {
  const report = { shard, busy: false, hours: 0, writers: 0, late: 0, left: 0 };
  const errors: string[] = [];
  const lease = await ports.progress.take(shard, ports.nowMs(), ports.deadlineMs);
  if (lease === undefined) return { ...report, busy: true, errors };
  const hasTime = () => ports.nowMs() + HOUR_TAKES_MS < ports.deadlineMs;
  const hosts = await ports.hosts(ports.nowMs());
  const ranges = rangesOf(hosts, RANGE_MINUTE_BYTES);
  const last = lastSettledHour(ports.nowMs());
  let hour = firstHour(ports, lease.doneHour, hosts, last);
  for (; hour <= last && hasTime(); hour++) {
    const done = await compactHour(ports, shard, hour, ranges);
    errors.push(...done.errors);
    report.writers += done.writers;
    report.hours++;
    if (!(await lease.advance(hour))) return { ...report, busy: true, errors };
  }
  report.left = Math.max(0, last - hour + 1);
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
  const ofShard = hosts.filter(({ writer }) => shardOf(writer, ports.shardCount) === shard);
  const names = ofShard.map(({ writer }) => writer);
  await mergeDays(ports, lease, hour - 1, names, hasTime);
  await lease.release();
  return { ...report, errors };
}

/** The hour after the last one done; at first the oldest of which there may be chunks. */
function firstHour(
  { rawRetentionMs, nowMs }: CompactPorts,
  doneHour: number | undefined,
  hosts: readonly KnownHost[],
  last: number,
): number {
  const oldest = Math.floor((nowMs() - rawRetentionMs) / HOUR_MS);
  if (doneHour !== undefined) return Math.max(oldest, doneHour + 1);
  // What came before it was seen came late, and is marked so.
  const firstSeenMs = hosts.reduce((least, host) => Math.min(least, host.firstSeenMs), Infinity);
  return Math.max(oldest, Math.min(last, Math.floor(firstSeenMs / HOUR_MS) - 1));
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
