import { Duration } from 'aws-cdk-lib';
import { type Code, FunctionUrlAuthType } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import {
  AUDIT_PARTITION,
  ENROLMENT_TOKEN_PARTITION,
  HOST_CLAIM_PARTITION,
  HOST_KEY_PARTITION,
  REVOKED_PARTITION,
} from '../../../functions/store/item-keys.ts';
import type { Config } from '../config.ts';
import { NodeFunction } from './node-function.ts';
import type { Store } from './store.ts';

/** Hundreds of hosts a second: enough for any day, and a flood of guesses costs little. */
const CONCURRENCY_MAX = 5;

interface EnrolProps {
  readonly config: Config;
  readonly store: Store;
  readonly code: Code;
}

/**
 * Exchanges enrolment tokens for host keys. A function of its own beside ingest, which anyone may
 * call a thousand times a second and which therefore must not be able to make keys; ingest only
 * shows the way. Auth type NONE as there: the handler checks the token.
 */
export class Enrol extends Construct {
  readonly url: string;

  constructor(scope: Construct, id: string, { config, store, code }: EnrolProps) {
    super(scope, id);
    const handler = new NodeFunction(this, 'Handler', {
      description: 'Exchanges enrolment tokens for host keys',
      code,
      environment: { TABLE_NAME: store.table.tableName },
      memoryMb: 512,
      // An enrolment is seven calls to the table, two of them for the record, and each may have to be tried again.
      timeout: Duration.seconds(20),
      config,
      // Taken out of the account's quota, so only where the settings take from it.
      concurrencyMax:
        config.ingestConcurrencyMax === undefined
          ? undefined
          : Math.min(config.ingestConcurrencyMax, CONCURRENCY_MAX),
    });
    // It sees keys' hashes, names and tokens' hashes, and nothing that was ever measured.
    store.grantWithin(
      handler,
      [HOST_KEY_PARTITION, HOST_CLAIM_PARTITION, ENROLMENT_TOKEN_PARTITION],
      'GetItem',
    );
    store.grantWithin(handler, [HOST_KEY_PARTITION, HOST_CLAIM_PARTITION], 'PutItem');
    // It ends keys and takes uses of tokens; tokens themselves it can't make.
    store.grantWithin(handler, [HOST_KEY_PARTITION, ENROLMENT_TOKEN_PARTITION], 'UpdateItem');
    // A host that enrols anew ends its key before, which functions remember. Each enrolment is on record.
    store.grantWithin(handler, [REVOKED_PARTITION, AUDIT_PARTITION], 'PutItem');
    this.url = handler.addFunctionUrl({ authType: FunctionUrlAuthType.NONE }).url;
  }
}
