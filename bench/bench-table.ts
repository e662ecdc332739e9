import { once } from 'node:events';
import dynalite from 'dynalite';
import { ensureTable } from '../functions/store/create-table.ts';
import { openTable, type Table } from '../functions/store/dynamo.ts';

const TOPIC = 'arn:aws:sns:local:000000000000:none';

/** A table in memory, in this process, which counts units as DynamoDB does. */
export interface BenchTable {
  readonly table: Table;
  /** What points a function at it. */
  readonly environment: Readonly<Record<string, string>>;
  readonly close: () => void;
}

export async function startBenchTable(): Promise<BenchTable> {
  const server = dynalite({ createTableMs: 0 });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const endpoint = `http://127.0.0.1:${address.port}`;
  const table = openTable({ tableName: 'bench', endpoint });
  await ensureTable(table);
  return {
    table,
    environment: {
      TABLE_NAME: table.name,
      DYNAMODB_ENDPOINT: endpoint,
      RULES_DIR: 'rules',
      TOPIC_ARN_CRITICAL: TOPIC,
      TOPIC_ARN_WARNING: TOPIC,
      TOPIC_ARN_INFO: TOPIC,
    },
    close: () => {
      table.client.destroy();
      server.close();
    },
  };
}
