import { minuteStartMs } from '../../core/host-minute.ts';
import type { StoredChunk } from '../store/chunks.ts';
import { senderOf } from '../store/item-keys.ts';

/**
 * Which chunks of a minute may still come or grow. An agent posts its newest minute first and what waits after it,
 * so that a later minute is there proves nothing by itself. But a chunk whose samples go on without a gap into the
 * chunk of the next minute, both of the same boot, has all its samples: it need not be read again. Of all others of
 * hosts that were heard lately the chunk may be late, a part for an urgent post, of an agent that was started anew,
 * or of one of two machines.
 */

/** A host that left no chunk in so many minutes before is not waited for: it is found by its newest minute. */
export const HEARD_MINUTES = 5;
/** A gap between samples of so many usual ones may hide a sample. */
const GAP_MAX = 1.5;
/** A read unit of DynamoDB: of a Query's items together, of each item asked for by key, there or not. */
const UNIT_BYTES = 4096;
/** Names and numbers of an item beside the chunk. */
const ITEM_EXTRA_BYTES = 100;

interface Facts {
  readonly origin: string | undefined;
  readonly itemBytes: number;
  readonly timestamps: readonly number[];
  /** Between two samples. */
  readonly usualMs: number;
}

/** By host. */
type MinuteFacts = Map<string, Facts>;

export class Unsettled {
  readonly #minutes = new Map<number, MinuteFacts>();

  /** A chunk that was read, and when it has samples. Senders' are left out: theirs have no order. */
  note({ writer, minute, bytes, origin }: StoredChunk, timestamps: readonly number[]): void {
    if (senderOf(writer) !== undefined) return;
    const facts = this.#minutes.get(minute) ?? new Map<string, Facts>();
    this.#minutes.set(minute, facts);
    const itemBytes = bytes.length + ITEM_EXTRA_BYTES;
    facts.set(writer, { origin, itemBytes, timestamps, usualMs: usualGap(timestamps) });
  }

  /** Minutes before the first are settled, whatever may come; there are none after the last. */
  keepOnly(first: number, last: number): void {
    for (const known of this.#minutes.keys())
      if (known < first - HEARD_MINUTES || known > last) this.#minutes.delete(known);
  }

  /**
   * Hosts whose chunk of a minute may still come or grow; `undefined` where to read the minute as a whole costs
   * less than to ask for each.
   */
  openHosts(minute: number): string[] | undefined {
    const here: MinuteFacts = this.#minutes.get(minute) ?? new Map();
    const open = [...this.#heardSince(minute - HEARD_MINUTES)].filter(
      (host) => !this.#isComplete(host, minute),
    );
    let wholeBytes = 0;
    for (const { itemBytes } of here.values()) wholeBytes += itemBytes;
    const keyUnits = open.reduce(
      (sum, host) => sum + Math.ceil((here.get(host)?.itemBytes ?? 1) / UNIT_BYTES),
      0,
    );
    return keyUnits <= Math.ceil(wholeBytes / UNIT_BYTES) ? open : undefined;
  }

  #heardSince(minute: number): Set<string> {
    const hosts = new Set<string>();
    for (const [known, facts] of this.#minutes) {
      if (known < minute) continue;
      for (const host of facts.keys()) hosts.add(host);
    }
    return hosts;
  }

  #isComplete(host: string, minute: number): boolean {
    const here = this.#minutes.get(minute)?.get(host);
    const next = this.#minutes.get(minute + 1)?.get(host);
    if (here === undefined || next === undefined || here.origin === undefined) return false;
    let usualMs = Number.POSITIVE_INFINITY;
    for (const [known, facts] of this.#minutes) {
      const other = facts.get(host);
      if (other === undefined) continue;
      if (known > minute && other.origin !== here.origin) return false;
      usualMs = Math.min(usualMs, other.usualMs);
    }
    const before = this.#minutes
      .get(minute - 1)
      ?.get(host)
      ?.timestamps.at(-1);
    const first = before ?? minuteStartMs(host, minute);
    return !hasGap([first, ...here.timestamps, next.timestamps[0] ?? Infinity], usualMs * GAP_MAX);
  }
}

/** The median time between two of these; `Infinity` if there are not two. */
function usualGap(timestamps: readonly number[]): number {
  const gaps = timestamps.slice(1).map((ms, i) => ms - (timestamps[i] ?? ms));
  gaps.sort((a, b) => a - b);
  return gaps[(gaps.length - 1) >> 1] ?? Number.POSITIVE_INFINITY;
}

/** Where nothing is usual nobody can tell. */
function hasGap(timestamps: readonly number[], maxMs: number): boolean {
  if (maxMs === Number.POSITIVE_INFINITY) return true;
  return timestamps.some((ms, i) => i > 0 && ms - (timestamps[i - 1] ?? ms) > maxMs);
}
