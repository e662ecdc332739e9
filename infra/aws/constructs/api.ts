import { Duration } from 'aws-cdk-lib';
import { type Code, FunctionUrlAuthType } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { Config } from '../config.ts';
import { NodeFunction } from './node-function.ts';
import type { Store } from './store.ts';

interface ApiProps {
  readonly config: Config;
  readonly store: Store;
  readonly code: Code;
}

/**
 * Answers Prometheus' HTTP API, for Grafana, promtool and scripts. The Function URL has auth type
 * NONE because the handler checks an API token, which those programs can send and IAM's signatures
 * they can't. No CORS: no page of another origin has business here.
 */
export class Api extends Construct {
  readonly url: string;

  constructor(scope: Construct, id: string, { config, store, code }: ApiProps) {
    super(scope, id);
    const handler = new NodeFunction(this, 'Handler', {
      description: "Answers queries as Prometheus' HTTP API does",
      code,
      environment: {
        TABLE_NAME: store.table.tableName,
        SHARD_COUNT: String(config.shardCount),
        RAW_RETENTION_DAYS: String(config.rawRetentionDays),
        RULES_DIR: './rules',
      },
      // A query is decoding and arithmetic in one thread: one whole vCPU, and room for the samples of
      // the largest query the handler accepts.
      memoryMb: 1769,
      // Above the handler's own limit of 25 s for a query, so that it can say what took too long.
      timeout: Duration.seconds(30),
      logRetentionDays: config.logRetentionDays,
    });
    // GetItem: tokens and alert state. Query and BatchGetItem: minutes and the inventory.
    store.grant(handler, 'Query', 'GetItem', 'BatchGetItem');
    this.url = handler.addFunctionUrl({ authType: FunctionUrlAuthType.NONE }).url;
  }
}
