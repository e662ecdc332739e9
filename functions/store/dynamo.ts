import { DynamoDBClient } from '@aws-sdk/client-dynamodb';

/** Where the table is. */
export interface TableAddress {
  readonly tableName: string;
  /** Only for an embedded or test store; absent on AWS, where the SDK knows. */
  readonly endpoint?: string | undefined;
}

/** The table and a client for it. */
export interface Table {
  readonly name: string;
  readonly client: DynamoDBClient;
}

/** A store that throttles is asked 4 times, with the SDK's backoff and jitter, then its caller is told. */
const MAX_ATTEMPTS = 4;

/** Opens the table; makes no call. */
export function openTable({ tableName, endpoint }: TableAddress): Table {
  const local =
    endpoint === undefined
      ? {}
      : {
          endpoint,
          region: 'local',
          credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
        };
  return { name: tableName, client: new DynamoDBClient({ maxAttempts: MAX_ATTEMPTS, ...local }) };
}
