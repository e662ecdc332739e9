import {
  type AttributeValue,
  ConditionalCheckFailedException,
  DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import * as v from 'valibot';
import type { Table } from '../../functions/store/dynamo.ts';
import { PARTITION_KEY, SORT_KEY } from '../../functions/store/item-keys.ts';
import { itemBytes } from '../cost/items.ts';

/** Units of a table since they were last looked at, as DynamoDB bills them. */
export interface Units {
  writeUnits: number;
  readUnits: number;
  writtenBytes: number;
}

type Item = Record<string, AttributeValue>;
const itemSchema = v.custom<Item>((value) => typeof value === 'object' && value !== null);
const inputSchema = v.object({
  Item: v.optional(itemSchema),
  Key: v.optional(itemSchema),
  ExpressionAttributeValues: v.optional(v.record(v.string(), itemSchema)),
});

const WRITE_UNIT_BYTES = 1024;
const READ_UNIT_BYTES = 4096;

/** A table in memory that takes what the state's store asks of it, one writer at a time, and counts units. */
export function countedTable(): { table: Table; take: () => Units } {
  const items = new Map<string, Item>();
  let units: Units = { writeUnits: 0, readUnits: 0, writtenBytes: 0 };
  const keyOf = (item: Item | undefined) => `${item?.[PARTITION_KEY]?.S}/${item?.[SORT_KEY]?.S}`;
  const read = (some: readonly Item[]) => {
    const bytes = some.reduce((sum, item) => sum + itemBytes(item), 0);
    units.readUnits += Math.max(1, Math.ceil(bytes / READ_UNIT_BYTES));
  };
  const write = (item: Item | undefined) => {
    const bytes = item === undefined ? 1 : itemBytes(item);
    units.writeUnits += Math.ceil(bytes / WRITE_UNIT_BYTES);
  };
  const answer = (command: string, input: unknown): object => {
    const { Item, Key, ExpressionAttributeValues: values } = v.parse(inputSchema, input);
    const known = items.get(keyOf(Item ?? Key));
    switch (command) {
      case 'GetItemCommand':
        read(known === undefined ? [] : [known]);
        return known === undefined ? {} : { Item: known };
      case 'DeleteItemCommand':
        write(known);
        items.delete(keyOf(Key));
        return {};
      case 'QueryCommand': {
        const prefix = `${Object.values(values?.[':p'] ?? {})}/${Object.values(values?.[':s'] ?? {})}`;
        const found = [...items].filter(([key]) => key.startsWith(prefix)).sort();
        read(found.map(([, item]) => item));
        return { Items: found.map(([, item]) => item) };
      }
      case 'PutItemCommand': {
        const wanted = Object.values(values?.[':v'] ?? { N: known?.['v']?.N })[0];
        if (known?.['v']?.N !== wanted)
          throw new ConditionalCheckFailedException({ message: 'refused', $metadata: {} });
        write(Item);
        units.writtenBytes += Item === undefined ? 0 : itemBytes(Item);
        if (Item !== undefined) items.set(keyOf(Item), Item);
        return known === undefined ? {} : { Attributes: known };
      }
      default:
        throw new Error(`${command} is not known here`);
    }
  };
  const client = new DynamoDBClient({ region: 'local', endpoint: 'http://127.0.0.1:1' });
  client.middlewareStack.add(
    (_next, { commandName = '' }) =>
      async ({ input }) => ({
        output: { $metadata: {}, ...answer(commandName, input) },
        response: undefined,
      }),
    { step: 'initialize', priority: 'high' },
  );
  const take = () => {
    const taken = units;
    units = { writeUnits: 0, readUnits: 0, writtenBytes: 0 };
    return taken;
  };
  return { table: { name: 'counted', client }, take };
}
