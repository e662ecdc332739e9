import { randomBytes } from 'node:crypto';
import { PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import * as v from 'valibot';
import { DAY_MS, isoTime } from '../../core/time.ts';
import type { Table } from './dynamo.ts';
import { AUDIT_PARTITION, PARTITION_KEY, SORT_KEY, TTL_ATTRIBUTE } from './item-keys.ts';
import { checkVersion } from './item-version.ts';

/**
 * Who changed what, and when. A record is written before the change and once more after it, so that no
 * change goes without one: where the second write fails, the record says that the change may have been made.
 */

/** So long one can ask who it was. */
const KEEP_MS = 400 * DAY_MS;

/** An entry that is shown, as JSON; longer ones are cut to their beginning. */
const MAX_STATE_CHARS = 20_000;

/** `begun`: whether it came to an end was not written any more. `failed`: the table did not take it. */
const OUTCOMES = ['begun', 'done', 'refused', 'failed'] as const;
export type AuditOutcome = (typeof OUTCOMES)[number];

/** What somebody is about to do. */
export interface AuditedChange {
  /** The name of the token, or of who ran a command. */
  readonly who: string;
  /** `silence.add`, `key.revoke` ... */
  readonly action: string;
  /** What it is done to: an id, a host's name. */
  readonly subject: string;
  /** How it was before, if it was at all; any JSON. */
  readonly before?: unknown;
  readonly after?: unknown;
}

export interface AuditRecord extends AuditedChange {
  readonly atMs: number;
  readonly outcome: AuditOutcome;
  /** Why it was not done. */
  readonly reason?: string | undefined;
}

export interface AuditLog {
  /** Does what `act` does, on record. `refusal` tells from its result why nothing was changed, if so. */
  readonly record: <T>(
    change: AuditedChange,
    act: () => Promise<T>,
    refusal?: (result: T) => string | undefined,
  ) => Promise<T>;
  /** Puts on record what happened already, and could not have been held up: a sign-in. One write. */
  readonly note: (event: AuditedChange) => Promise<void>;
  /** Records of [fromMs, toMs] that are asked for, the newest first, `limit` at most. */
  readonly list: (range: AuditRange, nowMs: number) => Promise<AuditPage>;
}

export interface AuditRange {
  readonly fromMs: number;
  readonly toMs: number;
  /** 1 or more. */
  readonly limit: number;
  /** Which are asked for; absent: all. */
  readonly isWanted?: ((record: AuditRecord) => boolean) | undefined;
  /** `next` of the page before; absent: from the newest. */
  readonly after?: string | undefined;
}

export interface AuditPage {
  readonly records: readonly AuditRecord[];
  /** Where to go on. Absent: there are no more. A page that is not full may have one, too. */
  readonly next?: string;
}

/** What a page reads at most, to find what is wanted: some 8,000 records of 250 bytes, 500 read units. */
const PAGE_MAX_BYTES = 2_000_000;

/** A sort key: a time, and what makes it the only one. */
const CURSOR_FORMAT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z#[0-9a-f]{12}$/;

/** Can it be the `next` of a page? */
export function isAuditCursor(text: string): boolean {
  return CURSOR_FORMAT.test(text);
}

const CONTENT = 'h';

const schema = v.object({
  who: v.string(),
  action: v.string(),
  subject: v.string(),
  before: v.optional(v.unknown()),
  after: v.optional(v.unknown()),
  atMs: v.number(),
  outcome: v.picklist(OUTCOMES),
  reason: v.exactOptional(v.string()),
});

export function createAuditLog(table: Table, nowMs: () => number): AuditLog {
  const put = async (sortKey: string, record: AuditRecord): Promise<void> => {
    await table.client.send(
      new PutItemCommand({
        TableName: table.name,
        Item: {
          [PARTITION_KEY]: { S: AUDIT_PARTITION },
          [SORT_KEY]: { S: sortKey },
          [CONTENT]: { S: JSON.stringify(record) },
          [TTL_ATTRIBUTE]: { N: String(Math.ceil((record.atMs + KEEP_MS) / 1000)) },
        },
      }),
    );
  };
  return {
    record: async (change, act, refusal) => {
      const atMs = nowMs();
      const sortKey = newSortKey(atMs);
      const begun = { ...shortened(change), atMs, outcome: 'begun' } as const;
      await put(sortKey, begun);
      const settle = async (outcome: AuditOutcome, reason?: string): Promise<void> => {
        try {
          await put(sortKey, { ...begun, outcome, ...(reason === undefined ? {} : { reason }) });
        } catch {
          // The record stays `begun`, which says as much.
        }
      };
      let result: Awaited<ReturnType<typeof act>>;
      try {
        result = await act();
      } catch (error) {
        await settle('failed', error instanceof Error ? error.name : String(error));
        throw error;
      }
      const reason = refusal?.(result);
      await (reason === undefined ? settle('done') : settle('refused', reason));
      return result;
    },
    note: (event) => {
      const atMs = nowMs();
      return put(newSortKey(atMs), { ...shortened(event), atMs, outcome: 'done' });
    },
    list: (range, atMs) => list(table, range, atMs),
  };
}

function newSortKey(atMs: number): string {
  return `${isoTime(atMs)}#${randomBytes(6).toString('hex')}`;
}

async function list(
  { client, name }: Table,
  { fromMs, toMs, limit, isWanted, after }: AuditRange,
  nowMs: number,
): Promise<AuditPage> {
  const records: AuditRecord[] = [];
  // "$" comes right after the "#" that follows the time.
  let until = after ?? `${isoTime(Math.min(toMs, nowMs + DAY_MS))}$`;
  const from = isoTime(Math.max(fromMs, nowMs - KEEP_MS));
  let readBytes = 0;
  while (from <= until) {
    const page = await client.send(
      new QueryCommand({
        TableName: name,
        KeyConditionExpression: `${PARTITION_KEY} = :p AND ${SORT_KEY} BETWEEN :from AND :to`,
        ExpressionAttributeValues: {
          ':p': { S: AUDIT_PARTITION },
          ':from': { S: from },
          ':to': { S: until },
        },
        ScanIndexForward: false,
        ConsistentRead: true,
        // One more, as the first may be what the cursor names.
        ...(isWanted === undefined ? { Limit: limit - records.length + 1 } : {}),
      }),
    );
    for (const item of page.Items ?? []) {
      checkVersion(item);
      const sortKey = item[SORT_KEY]?.S ?? '';
      // What a cursor names was seen before.
      if (sortKey === until) continue;
      const text = item[CONTENT]?.S ?? 'null';
      const record = v.parse(schema, JSON.parse(text));
      readBytes += text.length;
      if (record.atMs + KEEP_MS > nowMs && (isWanted?.(record) ?? true)) records.push(record);
      if (records.length >= limit || readBytes >= PAGE_MAX_BYTES) return { records, next: sortKey };
    }
    const last = page.LastEvaluatedKey?.[SORT_KEY]?.S;
    if (last === undefined) return { records };
    until = last;
  }
  return { records };
}

function shortened({ before, after, ...rest }: AuditedChange): AuditedChange {
  return {
    ...rest,
    ...(before === undefined ? {} : { before: shortState(before) }),
    ...(after === undefined ? {} : { after: shortState(after) }),
  };
}

function shortState(state: unknown): unknown {
  const text = JSON.stringify(state);
  return text.length <= MAX_STATE_CHARS ? state : `${text.slice(0, MAX_STATE_CHARS)}...`;
}
