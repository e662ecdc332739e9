import { APART_AFTER_MS, type HostEntry } from '../../core/inventory/entry.ts';
import { mergeEntries } from '../../core/inventory/merge.ts';
import type { InventoryStore, SenderEntry } from './inventory.ts';
import { remembered } from './remembered.ts';

/** The inventory as a warm function remembers it, each part asked for only when it is needed. */
export interface CachedInventory {
  /** Hosts that report; with `sinceMs` all that did so since then, those that are gone included. */
  readonly hosts: (nowMs: number, sinceMs?: number) => Promise<readonly HostEntry[]>;
  /** `isFresh`: what changed shows after seconds, not within a minute. */
  readonly senders: (nowMs: number, isFresh?: boolean) => Promise<readonly SenderEntry[]>;
}

/** A new metric of a rule is asked for by people who wait for it: half a read unit each time. */
const FRESH_MS = 3000;

/**
 * Hosts that are gone are remembered too, some 1 KB each; only those since the earliest time that was asked
 * for within the last minute.
 */
export function cacheInventory(
  store: Pick<InventoryStore, 'hosts' | 'apart' | 'senders'>,
): CachedInventory {
  const reporting = remembered((nowMs) => store.hosts(nowMs));
  const senders = remembered(store.senders);
  const freshSenders = remembered(store.senders, FRESH_MS);
  let gone: { readonly sinceMs: number; readonly ask: typeof reporting } | undefined;
  let all:
    | { readonly of: readonly (readonly HostEntry[])[]; readonly merged: HostEntry[] }
    | undefined;
  return {
    hosts: async (nowMs, sinceMs = Infinity) => {
      if (sinceMs >= nowMs - APART_AFTER_MS) return reporting(nowMs);
      if (gone === undefined || gone.sinceMs > sinceMs || !gone.ask.isKnown(nowMs))
        gone = { sinceMs, ask: remembered((atMs) => store.apart(atMs, sinceMs)) };
      const of = await Promise.all([reporting(nowMs), gone.ask(nowMs)]);
      // A query asks several times, and the answer is the same.
      if (all === undefined || of.some((part, i) => part !== all?.of[i]))
        all = { of, merged: mergeEntries(of.flat()) };
      return all.merged;
    },
    senders: (nowMs, isFresh = false) => (isFresh ? freshSenders : senders)(nowMs),
  };
}
