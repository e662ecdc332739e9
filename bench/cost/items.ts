import { type AttributeValue, ScanCommand } from '@aws-sdk/client-dynamodb';
import type { Table } from '../../functions/store/dynamo.ts';
import { PARTITION_KEY, SORT_KEY, senderOf } from '../../functions/store/item-keys.ts';

/** What an item is for; each sort is kept for a time of its own. */
export type ItemSort =
  | 'samples'
  | 'minute points'
  | 'hour points'
  | 'hour points of VMs'
  | 'blocks of days'
  | 'samples of rules'
  | 'points of rules'
  | 'all else';

/** How many items of a sort a table has, and their sizes together. */
export interface ItemCount {
  readonly items: number;
  readonly bytes: number;
}

/** Looks at every item of a table. */
export async function countItems({ client, name }: Table): Promise<Map<ItemSort, ItemCount>> {
  const counts = new Map<ItemSort, ItemCount>();
  let from: Record<string, AttributeValue> | undefined;
  do {
    const page = await client.send(
      new ScanCommand({
        TableName: name,
        ...(from === undefined ? {} : { ExclusiveStartKey: from }),
      }),
    );
    for (const item of page.Items ?? []) {
      const sort = sortOf(item[PARTITION_KEY]?.S ?? '', item[SORT_KEY]?.S ?? '');
      const { items, bytes } = counts.get(sort) ?? { items: 0, bytes: 0 };
      counts.set(sort, { items: items + 1, bytes: bytes + itemBytes(item) });
    }
    from = page.LastEvaluatedKey;
  } while (from !== undefined);
  return counts;
}

function sortOf(partition: string, sortKey: string): ItemSort {
  if (partition.startsWith('M#'))
    return senderOf(sortKey) === undefined ? 'samples' : 'samples of rules';
  if (partition.startsWith('S#')) return 'points of rules';
  if (partition.startsWith('V#')) return 'hour points of VMs';
  if (!partition.startsWith('H#')) return 'all else';
  if (sortKey.startsWith('R#60#')) return 'minute points';
  return sortKey.startsWith('R#M#') ? 'blocks of days' : 'hour points';
}

/**
 * The size of an item as DynamoDB bills it, names of attributes included. Throws at a set. Source: "DynamoDB item sizes and formats", developer guide.
 */
export function itemBytes(item: Readonly<Record<string, AttributeValue>>): number {
  let bytes = 0;
  for (const [name, value] of Object.entries(item))
    bytes += Buffer.byteLength(name) + valueBytes(name, value);
  return bytes;
}

function valueBytes(name: string, value: AttributeValue): number {
  if (value.S !== undefined) return Buffer.byteLength(value.S);
  if (value.B !== undefined) return value.B.length;
  // Two digits a byte and one for the exponent, without zeros at the ends.
  if (value.N !== undefined) return Math.ceil(value.N.replace(/[-.]|^0+|0+$/g, '').length / 2) + 1;
  if (value.L !== undefined)
    return value.L.reduce((sum, one) => sum + 1 + valueBytes(name, one), 3);
  if (value.BOOL !== undefined || value.NULL !== undefined) return 1;
  throw new Error(`attribute ${name}: no string, number, bytes or list but ${Object.keys(value)}`);
}
