import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { HostEntry } from '../../core/inventory/entry.ts';
import { packEntry } from '../../core/inventory/packed-entry.ts';
import type { Table } from './dynamo.ts';
import {
  createInventoryStore,
  ENTRY,
  type InventoryStore,
  isAt,
  isExpired,
  itemOf,
  keyItem,
  type StoredHost,
} from './inventory.ts';
import { APART_PARTITION, apartSortKey, FORMER_PARTITION, HOST_PARTITION } from './item-keys.ts';
import { checkVersion } from './item-version.ts';

/** The inventory for the one who keeps it: what is over can be put apart. */
export interface InventoryLedger extends InventoryStore {
  /** Puts something apart: it is read only by those who ask for a time before `untilMs`. */
  readonly putApart: (entry: HostEntry, untilMs: number, expiresAtMs: number) => Promise<void>;
  /** Takes a host out of those that report, once it is put apart; notes since when it was known. */
  readonly retire: (host: StoredHost, expiresAtMs: number) => Promise<void>;
  /** Since when a host was known that has been taken out. */
  readonly formerSinceMs: (host: string, nowMs: number) => Promise<number | undefined>;
}

/** `f`: since when a host was known, ms since 1970. */
const FIRST_SEEN = 'f';

export function createInventoryLedger(table: Table): InventoryLedger {
  const { client, name: TableName } = table;
  return {
    ...createInventoryStore(table),
    putApart: async ({ host, ...entry }, untilMs, expiresAtMs) => {
      const key = [APART_PARTITION, apartSortKey(untilMs, host)] as const;
      const Item = itemOf(key, { [ENTRY]: { B: packEntry(entry) } }, expiresAtMs);
      await client.send(new PutItemCommand({ TableName, Item }));
    },
    retire: async ({ entry: { host, firstSeenMs }, revision }, expiresAtMs) => {
      const former = { [FIRST_SEEN]: { N: String(firstSeenMs) } };
      const Item = itemOf([FORMER_PARTITION, host], former, expiresAtMs);
      await client.send(new PutItemCommand({ TableName, Item }));
      const Key = keyItem([HOST_PARTITION, host]);
      try {
        await client.send(new DeleteItemCommand({ TableName, Key, ...isAt(revision) }));
      } catch (error) {
        // Somebody has just seen it again.
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
      }
    },
    formerSinceMs: async (host, nowMs) => {
      const Key = keyItem([FORMER_PARTITION, host]);
      const { Item } = await client.send(new GetItemCommand({ TableName, Key }));
      if (Item === undefined || isExpired(Item, nowMs)) return undefined;
      checkVersion(Item);
      return Number(Item[FIRST_SEEN]?.N);
    },
  };
}
