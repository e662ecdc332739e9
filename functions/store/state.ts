import {
  ConditionalCheckFailedException,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { Table } from './dynamo.ts';
import { PARTITION_KEY, SORT_KEY, STATE_PARTITION, STATE_SORT_KEY } from './item-keys.ts';

/** The evaluator's state as bytes, and the revision a writer must name to replace it. */
export interface StoredState {
  /** 0 when nothing was ever written. */
  readonly revision: number;
  readonly bytes: Uint8Array | undefined;
}

/** Attributes: `b` the state, `v` its revision. */
const BYTES = 'b';
const REVISION = 'v';

/** The one place where alert state is kept, changed by optimistic lock only. */
export interface StateStore {
  readonly read: () => Promise<StoredState>;
  /** One conditional PutItem: `false` if another wrote since `revision` was read. */
  readonly replace: (revision: number, bytes: Uint8Array) => Promise<boolean>;
}

export function createStateStore({ client, name }: Table): StateStore {
  const key = { [PARTITION_KEY]: { S: STATE_PARTITION }, [SORT_KEY]: { S: STATE_SORT_KEY } };
  return {
    read: async () => {
      const { Item } = await client.send(
        new GetItemCommand({ TableName: name, Key: key, ConsistentRead: true }),
      );
      return { revision: Number(Item?.[REVISION]?.N ?? 0), bytes: Item?.[BYTES]?.B };
    },
    replace: async (revision, bytes) => {
      try {
        await client.send(
          new PutItemCommand({
            TableName: name,
            Item: { ...key, [BYTES]: { B: bytes }, [REVISION]: { N: String(revision + 1) } },
            ConditionExpression:
              revision === 0 ? `attribute_not_exists(${PARTITION_KEY})` : `${REVISION} = :v`,
            ...(revision === 0
              ? {}
              : { ExpressionAttributeValues: { ':v': { N: String(revision) } } }),
          }),
        );
        return true;
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return false;
        throw error;
      }
    },
  };
}
