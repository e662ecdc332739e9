import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { newerVersionText } from '../../core/newer-version.ts';
import { TableCallFailed } from './errors.ts';
import { PARTITION_KEY, SORT_KEY } from './item-keys.ts';

/**
 * The attribute that says in which version of its form an item is. Absent: in the first one, so that it costs
 * nothing until a form changes. What a release merely adds as an attribute or a field that others may do without
 * is no other version; see docs/upgrades.md. Chunks and the evaluator's state say theirs in their own bytes.
 */
const ITEM_VERSION = 'x';

/** All items whose readers call `checkVersion` are in their first form still. */
const KNOWN = 1;

/**
 * Throws for an item that a newer release wrote, as a lasting fault of the table: nobody may take it for what it
 * is not, nor write it anew without what he does not know of.
 */
export function checkVersion(item: Readonly<Record<string, AttributeValue>>): void {
  const version = item[ITEM_VERSION]?.N;
  if (version === undefined || Number(version) <= KNOWN) return;
  const key = `${item[PARTITION_KEY]?.S}/${item[SORT_KEY]?.S}`;
  throw new TableCallFailed('NewerItem', newerVersionText(key, Number(version), KNOWN));
}
