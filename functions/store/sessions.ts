import { DeleteItemCommand } from '@aws-sdk/client-dynamodb';
import * as v from 'valibot';
import { ROLES } from '../../core/role.ts';
import { type ConfEntry, getEntry, listEntries, putEntry } from './conf-items.ts';
import type { Table } from './dynamo.ts';
import { PARTITION_KEY, SESSION_PARTITION, SORT_KEY } from './item-keys.ts';

const schema = v.object({
  sub: v.string(),
  name: v.string(),
  role: v.picklist(ROLES),
  beganAtMs: v.number(),
  renewedAtMs: v.number(),
  endsAtMs: v.number(),
  sealed: v.string(),
});

/** What the table says of a person's session. Nothing in it lets anybody act as that person. */
export interface Session extends v.InferOutput<typeof schema> {
  /** The hash of the id that only the person's browser has. */
  readonly hash: string;
  /** What a writer must name to replace it; 0: it is not stored yet. */
  readonly revision: number;
}

export interface SessionStore {
  /** Writes one; `false` if another write came first, or it is there no more. */
  readonly put: (session: Session) => Promise<boolean>;
  /** As of the last write; `undefined` for one that is over, or never was. */
  readonly read: (hash: string, nowMs: number) => Promise<Session | undefined>;
  /** Ends one; that it is over already is as well. */
  readonly end: (hash: string) => Promise<void>;
  /** All that go on: for a person's command. */
  readonly list: (nowMs: number) => Promise<readonly Session[]>;
}

export function createSessionStore(table: Table): SessionStore {
  return {
    put: ({ hash, revision, ...value }) =>
      putEntry(table, SESSION_PARTITION, { sortKey: hash, revision, value }, value.endsAtMs),
    read: async (hash, nowMs) => {
      const entry = await getEntry(table, SESSION_PARTITION, hash);
      if (entry === undefined) return undefined;
      const session = sessionOf(entry);
      return session.endsAtMs > nowMs ? session : undefined;
    },
    end: async (hash) => {
      const Key = { [PARTITION_KEY]: { S: SESSION_PARTITION }, [SORT_KEY]: { S: hash } };
      await table.client.send(new DeleteItemCommand({ TableName: table.name, Key }));
    },
    list: async (nowMs) => (await listEntries(table, SESSION_PARTITION, nowMs)).map(sessionOf),
  };
}

/** Throws for an item that is no session. */
function sessionOf({ sortKey, revision, value }: ConfEntry): Session {
  return { ...v.parse(schema, value), hash: sortKey, revision };
}
