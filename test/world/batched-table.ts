import { BatchWriteItemCommand, type WriteRequest } from '@aws-sdk/client-dynamodb';
import * as v from 'valibot';
import { openTable, type Table } from '../../functions/store/dynamo.ts';

/** DynamoDB's limit for a BatchWriteItem. */
const BATCH_ITEMS = 25;
const BATCHES_AT_ONCE = 4;

const putSchema = v.object({
  Item: v.record(
    v.string(),
    v.custom<never>(() => true),
  ),
});

/** A table whose puts are gathered, without their conditions, and written many at once: ten times as fast. */
export interface BatchedTable {
  readonly table: Table;
  /** Writes what was gathered. */
  readonly flush: () => Promise<void>;
}

export function openBatched(tableName: string, endpoint: string): BatchedTable {
  const table = openTable({ tableName, endpoint });
  const writer = openTable({ tableName, endpoint });
  let waiting: WriteRequest[] = [];
  table.client.middlewareStack.add(
    (next, { commandName = '' }) =>
      async (args) => {
        if (commandName !== 'PutItemCommand') return next(args);
        const { Item } = v.parse(putSchema, args.input);
        waiting.push({ PutRequest: { Item } });
        if (waiting.length >= BATCH_ITEMS * BATCHES_AT_ONCE) await write();
        return { output: { $metadata: {} }, response: undefined };
      },
    { step: 'initialize', priority: 'high' },
  );
  const write = async (): Promise<void> => {
    const all = waiting;
    waiting = [];
    const batches: WriteRequest[][] = [];
    for (let at = 0; at < all.length; at += BATCH_ITEMS)
      batches.push(all.slice(at, at + BATCH_ITEMS));
    await Promise.all(
      batches.map((batch) =>
        writer.client.send(new BatchWriteItemCommand({ RequestItems: { [tableName]: batch } })),
      ),
    );
  };
  return { table, flush: write };
}
