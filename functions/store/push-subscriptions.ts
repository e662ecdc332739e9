import { createHash } from 'node:crypto';
import { DeleteItemCommand } from '@aws-sdk/client-dynamodb';
import * as v from 'valibot';
import { PUSH_LANGUAGES } from '../../core/answers/push.ts';
import { type ConfEntry, getEntry, listEntries, putEntry } from './conf-items.ts';
import type { Table } from './dynamo.ts';
import { PARTITION_KEY, PUSH_PARTITION, SORT_KEY } from './item-keys.ts';

const schema = v.object({
  endpoint: v.string(),
  p256dh: v.string(),
  auth: v.string(),
  severities: v.array(v.picklist(['critical', 'warning', 'info'])),
  language: v.picklist(PUSH_LANGUAGES),
  browser: v.string(),
  owner: v.string(),
  /** The person, as signed in; absent: a service's token subscribed it. */
  person: v.exactOptional(v.string()),
  /** It ends with this token. */
  tokenId: v.exactOptional(v.string()),
  createdAtMs: v.number(),
  endsAtMs: v.exactOptional(v.number()),
});

/** A browser that is sent push messages. */
export interface PushSubscription extends v.InferOutput<typeof schema> {
  /** Made of the endpoint, so that one browser has one. */
  readonly id: string;
}

export interface PushSubscriptionStore {
  /** Those that hold, in no order. */
  readonly list: (nowMs: number) => Promise<readonly PushSubscription[]>;
  /** Writes one, over an earlier one of the endpoint. */
  readonly put: (subscription: PushSubscription) => Promise<void>;
  /** That it is gone already is as well. */
  readonly remove: (id: string) => Promise<void>;
}

/** Two pages of one browser write at once: the later one tries again. */
const MAX_TRIES = 5;

export function pushIdOf(endpoint: string): string {
  return `push-${createHash('sha256').update(endpoint).digest('hex').slice(0, 16)}`;
}

export function createPushSubscriptions(table: Table): PushSubscriptionStore {
  return {
    list: async (nowMs) => (await listEntries(table, PUSH_PARTITION, nowMs)).map(subscriptionOf),
    put: async ({ id, ...value }) => {
      for (let attempt = 0; attempt < MAX_TRIES; attempt++) {
        const { revision = 0 } = (await getEntry(table, PUSH_PARTITION, id)) ?? {};
        const entry = { sortKey: id, revision, value };
        if (await putEntry(table, PUSH_PARTITION, entry, value.endsAtMs)) return;
      }
      throw new Error(`push subscription ${id}: replaced by others ${MAX_TRIES} times`);
    },
    remove: async (id) => {
      const Key = { [PARTITION_KEY]: { S: PUSH_PARTITION }, [SORT_KEY]: { S: id } };
      await table.client.send(new DeleteItemCommand({ TableName: table.name, Key }));
    },
  };
}

/** Ends those that were made with a token: it is good no more. One Query where there are none. */
export async function endPushOfToken(table: Table, tokenId: string, nowMs: number): Promise<void> {
  await endPush(table, nowMs, (one) => one.tokenId === tokenId);
}

/** Ends those of a person whose access was taken away; `names`: all that they are called. */
export async function endPushOfPerson(
  table: Table,
  names: readonly string[],
  nowMs: number,
): Promise<void> {
  const persons = new Set(names.map((name) => name.toLowerCase()));
  await endPush(table, nowMs, ({ person }) => persons.has(person?.toLowerCase() ?? ''));
}

async function endPush(
  table: Table,
  nowMs: number,
  isEnded: (one: PushSubscription) => boolean,
): Promise<void> {
  const store = createPushSubscriptions(table);
  for (const one of await store.list(nowMs)) if (isEnded(one)) await store.remove(one.id);
}

/** Throws for an item that is none. */
function subscriptionOf({ sortKey, value }: ConfEntry): PushSubscription {
  return { ...v.parse(schema, value), id: sortKey };
}
