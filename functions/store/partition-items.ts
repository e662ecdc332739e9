import { type AttributeValue, QueryCommand } from '@aws-sdk/client-dynamodb';
import type { Table } from './dynamo.ts';
import { PARTITION_KEY } from './item-keys.ts';

/** All items of a partition by sort key, expired ones that the table still holds too; page by page. */
export async function* partitionItems(
  { client, name }: Table,
  partition: string,
): AsyncGenerator<Readonly<Record<string, AttributeValue>>> {
  let from: Record<string, AttributeValue> | undefined;
  do {
    const page = await client.send(
      new QueryCommand({
        TableName: name,
        KeyConditionExpression: `${PARTITION_KEY} = :p`,
        ExpressionAttributeValues: { ':p': { S: partition } },
        // Who wrote one looks for it at once.
        ConsistentRead: true,
        ...(from === undefined ? {} : { ExclusiveStartKey: from }),
      }),
    );
    yield* page.Items ?? [];
    from = page.LastEvaluatedKey;
  } while (from !== undefined);
}
