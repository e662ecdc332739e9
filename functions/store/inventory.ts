import { deflateRawSync, inflateRawSync } from 'node:zlib';
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import * as v from 'valibot';
import type { HostEntry } from '../../core/inventory/entry.ts';
import { apartEntry, mergeEntries } from '../../core/inventory/merge.ts';
import { packEntry, unpackEntry } from '../../core/inventory/packed-entry.ts';
import type { Table } from './dynamo.ts';
import {
  APART_PARTITION,
  apartPrefix,
  HOST_PARTITION,
  PARTITION_KEY,
  SENDER_PARTITION,
  SORT_KEY,
  TTL_ATTRIBUTE,
} from './item-keys.ts';
import { checkVersion } from './item-version.ts';

/**
 * Who reports: hosts with the VMs they had, and senders of others' samples. Readers narrow a query
 * to hosts with it. Times may lag by `INVENTORY_LAG_MS`: an entry is written when it changes, else
 * once in that time.
 */

export interface SenderEntry {
  readonly sender: string;
  readonly firstSeenMs: number;
  readonly lastSeenMs: number;
  /** The metric names it writes, if these are known to be all; absent: any. */
  readonly names?: readonly string[] | undefined;
}

/** A host's entry, and what a writer must name to replace it. */
export interface StoredHost {
  readonly entry: HostEntry;
  readonly revision: number;
}

export interface InventoryStore {
  /**
   * Hosts that report, or did so within `APART_AFTER_MS`; with `sinceMs` all that did so since then, each
   * with all VMs it told of since then.
   */
  readonly hosts: (nowMs: number, sinceMs?: number) => Promise<readonly HostEntry[]>;
  /** What is put apart and was so at `sinceMs` or later; a host may have several entries. */
  readonly apart: (nowMs: number, sinceMs: number) => Promise<readonly HostEntry[]>;
  readonly senders: (nowMs: number) => Promise<readonly SenderEntry[]>;
  readonly putSender: (entry: SenderEntry, expiresAtMs: number) => Promise<void>;
  /**
   * `false` if the host's entry is not at the revision `replaces` any more (0: there was none); unless that is
   * given, it is replaced in any case.
   */
  readonly putHost: (entry: HostEntry, expiresAtMs: number, replaces?: number) => Promise<boolean>;
  /** The hosts that report, as one who means to write wants them. */
  readonly stored: (nowMs: number) => Promise<readonly StoredHost[]>;
  /** What is there of one host just now. */
  readonly storedHost: (host: string, nowMs: number) => Promise<StoredHost | undefined>;
}

/** `e`: an entry, packed; `r`: its revision. `h`: a sender's, as deflated JSON, and in earlier releases a host's. */
export const ENTRY = 'e';
const REVISION = 'r';
const JSON_ENTRY = 'h';
/** An item's 400 KB inflated: a bound against damage. */
const MAX_JSON_BYTES = 16 << 20;

const earlierHostSchema = v.object({
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

export type Item = Record<string, AttributeValue>;

export function createInventoryStore(table: Table): InventoryStore {
  const { client, name: TableName } = table;
  const putItem = (key: readonly [string, string], rest: Item, expiresAtMs: number) =>
    new PutItemCommand({ TableName, Item: itemOf(key, rest, expiresAtMs) });

  const stored: InventoryStore['stored'] = async (nowMs) =>
    (await queryAll(table, HOST_PARTITION, nowMs)).map(storedHostOf);

  const apart: InventoryStore['apart'] = async (nowMs, sinceMs) => {
    const items = await queryAll(table, APART_PARTITION, nowMs, apartPrefix(sinceMs));
    return items.map((item) => {
      const sortKey = item[SORT_KEY]?.S ?? '';
      return apartEntry(entryOf(item, sortKey.slice(sortKey.indexOf('#') + 1)), nowMs);
    });
  };

  return {
    stored,
    apart,
    hosts: async (nowMs, sinceMs) => {
      const reporting = stored(nowMs).then((all) => all.map(({ entry }) => entry));
      if (sinceMs === undefined) return reporting;
      return mergeEntries((await Promise.all([reporting, apart(nowMs, sinceMs)])).flat());
    },
    storedHost: async (host, nowMs) => {
      const Key = keyItem([HOST_PARTITION, host]);
      const { Item } = await client.send(
        new GetItemCommand({ TableName, Key, ConsistentRead: true }),
      );
      return Item === undefined || isExpired(Item, nowMs) ? undefined : storedHostOf(Item);
    },
    putHost: async ({ host, ...entry }, expiresAtMs, replaces) => {
      const item = {
        [ENTRY]: { B: packEntry(entry) },
        [REVISION]: { N: String((replaces ?? 0) + 1) },
      };
      const put = putItem([HOST_PARTITION, host], item, expiresAtMs);
      if (replaces !== undefined) Object.assign(put.input, isAt(replaces));
      try {
        await client.send(put);
        return true;
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return false;
        throw error;
      }
    },
    senders: async (nowMs) => {
      const items = await queryAll(table, SENDER_PARTITION, nowMs);
      return items.map((item) => ({ sender: item[SORT_KEY]?.S ?? '', ...senderOf(item) }));
    },
    putSender: async ({ sender, ...entry }, expiresAtMs) => {
      const item = { [JSON_ENTRY]: { B: deflateRawSync(JSON.stringify(entry)) } };
      await client.send(putItem([SENDER_PARTITION, sender], item, expiresAtMs));
    },
  };
}

export function itemOf(key: readonly [string, string], rest: Item, expiresAtMs: number): Item {
  const ttl = { N: String(Math.ceil(expiresAtMs / 1000)) };
  return { ...keyItem(key), ...rest, [TTL_ATTRIBUTE]: ttl };
}

export function keyItem([partition, sortKey]: readonly [string, string]): Item {
  return { [PARTITION_KEY]: { S: partition }, [SORT_KEY]: { S: sortKey } };
}

export function isExpired(item: Item, nowMs: number): boolean {
  return Number(item[TTL_ATTRIBUTE]?.N) * 1000 <= nowMs;
}

/** An entry without a revision is of an earlier release, and may be replaced by who knows of none. */
export function isAt(revision: number) {
  if (revision === 0) return { ConditionExpression: `attribute_not_exists(${REVISION})` };
  return {
    ConditionExpression: `${REVISION} = :r`,
    ExpressionAttributeValues: { ':r': { N: String(revision) } },
  };
}

/** What earlier releases wrote has no revision, and is replaced when its host is seen: until then it tells as much. */
function storedHostOf(item: Item): StoredHost {
  checkVersion(item);
  const host = item[SORT_KEY]?.S ?? '';
  if (item[ENTRY] !== undefined || item[JSON_ENTRY] === undefined)
    return { entry: entryOf(item, host), revision: Number(item[REVISION]?.N) };
  return { entry: { host, ...v.parse(earlierHostSchema, jsonOf(item)) }, revision: 0 };
}

function entryOf(item: Item, host: string): HostEntry {
  checkVersion(item);
  const bytes = item[ENTRY]?.B;
  if (bytes === undefined || host === '')
    throw new Error(
      `${item[PARTITION_KEY]?.S}/${item[SORT_KEY]?.S}: an item without host or entry`,
    );
  return { host, ...unpackEntry(bytes) };
}

function senderOf(item: Item): Omit<SenderEntry, 'sender'> {
  checkVersion(item);
  return v.parse(senderSchema, jsonOf(item));
}

function jsonOf(item: Item): unknown {
  const bytes = item[JSON_ENTRY]?.B;
  if (bytes === undefined)
    throw new Error(`${item[PARTITION_KEY]?.S}/${item[SORT_KEY]?.S}: an item without entry`);
  return JSON.parse(inflateRawSync(bytes, { maxOutputLength: MAX_JSON_BYTES }).toString('utf8'));
}

/** Everything in a partition that has not expired, from a sort key on if one is given. */
async function queryAll(
  { client, name }: Table,
  partition: string,
  nowMs: number,
  fromKey?: string,
): Promise<Item[]> {
  const items: Item[] = [];
  let from: Item | undefined;
  do {
    const page = await client.send(
      new QueryCommand({
        TableName: name,
        KeyConditionExpression: `${PARTITION_KEY} = :p${fromKey === undefined ? '' : ` AND ${SORT_KEY} >= :s`}`,
        ExpressionAttributeValues: {
          ':p': { S: partition },
          ...(fromKey === undefined ? {} : { ':s': { S: fromKey } }),
        },
        ...(from === undefined ? {} : { ExclusiveStartKey: from }),
      }),
    );
    for (const item of page.Items ?? []) if (!isExpired(item, nowMs)) items.push(item);
    from = page.LastEvaluatedKey;
  } while (from !== undefined);
  return items;
}
