import type { AddressInfo } from 'node:net';
import dynalite from 'dynalite';
import { ensureTable } from '../../functions/store/create-table.ts';
import { openTable, type Table } from '../../functions/store/dynamo.ts';

/** A table in memory, speaking DynamoDB's protocol; the functions are pointed at it by environment. */
export interface TestTable {
  readonly table: Table;
  readonly environment: Readonly<Record<string, string>>;
  readonly close: () => Promise<void>;
}

export async function startTable(tableName = 'test'): Promise<TestTable> {
  const server = dynalite({ createTableMs: 0 });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address() as AddressInfo;
  const endpoint = `http://127.0.0.1:${address.port}`;
  const table = openTable({ tableName, endpoint });
  await ensureTable(table);
  return {
    table,
    environment: {
      TABLE_NAME: tableName,
      DYNAMODB_ENDPOINT: endpoint,
      TOPIC_ARN_CRITICAL: 'arn:aws:sns:local:000000000000:critical',
      TOPIC_ARN_WARNING: 'arn:aws:sns:local:000000000000:warning',
      TOPIC_ARN_INFO: 'arn:aws:sns:local:000000000000:info',
    },
    close: async () => {
      table.client.destroy();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}
