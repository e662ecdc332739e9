import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { type AttributeValue, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import * as v from 'valibot';
import type { Table } from './dynamo.ts';
import {
  HOST_PARTITION,
  PARTITION_KEY,
  SENDER_PARTITION,
  SORT_KEY,
  TTL_ATTRIBUTE,
} from './item-keys.ts';
import { remembered } from './remembered.ts';

/**
 * Who reports: hosts with the VMs they had, and senders of others' samples. Readers narrow a query
 * to hosts with it. Times may lag by `INVENTORY_LAG_MS`: an entry is written when it changes, else
 * once in that time.
 */

/** How far `lastSeenMs` may be behind the truth. */
export const INVENTORY_LAG_MS = 3_600_000;

/** A VM as a host reported it; under a new name it is a second entry, so that both names lead to it. */
export interface VmEntry {
  readonly uuid: string;
  readonly name: string;
  readonly lastSeenMs: number;
}

export interface HostEntry {
  readonly host: string;
  readonly firstSeenMs: number;
  readonly lastSeenMs: number;
  /** Of a minute's chunk, when the entry was written: tells what reading the host costs. */
  readonly chunkBytes?: number | undefined;
  readonly vms: readonly VmEntry[];
}

export interface SenderEntry {
  readonly sender: string;
  readonly firstSeenMs: number;
  readonly lastSeenMs: number;
  /** The metric names it writes, if these are known to be all; absent: any. */
  readonly names?: readonly string[] | undefined;
}

export interface InventoryStore {
  readonly hosts: (nowMs: number) => Promise<readonly HostEntry[]>;
  readonly senders: (nowMs: number) => Promise<readonly SenderEntry[]>;
  readonly putHost: (entry: HostEntry, expiresAtMs: number) => Promise<void>;
  readonly putSender: (entry: SenderEntry, expiresAtMs: number) => Promise<void>;
}

/** `h`: the entry as deflated JSON; a host with 200 VMs takes some 10 KB. */
const ENTRY = 'h';
/** An item's 400 KB inflated: a bound against damage. */
const MAX_ENTRY_BYTES = 16 << 20;

const hostSchema = v.object({
  firstSeenMs: v.number(),
  lastSeenMs: v.number(),
  chunkBytes: v.exactOptional(v.number()),
  vms: v.array(v.object({ uuid: v.string(), name: v.string(), lastSeenMs: v.number() })),
});
const senderSchema = v.object({
  firstSeenMs: v.number(),
  lastSeenMs: v.number(),
  names: v.exactOptional(v.array(v.string())),
});

export function createInventoryStore(table: Table): InventoryStore {
  return {
    hosts: async (nowMs) => {
      const items = await queryAll(table, HOST_PARTITION, nowMs);
      return items.map(([host, entry]) => ({ host, ...v.parse(hostSchema, entry) }));
    },
    senders: async (nowMs) => {
      const items = await queryAll(table, SENDER_PARTITION, nowMs);
      return items.map(([sender, entry]) => ({ sender, ...v.parse(senderSchema, entry) }));
    },
    putHost: ({ host, ...entry }, expiresAtMs) =>
      put(table, [HOST_PARTITION, host], entry, expiresAtMs),
    putSender: ({ sender, ...entry }, expiresAtMs) =>
      put(table, [SENDER_PARTITION, sender], entry, expiresAtMs),
  };
}

async function put(
  { client, name }: Table,
  [partition, sortKey]: readonly [string, string],
  entry: unknown,
  expiresAtMs: number,
): Promise<void> {
  await client.send(
    new PutItemCommand({
      TableName: name,
      Item: {
        [PARTITION_KEY]: { S: partition },
        [SORT_KEY]: { S: sortKey },
        [ENTRY]: { B: deflateRawSync(JSON.stringify(entry)) },
        [TTL_ATTRIBUTE]: { N: String(Math.ceil(expiresAtMs / 1000)) },
      },
    }),
  );
}

/** Sort key and entry of everything in a partition that has not expired. */
async function queryAll(
  { client, name }: Table,
  partition: string,
  nowMs: number,
): Promise<[string, unknown][]> {
  const entries: [string, unknown][] = [];
  let from: Record<string, AttributeValue> | undefined;
  do {
    const page = await client.send(
      new QueryCommand({
        TableName: name,
        KeyConditionExpression: `${PARTITION_KEY} = :p`,
        ExpressionAttributeValues: { ':p': { S: partition } },
        ...(from === undefined ? {} : { ExclusiveStartKey: from }),
      }),
    );
    for (const item of page.Items ?? []) {
      const sortKey = item[SORT_KEY]?.S;
      const bytes = item[ENTRY]?.B;
      if (sortKey === undefined || bytes === undefined)
        throw new Error(`${partition}: an item without sort key or entry`);
      if (Number(item[TTL_ATTRIBUTE]?.N) * 1000 <= nowMs) continue;
      const text = inflateRawSync(bytes, { maxOutputLength: MAX_ENTRY_BYTES }).toString('utf8');
      entries.push([sortKey, JSON.parse(text)]);
    }
    from = page.LastEvaluatedKey;
  } while (from !== undefined);
  return entries;
}

/** The inventory as a warm function remembers it, each half asked for only when it is needed. */
export interface CachedInventory {
  readonly hosts: (nowMs: number) => Promise<readonly HostEntry[]>;
  readonly senders: (nowMs: number) => Promise<readonly SenderEntry[]>;
}

export function cacheInventory(store: Pick<InventoryStore, 'hosts' | 'senders'>): CachedInventory {
  return { hosts: remembered(store.hosts), senders: remembered(store.senders) };
}
