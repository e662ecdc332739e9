import { join } from 'node:path';
import { Duration, Stack, Validations } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Code, IFunction } from 'aws-cdk-lib/aws-lambda';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { Construct } from 'constructs';
import {
  ENROLMENT_TOKEN_PARTITION,
  HOST_KEY_PARTITION,
} from '../../../functions/store/item-keys.ts';
import type { BuiltRelease } from '../agent-release.ts';
import type { Config } from '../config.ts';
import { NodeFunction } from './node-function.ts';
import type { Store } from './store.ts';

/** Some hundred hosts a second: enough for any day, and a flood of guesses costs little. */
const CONCURRENCY_MAX = 5;

interface InstallProps {
  readonly config: Config;
  readonly store: Store;
  /** Absent: none was built, and the deployment says so to whoever wants to install one. */
  readonly release: BuiltRelease | undefined;
  /** Where hosts reach the deployment; absent: at the Function URL by which they asked. */
  readonly publicUrl: string | undefined;
  readonly code: Code;
}

/**
 * Serves the agent: scripts that install it, and signed addresses of its files, which lie in the CDK's
 * bucket of assets. It has no address of its own: ingest hands it what is asked of it, so that a host
 * need know one address only, and tell no other its credential.
 */
export class Install extends Construct {
  readonly handler: IFunction;

  constructor(scope: Construct, id: string, props: InstallProps) {
    super(scope, id);
    const { config, store, release, publicUrl, code } = props;
    const assets = this.assetsOf(release);
    const [first] = assets.values();
    const keys = Object.fromEntries([...assets].map(([name, asset]) => [name, asset.s3ObjectKey]));
    const handler = new NodeFunction(this, 'Handler', {
      description: 'Serves what installs agents',
      code,
      environment: {
        TABLE_NAME: store.table.tableName,
        ...(publicUrl === undefined ? {} : { DEPLOYMENT_URL: publicUrl }),
        ...(first === undefined
          ? {}
          : { FILES_BUCKET: first.s3BucketName, FILE_KEYS: Stack.of(this).toJsonString(keys) }),
      },
      memoryMb: 512,
      // Below what ingest waits for it.
      timeout: Duration.seconds(8),
      config,
      // Taken out of the account's quota, so only where the settings take from it.
      concurrencyMax:
        config.ingestConcurrencyMax === undefined
          ? undefined
          : Math.min(config.ingestConcurrencyMax, CONCURRENCY_MAX),
    });
    store.grantWithin(handler, [HOST_KEY_PARTITION, ENROLMENT_TOKEN_PARTITION], 'GetItem');
    for (const asset of assets.values())
      handler.addToRolePolicy(
        new PolicyStatement({
          actions: ['s3:GetObject'],
          resources: [asset.bucket.arnForObjects(asset.s3ObjectKey)],
        }),
      );
    if (release === undefined)
      Validations.of(this).addWarning(
        'hypervigil:no-agent',
        'No agent was built, so this deployment can install none: "npm run agent:build" makes one, and "npm run deploy" does so by itself.',
      );
    this.handler = handler;
  }

  /** Each file by its name. Its content's hash is known, so it need not be read again. */
  private assetsOf(release: BuiltRelease | undefined): ReadonlyMap<string, Asset> {
    if (release === undefined) return new Map();
    const { folder } = release;
    const { files, companions = [] } = release.release;
    return new Map(
      [...files, ...companions].map(({ name, sha256 }) => {
        const props = { path: join(folder, name), assetHash: sha256, displayName: name };
        return [name, new Asset(this, name, props)];
      }),
    );
  }
}
