import { MINUTE_MS, minuteOf } from '../../../core/host-minute.ts';
import type { HostState } from '../../../core/topology/topology-state.ts';
import { BATCH_KEYS, type ChunkStore, type StoredChunk } from '../../store/chunks.ts';
import { senderOf } from '../../store/item-keys.ts';

/** The last sample of a minute is 10 s before its end, or half a minute, and is posted at once. */
const POSTED_WITHIN_MS = 5000;
/** Older samples are no answer to how it is now. As Prometheus' lookback. */
const NEWEST_WITHIN_MS = 5 * MINUTE_MS;
/** A minute that takes less is read as soon as some of it is there, and again while more comes. */
const CHEAP_UNITS = 10;
const CHEAP_AGAIN_MS = 15_000;

type Host = Pick<HostState, 'host' | 'lastMs'>;

/**
 * The newest minute of each host, remembered from question to question. The time-major table gives a minute of the
 * whole fleet in one Query, at an eighth of what it costs by key; so of a large fleet the newest one is read that all
 * hosts have posted, once a minute, and by key only what was not in it.
 */
export class NewestChunks {
  readonly #store: Pick<ChunkStore, 'minute' | 'batch'>;
  readonly #newest = new Map<string, StoredChunk>();
  #settled = Number.NEGATIVE_INFINITY;
  #readAtMs = Number.NEGATIVE_INFINITY;
  #reading: Promise<void> | undefined;

  constructor(store: Pick<ChunkStore, 'minute' | 'batch'>) {
    this.#store = store;
  }

  /** Those of hosts that were heard in the last five minutes. `minuteUnits`: what a minute of the fleet costs. */
  async of(
    hosts: readonly Host[],
    minuteUnits: number,
    nowMs: number,
  ): Promise<ReadonlyMap<string, StoredChunk>> {
    // Who asks meanwhile waits for what is read already.
    this.#reading ??= this.#read(hosts, minuteUnits, nowMs).finally(() => {
      this.#reading = undefined;
    });
    await this.#reading;
    return this.#newest;
  }

  async #read(hosts: readonly Host[], minuteUnits: number, nowMs: number): Promise<void> {
    const settled = Math.floor((nowMs - POSTED_WITHIN_MS) / MINUTE_MS) - 2;
    const isDue = settled > this.#settled;
    const isCheap = minuteUnits <= CHEAP_UNITS && nowMs - this.#readAtMs >= CHEAP_AGAIN_MS;
    if (!isDue && !isCheap) return;
    const minutes = [...(isDue ? [settled] : []), ...(isCheap ? [settled + 1, settled + 2] : [])];
    const read = await Promise.all(minutes.map((minute) => this.#store.minute(minute, nowMs)));
    for (const chunk of read.flat()) this.#keep(chunk);
    const { chunks } = await this.#store.batch(this.#missing(hosts, settled, nowMs), nowMs);
    for (const chunk of chunks) this.#keep(chunk);
    this.#forget(hosts, nowMs);
    this.#settled = Math.max(this.#settled, settled);
    this.#readAtMs = nowMs;
  }

  #keep(chunk: StoredChunk): void {
    if (senderOf(chunk.writer) !== undefined) return;
    const known = this.#newest.get(chunk.writer);
    if (known !== undefined && known.minute > chunk.minute) return;
    this.#newest.set(chunk.writer, chunk);
  }

  /** Hosts that post rarely, or late: the last tick knows when each was heard. One call of them at a time. */
  #missing(hosts: readonly Host[], settled: number, nowMs: number) {
    return hosts
      .map(({ host, lastMs }) => ({ writer: host, minute: minuteOf(host, lastMs), lastMs }))
      .filter(({ writer, minute, lastMs }) => {
        const held = this.#newest.get(writer)?.minute ?? Number.NEGATIVE_INFINITY;
        return held < settled && held < minute && nowMs - lastMs < NEWEST_WITHIN_MS;
      })
      .slice(0, BATCH_KEYS)
      .map(({ writer, minute }) => ({ writer, minute }));
  }

  #forget(hosts: readonly Host[], nowMs: number): void {
    const known = new Set(hosts.map(({ host }) => host));
    for (const [host, { minute }] of this.#newest) {
      const isOld = nowMs - (minute + 2) * MINUTE_MS >= NEWEST_WITHIN_MS;
      if (isOld || !known.has(host)) this.#newest.delete(host);
    }
  }
}

/** Is a sample new enough to say how it is now? */
export function isNewest(atMs: number, nowMs: number): boolean {
  return nowMs - atMs < NEWEST_WITHIN_MS;
}
