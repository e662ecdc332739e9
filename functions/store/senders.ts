import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { Table } from './dynamo.ts';
import { PARTITION_KEY, SENDER_PARTITION, SORT_KEY, TTL_ATTRIBUTE } from './item-keys.ts';

/**
 * Notes that a sender wrote: one UpdateItem of `SENDER_PARTITION`/<sender>, which keeps the first time
 * (`firstSeenMs`) and the last (`lastSeenMs`). A reader asks the senders found there for their chunks.
 */
export async function noteSender(
  { client, name }: Table,
  sender: string,
  nowMs: number,
  expiresAtMs: number,
): Promise<void> {
  await client.send(
    new UpdateItemCommand({
      TableName: name,
      Key: { [PARTITION_KEY]: { S: SENDER_PARTITION }, [SORT_KEY]: { S: sender } },
      UpdateExpression:
        'SET firstSeenMs = if_not_exists(firstSeenMs, :now), lastSeenMs = :now, #ttl = :ttl',
      ExpressionAttributeNames: { '#ttl': TTL_ATTRIBUTE },
      ExpressionAttributeValues: {
        ':now': { N: String(nowMs) },
        ':ttl': { N: String(Math.ceil(expiresAtMs / 1000)) },
      },
    }),
  );
}
