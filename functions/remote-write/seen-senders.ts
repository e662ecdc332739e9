import { INVENTORY_LAG_MS } from '../../core/inventory/entry.ts';
import type { InventoryStore } from '../store/inventory.ts';
import type { WritePorts } from './write.ts';

/** Some 2 MB; a sender that is forgotten is asked for once more. */
const MAX_SENDERS = 20_000;

/**
 * Keeps the inventory's entries of senders: asked for when a warm function first hears of a sender,
 * written when it is new or was last written `INVENTORY_LAG_MS` ago. An entry outlives all that is kept of the
 * sender: `keptMs`, the longest retention.
 */
export function createSenderNotes(
  inventory: Pick<InventoryStore, 'senders' | 'putSender'>,
  keptMs: number,
): WritePorts['noteSender'] {
  const known = new Map<string, { readonly firstSeenMs: number; readonly lastSeenMs: number }>();
  return async (sender, nowMs) => {
    let entry = known.get(sender);
    if (entry === undefined) {
      if (known.size >= MAX_SENDERS) known.clear();
      for (const one of await inventory.senders(nowMs)) known.set(one.sender, one);
      entry = known.get(sender);
    }
    if (entry !== undefined && nowMs - entry.lastSeenMs < INVENTORY_LAG_MS) return;
    const firstSeenMs = entry?.firstSeenMs ?? nowMs;
    const next = { sender, firstSeenMs, lastSeenMs: nowMs };
    await inventory.putSender(next, nowMs + keptMs + 2 * INVENTORY_LAG_MS);
    known.set(sender, next);
  };
}
