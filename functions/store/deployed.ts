import * as v from 'valibot';
import { getEntry, putEntry } from './conf-items.ts';
import type { Table } from './dynamo.ts';
import { DEPLOYED_PARTITION, DEPLOYED_SORT_KEY } from './item-keys.ts';

const texts = v.record(v.string(), v.string());

/** What runs, by names: of each rule, file and setting a digest, or its value where that is short and no secret. */
const schema = v.object({ version: v.string(), rules: texts, files: texts, settings: texts });
export type Deployed = v.InferOutput<typeof schema>;

/** What ran when that was last looked at; `undefined`: nobody looked yet, or what is there is of another form. */
export async function readDeployed(
  table: Table,
): Promise<{ readonly deployed: Deployed | undefined; readonly revision: number }> {
  const entry = await getEntry(table, DEPLOYED_PARTITION, DEPLOYED_SORT_KEY);
  if (entry === undefined) return { deployed: undefined, revision: 0 };
  const read = v.safeParse(schema, entry.value);
  return { deployed: read.success ? read.output : undefined, revision: entry.revision };
}

/** `false` when another function wrote first. */
export function putDeployed(table: Table, deployed: Deployed, revision: number): Promise<boolean> {
  const sortKey = DEPLOYED_SORT_KEY;
  return putEntry(table, DEPLOYED_PARTITION, { sortKey, revision, value: deployed }, undefined);
}
