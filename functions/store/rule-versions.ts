import { DeleteItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import * as v from 'valibot';
import { getEntry, putEntry, readEntry } from './conf-items.ts';
import type { Table } from './dynamo.ts';
import {
  PARTITION_KEY,
  RULES_HEAD_SORT_KEY,
  RULES_PARTITION,
  ruleTextSortKey,
  ruleVersionPrefix,
  ruleVersionSortKey,
  SORT_KEY,
} from './item-keys.ts';

/**
 * Rule files that people edited. Three kinds of items: the head says which version of each file holds, and is what
 * counts: one conditional write of it is the save. Versions and texts are written before it and never again; one
 * whose head could not be written is there and was never in effect.
 */

/** What holds instead of a deployed file of the same name, if there is one. */
const headSchema = v.object({
  files: v.array(
    v.object({
      name: v.string(),
      /** The version that holds, from 1. */
      version: v.number(),
      /** `text`: what was stored. `deployed`: the deployed file again. `gone`: there is no such file any more. */
      kind: v.picklist(['text', 'deployed', 'gone']),
      atMs: v.number(),
      who: v.string(),
      /** A digest of the text; of `text` only. */
      digest: v.exactOptional(v.string()),
      /** What it has; of `text` only. */
      groups: v.exactOptional(v.number()),
      rules: v.exactOptional(v.number()),
      /** UTF-8. */
      bytes: v.exactOptional(v.number()),
      /** A digest of the deployed file when this was saved; absent: there was none. */
      deployedDigest: v.exactOptional(v.string()),
    }),
  ),
});

export type StoredRuleFile = Readonly<v.InferOutput<typeof headSchema>['files'][number]>;

/** Which stored files there are, and the revision that a writer must name. */
export interface RulesHead {
  readonly files: readonly StoredRuleFile[];
  /** 0: nothing was ever stored. */
  readonly revision: number;
}

const versionSchema = v.object({
  kind: v.picklist(['text', 'deployed', 'gone']),
  atMs: v.number(),
  who: v.string(),
  comment: v.string(),
  /** The version it replaced; 0: the deployed file, or none. */
  basedOn: v.number(),
  /** Which version was rolled back to, if that is what was done. */
  rolledBackTo: v.exactOptional(v.number()),
  bytes: v.number(),
  rules: v.number(),
});

/** Who made a version, when and why. */
export interface RuleFileVersion extends Readonly<v.InferOutput<typeof versionSchema>> {
  readonly version: number;
}

const textSchema = v.object({ text: v.string() });

/**
 * Of versions, the newest first, those that were in effect until `version`, which is the first of them: each names the
 * one it replaced. Others were left by saves that were cut short. Of a version that is not there any more: all before it.
 */
export function versionsThatHeld(
  versions: readonly RuleFileVersion[],
  version: number,
): readonly RuleFileVersion[] {
  const byNumber = new Map(versions.map((one) => [one.version, one]));
  if (!byNumber.has(version)) return versions.filter((one) => one.version < version);
  const held: RuleFileVersion[] = [];
  for (let at = byNumber.get(version); at !== undefined; ) {
    held.push(at);
    at = at.basedOn < at.version ? byNumber.get(at.basedOn) : undefined;
  }
  return held;
}

export interface RuleVersionStore {
  readonly head: () => Promise<RulesHead>;
  /** `false`: somebody else wrote since it was read. */
  readonly putHead: (head: RulesHead) => Promise<boolean>;
  /** What a version says; `undefined`: there is no such one any more, or it says nothing (`deployed`, `gone`). */
  readonly text: (file: string, version: number) => Promise<string | undefined>;
  /** All that are kept, the newest first. */
  readonly versions: (file: string) => Promise<readonly RuleFileVersion[]>;
  /** Stores one that is not in effect yet; `false`: there is one of that number. */
  readonly add: (
    file: string,
    version: RuleFileVersion,
    text: string | undefined,
  ) => Promise<boolean>;
  /** Done again, it changes nothing. */
  readonly remove: (file: string, version: number) => Promise<void>;
}

export function createRuleVersionStore(table: Table): RuleVersionStore {
  const put = (sortKey: string, value: unknown, revision = 0) =>
    putEntry(table, RULES_PARTITION, { sortKey, revision, value }, undefined);
  return {
    head: () => readRulesHead(table),
    putHead: ({ files, revision }) => put(RULES_HEAD_SORT_KEY, { files }, revision),
    text: async (file, version) => {
      const entry = await getEntry(table, RULES_PARTITION, ruleTextSortKey(file, version));
      return entry === undefined ? undefined : v.parse(textSchema, entry.value).text;
    },
    versions: (file) => listVersions(table, file),
    add: async (file, { version, ...about }, text) => {
      // The version claims the number; a text without one is nobody's.
      if (!(await put(ruleVersionSortKey(file, version), about))) return false;
      return text === undefined || (await put(ruleTextSortKey(file, version), { text }));
    },
    remove: async (file, version) => {
      // The text first: what is left of a removal that was cut short is listed, and so is removed later.
      for (const sortKey of [ruleTextSortKey(file, version), ruleVersionSortKey(file, version)]) {
        const Key = { [PARTITION_KEY]: { S: RULES_PARTITION }, [SORT_KEY]: { S: sortKey } };
        await table.client.send(new DeleteItemCommand({ TableName: table.name, Key }));
      }
    },
  };
}

/** One read of one small item, a read unit for each 4 KB of it: some 50 files fit into the first. */
async function readRulesHead(table: Table): Promise<RulesHead> {
  const entry = await getEntry(table, RULES_PARTITION, RULES_HEAD_SORT_KEY);
  if (entry === undefined) return { files: [], revision: 0 };
  return { files: v.parse(headSchema, entry.value).files, revision: entry.revision };
}

async function listVersions({ client, name }: Table, file: string): Promise<RuleFileVersion[]> {
  const prefix = ruleVersionPrefix(file);
  const versions: RuleFileVersion[] = [];
  let from: Parameters<typeof readEntry>[0] | undefined;
  do {
    const page = await client.send(
      new QueryCommand({
        TableName: name,
        KeyConditionExpression: `${PARTITION_KEY} = :p AND begins_with(${SORT_KEY}, :f)`,
        ExpressionAttributeValues: { ':p': { S: RULES_PARTITION }, ':f': { S: prefix } },
        ScanIndexForward: false,
        ConsistentRead: true,
        ...(from === undefined ? {} : { ExclusiveStartKey: from }),
      }),
    );
    for (const item of page.Items ?? []) {
      const { sortKey, value } = readEntry(item, RULES_PARTITION);
      const version = Number(sortKey.slice(prefix.length));
      versions.push({ version, ...v.parse(versionSchema, value) });
    }
    from = page.LastEvaluatedKey;
  } while (from !== undefined);
  return versions;
}
