import { Duration } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { type Code, FunctionUrlAuthType, type IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { Config } from '../config.ts';
import { NodeFunction } from './node-function.ts';
import type { Store } from './store.ts';

interface IngestProps {
  readonly config: Config;
  readonly store: Store;
  /** Where hosts enrol. */
  readonly enrolUrl: string;
  /** Answers what is asked of us about agents. */
  readonly install: IFunction;
  /** Started for a batch that cannot wait for the schedule. */
  readonly evaluator: IFunction;
  readonly code: Code;
}

/**
 * Takes the agents' batches over HTTPS.
 *
 * The Function URL has auth type NONE because the handler itself checks each host's key: IAM auth
 * would need AWS credentials on every watched host, and a gateway in front would cost several times
 * the request. There is no CORS: browsers have no business here.
 */
export class Ingest extends Construct {
  readonly handler: NodeFunction;
  readonly url: string;

  constructor(scope: Construct, id: string, props: IngestProps) {
    super(scope, id);
    const { config, store, enrolUrl, install, evaluator, code } = props;
    this.handler = new NodeFunction(this, 'Handler', {
      description: "Checks and stores agents' batches",
      code,
      environment: {
        TABLE_NAME: store.table.tableName,
        SHARD_COUNT: String(config.shardCount),
        RAW_RETENTION_DAYS: String(config.rawRetentionDays),
        ENROL_URL: enrolUrl,
        INSTALL_FUNCTION: install.functionName,
        EVALUATOR_FUNCTION: evaluator.functionName,
      },
      // A batch takes one or two ms of CPU, at any memory for the same price, and one write of the table, which
      // costs by memory. Less than 256 MB would hold a batch of the greatest size hardly.
      memoryMb: 256,
      // Room for the SDK's retries against a throttled table, and for an urgent batch to wait 5 s for
      // its turn to start a tick; agents wait as long and send again.
      timeout: Duration.seconds(10),
      config,
      concurrencyMax: config.ingestConcurrencyMax,
    });
    // GetItem reads the host's key; PutItem is the one conditional write of a batch.
    store.grant(this.handler, 'GetItem', 'PutItem');
    // The functions alone, no version of them; a batch is stored whether or not this works.
    this.handler.addToRolePolicy(
      new PolicyStatement({
        actions: ['lambda:InvokeFunction'],
        resources: [evaluator.functionArn, install.functionArn],
      }),
    );
    this.url = this.handler.addFunctionUrl({ authType: FunctionUrlAuthType.NONE }).url;
  }
}
