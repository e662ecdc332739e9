import type { AppProps } from 'aws-cdk-lib';
import { App, Validations } from 'aws-cdk-lib';
import type { Code } from 'aws-cdk-lib/aws-lambda';
import { AwsSolutionsChecks } from 'cdk-nag';
import type { BuiltRelease } from './agent-release.ts';
import type { Config } from './config.ts';
import type { FunctionName } from './hypervigil.ts';
import { HypervigilStack } from './stack.ts';

/** CDK's present defaults, of which an app without these flags keeps the ones of 2021. */
const FEATURE_FLAGS = {
  '@aws-cdk/aws-iam:minimizePolicies': true,
  '@aws-cdk/core:enablePartitionLiterals': true,
  '@aws-cdk/core:target-partitions': ['aws'],
  '@aws-cdk/core:checkSecretUsage': true,
  '@aws-cdk/core:explicitStackTags': true,
  '@aws-cdk/aws-kms:reduceCrossAccountRegionPolicyScope': true,
};

/** The app without settings: they are in its context, under `CONTEXT_KEY`. */
export function newApp(props: AppProps = {}): App {
  return new App({ ...props, postCliContext: FEATURE_FLAGS, analyticsReporting: false });
}

/**
 * Adds the stack and the AWS Solutions checks, which run at synthesis and fail it. The stack names
 * no account or region, so it is synthesized without credentials and deploys anywhere.
 *
 * @param code gives the code of each Lambda; tests need none that runs
 * @param release the agent that hosts can install; absent: none was built
 */
export function addHypervigil(
  app: App,
  config: Config,
  code: (name: FunctionName) => Code,
  release?: BuiltRelease,
): HypervigilStack {
  const stack = new HypervigilStack(app, config.name, { config, code, release });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  return stack;
}
