import {
  type AttributeValue,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
} from '@aws-sdk/client-dynamodb';
import type { Notification } from '../../core/alertmanager/notification-types.ts';
import { DAY_MS, isoTime } from '../../core/time.ts';
import { decodeDelivered, encodeDelivered } from './delivered-notification.ts';
import type { Table } from './dynamo.ts';
import {
  deliveryPartition,
  deliverySortKey,
  PARTITION_KEY,
  SORT_KEY,
  TTL_ATTRIBUTE,
} from './item-keys.ts';
import { checkVersion } from './item-version.ts';

const KEEP_MS = 90 * DAY_MS;

/** A retry is given up within a day of the decision; it may take an hour more to be at its end. */
const RETRIES_END_MS = DAY_MS + 3_600_000;

/** How an attempt ended; `failed` will be tried again, `gave_up` will not. */
const RESULTS = ['delivered', 'failed', 'gave_up'] as const;
export type DeliveryResult = (typeof RESULTS)[number];

/** One attempt to tell one integration of one notification. */
export interface Delivery {
  readonly notification: Notification;
  /** Alerts that were told of and are not in `notification`, as it was too large to keep. */
  readonly alertsLeftOut?: number;
  /** From 1. */
  readonly attempt: number;
  /** When the attempt ended. */
  readonly atMs: number;
  readonly durationMs: number;
  readonly result: DeliveryResult;
  /** Why it failed; what the other side said of it if it did not. `''`: nothing. */
  readonly reason: string;
}

export interface DeliveryStore {
  /** One PutItem; the same attempt again overwrites itself. */
  readonly record: (delivery: Delivery) => Promise<void>;
  /** Those that ended in [fromMs, toMs], newest first, `limit` at most. */
  readonly list: (range: DeliveryRange, nowMs: number) => Promise<readonly Delivery[]>;
  /** All attempts of one notification, oldest first; none if its id is not known (any more). */
  readonly ofNotification: (id: string, nowMs: number) => Promise<readonly Delivery[]>;
}

export interface DeliveryRange {
  readonly fromMs: number;
  readonly toMs: number;
  /** 1 or more. */
  readonly limit: number;
}

/** Attributes beside the keys. */
const ID = 'i';
const RECEIVER = 'r';
const INTEGRATION = 'g';
const RESULT = 'k';
const REASON = 'y';
const DURATION = 'd';
const ATTEMPT = 'a';
const AT = 't';
const CONTENT = 'h';

/** An endpoint may answer with a page; its beginning says what is wrong. */
const MAX_REASON_CHARS = 1000;

/** Every notification's id begins with the time it was decided at. */
const ID_TIME = /^(\d{1,16})-/;

type Item = Record<string, AttributeValue>;

export function createDeliveryStore({ client, name }: Table): DeliveryStore {
  /** The items of one day between two sort keys, page by page. */
  async function* dayItems(
    day: number,
    [from, to]: readonly [string, string],
    how: Partial<QueryCommandInput>,
  ): AsyncGenerator<Item> {
    let start: Item | undefined;
    do {
      const page = await client.send(
        new QueryCommand({
          TableName: name,
          KeyConditionExpression: `${PARTITION_KEY} = :p AND ${SORT_KEY} BETWEEN :from AND :to`,
          ...how,
          ExpressionAttributeValues: {
            ':p': { S: deliveryPartition(dayText(day)) },
            ':from': { S: from },
            ':to': { S: to },
            ...how.ExpressionAttributeValues,
          },
          ...(start === undefined ? {} : { ExclusiveStartKey: start }),
        }),
      );
      yield* page.Items ?? [];
      start = page.LastEvaluatedKey;
    } while (start !== undefined);
  }

  const list: DeliveryStore['list'] = async ({ fromMs, toMs, limit }, nowMs) => {
    const found: Delivery[] = [];
    const [first, last] = keptRange(fromMs, toMs, nowMs);
    if (first > last) return found;
    const keys = keyRange(first, last);
    for (let day = dayOf(last); day >= dayOf(first); day--) {
      // A page beyond the limit would be read and billed for nothing.
      const how = { ScanIndexForward: false, Limit: limit - found.length };
      for await (const item of dayItems(day, keys, how)) {
        if (!isExpired(item, nowMs)) found.push(deliveryOf(item));
        if (found.length >= limit) return found;
      }
    }
    return found;
  };

  const ofNotification: DeliveryStore['ofNotification'] = async (id, nowMs) => {
    const decidedAtMs = Number(ID_TIME.exec(id)?.[1] ?? Number.NaN);
    if (!Number.isSafeInteger(decidedAtMs)) return [];
    const found: Delivery[] = [];
    const [first, last] = keptRange(decidedAtMs, decidedAtMs + RETRIES_END_MS, nowMs);
    if (first > last) return found;
    const keys = keyRange(first, last);
    const how = {
      FilterExpression: `${ID} = :id`,
      ExpressionAttributeValues: { ':id': { S: id } },
    };
    for (let day = dayOf(first); day <= dayOf(last); day++) {
      for await (const item of dayItems(day, keys, how)) {
        if (isExpired(item, nowMs)) continue;
        const delivery = deliveryOf(item);
        found.push(delivery);
        if (delivery.result !== 'failed') return found;
      }
    }
    return found;
  };

  return {
    record: async (delivery) => {
      await client.send(new PutItemCommand({ TableName: name, Item: itemOf(delivery) }));
    },
    list,
    ofNotification,
  };
}

function itemOf(delivery: Delivery): Item {
  const { notification, attempt, atMs, durationMs, result, reason } = delivery;
  const time = isoTime(atMs);
  return {
    [PARTITION_KEY]: { S: deliveryPartition(dayText(dayOf(atMs))) },
    [SORT_KEY]: { S: deliverySortKey(time, notification.id, attempt) },
    [ID]: { S: notification.id },
    [RECEIVER]: { S: notification.receiver },
    [INTEGRATION]: { S: notification.integration },
    [RESULT]: { S: result },
    [REASON]: { S: reason.slice(0, MAX_REASON_CHARS) },
    [DURATION]: { N: String(durationMs) },
    [ATTEMPT]: { N: String(attempt) },
    [AT]: { N: String(atMs) },
    [CONTENT]: { B: encodeDelivered(notification, delivery.alertsLeftOut) },
    [TTL_ATTRIBUTE]: { N: String(Math.ceil((atMs + KEEP_MS) / 1000)) },
  };
}

function deliveryOf(item: Item): Delivery {
  checkVersion(item);
  const key = `${item[PARTITION_KEY]?.S}/${item[SORT_KEY]?.S}`;
  const bytes = item[CONTENT]?.B;
  const result = RESULTS.find((one) => one === item[RESULT]?.S);
  if (bytes === undefined || result === undefined)
    throw new Error(`${key}: no notification or an unknown result ${item[RESULT]?.S}`);
  return {
    ...decodeDelivered(bytes),
    attempt: Number(item[ATTEMPT]?.N),
    atMs: Number(item[AT]?.N),
    durationMs: Number(item[DURATION]?.N),
    result,
    reason: item[REASON]?.S ?? '',
  };
}

function isExpired(item: Item, nowMs: number): boolean {
  return Number(item[TTL_ATTRIBUTE]?.N) * 1000 <= nowMs;
}

/** What of a range can still be there: so that no empty days are asked for. */
function keptRange(fromMs: number, toMs: number, nowMs: number): [number, number] {
  // A clock that ran ahead may have written a day of tomorrow.
  return [Math.max(fromMs, nowMs - KEEP_MS), Math.min(toMs, nowMs + DAY_MS)];
}

function keyRange(fromMs: number, toMs: number): [string, string] {
  // "$" comes right after the "#" that follows the time.
  return [isoTime(fromMs), `${isoTime(toMs)}$`];
}

function dayOf(atMs: number): number {
  return Math.floor(atMs / DAY_MS);
}

function dayText(day: number): string {
  return isoTime(day * DAY_MS).slice(0, 10);
}
