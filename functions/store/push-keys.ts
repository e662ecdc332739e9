import * as v from 'valibot';
import { getEntry, putEntry } from './conf-items.ts';
import type { Table } from './dynamo.ts';
import { PUSH_KEY_PARTITION, PUSH_KEY_SORT_KEY } from './item-keys.ts';

/** P-256 in base64url: what push services know this deployment by (VAPID, RFC 8292). */
export interface PushKeys {
  readonly publicKey: string;
  /** Whoever has it and a browser's subscription can show messages there in our name. It is nowhere else. */
  readonly privateKey: string;
}

const schema = v.object({ publicKey: v.string(), privateKey: v.string() });

/** `undefined` before the first browser asked. */
export async function readPushKeys(table: Table): Promise<PushKeys | undefined> {
  const entry = await getEntry(table, PUSH_KEY_PARTITION, PUSH_KEY_SORT_KEY);
  return entry === undefined ? undefined : v.parse(schema, entry.value);
}

/** The pair that is there, or this one, which is kept for good: of two that come at once, both get the first's. */
export async function keepPushKeys(table: Table, made: PushKeys): Promise<PushKeys> {
  const sortKey = PUSH_KEY_SORT_KEY;
  const isFirst = await putEntry(
    table,
    PUSH_KEY_PARTITION,
    { sortKey, revision: 0, value: made },
    undefined,
  );
  const kept = isFirst ? made : await readPushKeys(table);
  if (kept === undefined) throw new Error('the keys for push services went while they were made');
  return kept;
}
