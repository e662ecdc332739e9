import type { Table } from '../store/dynamo.ts';
import {
  type HostKey,
  hasEnded,
  hashHostKey,
  type KeyOwner,
  readHostKey,
} from '../store/host-keys.ts';
import { readRevocationStamp } from '../store/revocations.ts';
import { createKeyCache, type KeyCache } from './key-cache.ts';

/**
 * Whose the keys of hosts and senders are, as a warm function remembers it; `undefined` also for a key that has
 * ended by now: an end that was set ahead holds to the millisecond.
 */
export function createOwnerCache(table: Table): KeyCache<KeyOwner> {
  const keys = createKeyCache<HostKey>({
    ask: (key) => readHostKey(table, hashHostKey(key)),
    readStamp: () => readRevocationStamp(table),
  });
  return {
    remembers: keys.remembers,
    ownerOf: async (key, nowMs) => {
      const found = await keys.ownerOf(key, nowMs);
      return found === undefined || hasEnded(found, nowMs) ? undefined : found;
    },
  };
}
