import type { TestTable } from '../functions/table.ts';
import { startTable } from '../functions/table.ts';
import { ANSWER_MS } from './faults.ts';
import { type FaultyProxy, startProxy } from './proxy.ts';

/** A table, and the way to it on which functions meet faults; tests look at the table itself. */
export interface FaultyTable extends TestTable {
  readonly proxy: FaultyProxy;
}

export async function startFaultyTable(): Promise<FaultyTable> {
  const store = await startTable();
  const proxy = await startProxy(store.environment['DYNAMODB_ENDPOINT'] ?? '');
  return {
    ...store,
    proxy,
    environment: {
      ...store.environment,
      DYNAMODB_ENDPOINT: proxy.endpoint,
      TABLE_ANSWER_MS: String(ANSWER_MS),
    },
    close: async () => {
      proxy.close();
      await store.close();
    },
  };
}
