import * as v from 'valibot';
import { DAY_MS } from '../../core/time.ts';
import { type ConfEntry, listEntries, putEntry } from './conf-items.ts';
import type { Table } from './dynamo.ts';
import { SUBSCRIPTION_PARTITION } from './item-keys.ts';

/**
 * SNS keeps subscriptions; this says which of them were added here, by whom, and when something was last sent in
 * somebody's name, so that it is not sent too often, whichever function is asked.
 */

const schema = v.object({
  topic: v.string(),
  /** Of a subscription: SNS' word, and the address. Absent: this is about a test of the topic. */
  protocol: v.exactOptional(v.string()),
  address: v.exactOptional(v.string()),
  by: v.string(),
  addedAtMs: v.number(),
  /** When SNS was last asked to send a confirmation, or a test. */
  sentAtMs: v.number(),
  removedAtMs: v.exactOptional(v.number()),
});

export interface SubscriptionNote extends v.InferOutput<typeof schema> {
  readonly id: string;
  /** 0: not stored yet. */
  readonly revision: number;
}

/** What is over is kept for so long, to count how many were added lately. */
const KEEP_MS = 2 * DAY_MS;

export interface SubscriptionNotes {
  readonly list: (nowMs: number) => Promise<readonly SubscriptionNote[]>;
  /** Writes one; `false` if another write came first. One that is `temporary` goes in two days. */
  readonly put: (note: SubscriptionNote, nowMs: number, temporary?: boolean) => Promise<boolean>;
}

export function createSubscriptionNotes(table: Table): SubscriptionNotes {
  return {
    list: async (nowMs) => (await listEntries(table, SUBSCRIPTION_PARTITION, nowMs)).map(noteOf),
    put: ({ id, revision, ...value }, nowMs, temporary = false) => {
      const isOver = temporary || value.removedAtMs !== undefined;
      const entry = { sortKey: id, revision, value };
      return putEntry(table, SUBSCRIPTION_PARTITION, entry, isOver ? nowMs + KEEP_MS : undefined);
    },
  };
}

/** Throws for an item that is none. */
function noteOf({ sortKey, revision, value }: ConfEntry): SubscriptionNote {
  return { ...v.parse(schema, value), id: sortKey, revision };
}
