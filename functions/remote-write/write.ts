import { err, ok, type Result } from '../../core/result.ts';
import { hourOfMinute, isLate } from '../../core/rollup/hours.ts';
import type { ChunkStore, StoredChunk } from '../store/chunks.ts';
import type { KeyOwner } from '../store/host-keys.ts';
import { senderWriter } from '../store/item-keys.ts';
import type { MarkLate } from '../store/late-marker.ts';
import { acceptSeries } from './accept.ts';
import { decodeMessage } from './decode.ts';
import type { Protocol } from './message.ts';
import { splitMinutes } from './minutes.ts';
import { packMinute } from './pack.ts';
import type { Refusal, Written } from './refusal.ts';
import { unsnap } from './snappy.ts';

/** What the receiver needs of the world. */
export interface WritePorts {
  readonly chunks: Pick<ChunkStore, 'put'>;
  /** Told of a sender whose samples were stored. */
  readonly noteSender: (sender: string, nowMs: number) => Promise<void>;
  readonly nowMs: () => number;
  /** How long a minute chunk is kept. */
  readonly retentionMs: number;
  /** Told of an hour in which something is stored after it may have been rolled up. */
  readonly markLate: MarkLate;
}

/** A request of one scrape makes one or two chunks, one that catches up some hundred. */
const PUTS_AT_ONCE = 16;

/**
 * Checks a request and stores what is good of it, each minute's samples as a chunk of the sender's.
 * A request sent again writes the same items, so a failure in the midst is safe to retry: it throws
 * what the store threw. Refused with 400, and what is good stored, if anything in it was not taken.
 */
export async function writeRequest(
  ports: WritePorts,
  owner: KeyOwner,
  protocol: Protocol,
  body: Uint8Array,
): Promise<Result<Written, Refusal>> {
  const message = unsnap(body);
  if (!message.ok) return message;
  const sent = decodeMessage(protocol, message.value);
  if (!sent.ok) return sent;
  const nowMs = ports.nowMs();
  const { retentionMs } = ports;
  const { series, sampleCount, rejects } = acceptSeries(sent.value, protocol, owner, {
    nowMs,
    retentionMs,
  });
  const minutes = splitMinutes(owner.name, series);
  if (minutes.size > 0) {
    await Promise.all([
      putAll(ports, packMinutes(owner.name, minutes)),
      ports.noteSender(owner.name, nowMs),
    ]);
    for (const hour of new Set([...minutes.keys()].map(hourOfMinute))) {
      if (isLate(hour, nowMs)) await ports.markLate(senderWriter(owner.name), hour, nowMs);
    }
  }
  const written = { samples: sampleCount };
  if (rejects.none) return ok(written);
  const ofSamples = `${sampleCount} of ${sampleCount + rejects.samples} samples are stored`;
  return err({ status: 400, message: `${ofSamples}; refused: ${rejects.text()}`, written });
}

/** One chunk after another, packed when its turn comes: a large request is not all in memory twice. */
function* packMinutes(
  sender: string,
  minutes: ReadonlyMap<number, Parameters<typeof packMinute>[2]>,
): Generator<StoredChunk> {
  for (const [minute, series] of minutes) yield* packMinute(sender, minute, series);
}

async function putAll(
  { chunks, retentionMs }: WritePorts,
  all: Generator<StoredChunk>,
): Promise<void> {
  const putNext = async () => {
    for (const chunk of all) {
      // `false`: the item is there already, from the same request sent before.
      await chunks.put(chunk, 'shorter', chunk.firstMs + retentionMs);
    }
  };
  await Promise.all(Array.from({ length: PUTS_AT_ONCE }, putNext));
}
