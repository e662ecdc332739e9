import { cut } from '../../core/chunk/encode-in-parts.ts';
import { phaseMs } from '../../core/host-minute.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { hourOfMinute, hourStartMs, isLate } from '../../core/rollup/hours.ts';
import type { Series } from '../../core/series/series.ts';
import { DAY_MS, HOUR_MS } from '../../core/time.ts';
import type { ChunkStore, StoredChunk } from '../store/chunks.ts';
import type { KeyOwner } from '../store/host-keys.ts';
import { senderWriter } from '../store/item-keys.ts';
import type { MarkLate } from '../store/late-marker.ts';
import { acceptSeries } from './accept.ts';
import { decodeMessage } from './decode.ts';
import { type HistoryPorts, storeHistory } from './history.ts';
import type { WriteBody } from './http.ts';
import { splitMinutes } from './minutes.ts';
import { packMinute } from './pack.ts';
import type { Refusal, Written } from './refusal.ts';
import { unsnap } from './snappy.ts';

/** What the receiver needs of the world. */
export interface WritePorts extends HistoryPorts {
  readonly chunks: Pick<ChunkStore, 'put'>;
  /** Told of a sender whose samples were stored. */
  readonly noteSender: (sender: string, nowMs: number) => Promise<void>;
  /** How long a minute chunk is kept. */
  readonly retentionMs: number;
  /** Told of an hour in which something is stored after it may have been rolled up. */
  readonly markLate: MarkLate;
}

/** A request of one scrape makes one or two chunks, one that catches up some hundred. */
const PUTS_AT_ONCE = 16;
/** Whoever rolls up must find what came in the last moment. */
const LATE_KEPT_MS = DAY_MS;
/**
 * So long before its chunks end an hour counts as history: what is stored as a chunk is surely rolled up
 * together with all others of its hour.
 */
const EDGE_MS = 3 * HOUR_MS;

/**
 * Checks a request and stores what is good of it, each minute's samples as a chunk of the sender's.
 * A request sent again writes the same items, so a failure in the midst is safe to retry: it throws
 * what the store threw. Refused with 400, and what is good stored, if anything in it was not taken.
 */
export async function writeRequest(
  ports: WritePorts,
  owner: KeyOwner,
  { protocol, body, wholeHours }: WriteBody,
): Promise<Result<Written, Refusal>> {
  const message = unsnap(body);
  if (!message.ok) return message;
  const sent = decodeMessage(protocol, message.value);
  if (!sent.ok) return sent;
  const nowMs = ports.nowMs();
  const rawMs = ports.retentionMs;
  const keptMs = Math.max(rawMs, ports.minuteRetentionMs, ports.hourRetentionMs);
  const bounds = { nowMs, retentionMs: wholeHours ? keptMs : rawMs };
  const accepted = acceptSeries(sent.value, protocol, owner, bounds);
  const { series, rejects } = accepted;
  const borderMs = wholeHours ? historyEndMs(owner.name, nowMs, rawMs) : -Infinity;
  const minutes = splitMinutes(owner.name, between(series, borderMs, Infinity));
  const history = between(series, -Infinity, borderMs);
  let samples = accepted.sampleCount;
  if (series.length > 0) {
    const [, , refused] = await Promise.all([
      putAll(ports, packMinutes(owner.name, minutes)),
      ports.noteSender(owner.name, nowMs),
      storeHistory(ports, owner.name, history, rejects),
    ]);
    samples -= refused;
    for (const hour of new Set([...minutes.keys()].map(hourOfMinute))) {
      if (isLate(hour, nowMs)) await ports.markLate(senderWriter(owner.name), hour, nowMs);
    }
  }
  const written = { samples, sender: owner.name };
  if (rejects.none) return ok(written);
  const ofSamples = `${samples} of ${samples + rejects.samples} samples are stored`;
  return err({ status: 400, message: `${ofSamples}; refused: ${rejects.text()}`, written });
}

/** The first instant that is kept as it came: the hours before it are over, and no chunk of theirs is kept any more. */
function historyEndMs(sender: string, nowMs: number, rawMs: number): number {
  const phase = phaseMs(sender);
  return hourStartMs(Math.floor((nowMs - rawMs + EDGE_MS - phase) / HOUR_MS), phase);
}

/** The samples in `[fromMs, toMs)`. */
function between(all: readonly Series[], fromMs: number, toMs: number): readonly Series[] {
  if (fromMs === -Infinity && toMs === Infinity) return all;
  return all.flatMap((one) => {
    const { timestamps } = one;
    const from = countBefore(timestamps, fromMs);
    const to = countBefore(timestamps, toMs);
    return from < to ? [cut(one, from, to)] : [];
  });
}

function countBefore(timestamps: Float64Array, ms: number): number {
  if ((timestamps.at(-1) ?? ms) < ms) return timestamps.length;
  return Math.max(
    0,
    timestamps.findIndex((timestamp) => timestamp >= ms),
  );
}

/** One chunk after another, packed when its turn comes: a large request is not all in memory twice. */
function* packMinutes(
  sender: string,
  minutes: ReadonlyMap<number, Parameters<typeof packMinute>[2]>,
): Generator<StoredChunk> {
  for (const [minute, series] of minutes) yield* packMinute(sender, minute, series);
}

async function putAll(
  { chunks, retentionMs, nowMs }: WritePorts,
  all: Generator<StoredChunk>,
): Promise<void> {
  const putNext = async () => {
    for (const chunk of all) {
      // `false`: the item is there already, from the same request sent before.
      const expiresAtMs = Math.max(chunk.firstMs + retentionMs, nowMs() + LATE_KEPT_MS);
      await chunks.put(chunk, 'shorter', expiresAtMs);
    }
  };
  await Promise.all(Array.from({ length: PUTS_AT_ONCE }, putNext));
}
