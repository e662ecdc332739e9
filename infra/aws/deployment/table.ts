import {
  DeleteTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  ResourceNotFoundException,
  UpdateTableCommand,
  waitUntilTableNotExists,
} from '@aws-sdk/client-dynamodb';

const DELETION_TAKES_S = 300;

export interface FoundTable {
  /** As DynamoDB last counted them, every six hours or so. */
  readonly bytes: number;
  readonly isProtected: boolean;
}

/** `undefined`: there is no such table. */
export async function findTable(name: string): Promise<FoundTable | undefined> {
  try {
    const { Table } = await new DynamoDBClient({}).send(
      new DescribeTableCommand({ TableName: name }),
    );
    return {
      bytes: Table?.TableSizeBytes ?? 0,
      isProtected: Table?.DeletionProtectionEnabled ?? false,
    };
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

/** Deletes a table and all that is in it. */
export async function deleteTable(name: string, { isProtected }: FoundTable): Promise<void> {
  const client = new DynamoDBClient({});
  if (isProtected)
    await client.send(
      new UpdateTableCommand({ TableName: name, DeletionProtectionEnabled: false }),
    );
  await client.send(new DeleteTableCommand({ TableName: name }));
  await waitUntilTableNotExists({ client, maxWaitTime: DELETION_TAKES_S }, { TableName: name });
}
