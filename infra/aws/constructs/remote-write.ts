import { Duration } from 'aws-cdk-lib';
import { type Code, FunctionUrlAuthType } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { Config } from '../config.ts';
import { NodeFunction } from './node-function.ts';
import type { Store } from './store.ts';

interface RemoteWriteProps {
  readonly config: Config;
  readonly store: Store;
  readonly code: Code;
}

/**
 * Takes what Prometheus servers write remotely. A function of its own beside ingest: it carries
 * protobuf and snappy, which agents' batches need not wait for at a cold start. Auth type NONE as
 * for ingest: the handler checks the sender's key.
 */
export class RemoteWrite extends Construct {
  readonly handler: NodeFunction;
  readonly url: string;

  constructor(scope: Construct, id: string, { config, store, code }: RemoteWriteProps) {
    super(scope, id);
    this.handler = new NodeFunction(this, 'Handler', {
      description: 'Stores what Prometheus servers write remotely',
      code,
      environment: {
        TABLE_NAME: store.table.tableName,
        SHARD_COUNT: String(config.shardCount),
        RAW_RETENTION_DAYS: String(config.rawRetentionDays),
        MINUTE_RETENTION_DAYS: String(config.minuteRetentionDays),
        HOUR_RETENTION_DAYS: String(config.hourRetentionDays),
      },
      // A request of 2,000 samples is some 20 ms of CPU at this size, one of an import's 110,000 a second.
      memoryMb: 512,
      timeout: Duration.seconds(20),
      config,
      concurrencyMax: config.ingestConcurrencyMax,
    });
    // GetItem: keys. PutItem: chunks, rollups of history, and a sender's note an hour; Query asks what is known of these.
    store.grant(this.handler, 'GetItem', 'Query', 'PutItem');
    this.url = this.handler.addFunctionUrl({ authType: FunctionUrlAuthType.NONE }).url;
  }
}
