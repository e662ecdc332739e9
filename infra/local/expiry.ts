import { type AttributeValue, DeleteItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import type { Table } from '../../functions/store/dynamo.ts';
import { PARTITION_KEY, SORT_KEY, TTL_ATTRIBUTE } from '../../functions/store/item-keys.ts';

/**
 * Deletes what has expired, as DynamoDB's TTL does on AWS and the embedded store does not: without
 * it the data folder would grow for ever. The answer is the number of items deleted.
 */
export async function deleteExpired({ client, name }: Table, nowMs: number): Promise<number> {
  const nowSeconds = Math.floor(nowMs / 1000);
  let deleted = 0;
  let from: Record<string, AttributeValue> | undefined;
  do {
    const page = await client.send(
      new ScanCommand({
        TableName: name,
        Limit: PAGE_ITEMS,
        ProjectionExpression: '#p, #s',
        FilterExpression: '#ttl < :now',
        ExpressionAttributeNames: { '#p': PARTITION_KEY, '#s': SORT_KEY, '#ttl': TTL_ATTRIBUTE },
        ExpressionAttributeValues: { ':now': { N: String(nowSeconds) } },
        ...(from === undefined ? {} : { ExclusiveStartKey: from }),
      }),
    );
    for (const key of page.Items ?? []) {
      await client.send(new DeleteItemCommand({ TableName: name, Key: key }));
      deleted++;
    }
    from = page.LastEvaluatedKey;
  } while (from !== undefined);
  return deleted;
}

/** Small pages: the store shares its thread with everything else. */
const PAGE_ITEMS = 200;
