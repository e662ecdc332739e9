import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import * as v from 'valibot';
import { createSnsSink } from '../../infra/local/sns-sink.ts';

/** Stand-ins for what the functions call: a table that counts units as DynamoDB does, and an SNS. */
export interface Services {
  readonly table: string;
  readonly sns: string;
  readonly close: () => Promise<void>;
}

export async function startServices(): Promise<Services> {
  const sns = await createSnsSink([]);
  if (!sns.ok) throw new Error(sns.error.message);
  const worker = new Worker(new URL('./table-worker.ts', import.meta.url));
  const [endpoint]: unknown[] = await once(worker, 'message');
  return {
    table: v.parse(v.string(), endpoint),
    sns: sns.value.endpoint,
    close: async () => {
      await sns.value.close();
      await worker.terminate();
    },
  };
}
