/** Brings a deployment up or up to date, and says what to do next: `npm run deploy`. */

import { agentReleaseFolder, findAgentRelease } from './agent-release.ts';
import type { Audience, Config } from './config.ts';
import { type DeploymentFlags, deploymentCommand, readArguments } from './deployment/arguments.ts';
import { checkKeyRegion, lookAtKey } from './deployment/customer-key.ts';
import { buildAgent, runCdk } from './deployment/run-program.ts';
import { openStacks, type Stacks } from './deployment/stacks.ts';
import { listSubscriptions } from './deployment/subscriptions.ts';
import { summaryOf } from './deployment/summary.ts';

/** The CDK CLI's own stack of an account and region: its bucket of assets and its roles. */
const TOOLKIT_STACK = 'CDKToolkit';

const TOPIC_OUTPUTS: Readonly<Record<Audience, string>> = {
  critical: 'CriticalTopicArn',
  warning: 'WarningTopicArn',
  info: 'InfoTopicArn',
  operations: 'OperationsTopicArn',
};

interface Flags extends DeploymentFlags {
  readonly agentBuild: boolean;
}

const command = deploymentCommand('deploy', 'Deploys Hypervigil, or what has changed of it.')
  .option('--no-agent-build', 'let hosts install the agent that was built before')
  .parse();

try {
  await deploy(command.opts<Flags>(), command.args);
} catch (error) {
  if (!(error instanceof Error)) throw error;
  console.error(`Not deployed: ${error.message}`);
  process.exitCode = 1;
}

async function deploy(flags: Flags, further: readonly string[]): Promise<void> {
  // The SDK's clients go by it as the CDK CLI does.
  if (flags.profile !== undefined) process.env['AWS_PROFILE'] = flags.profile;
  const { config, cdk, yes } = readArguments(flags, further);
  const stacks = openStacks();
  const { customerKey } = config;
  if (typeof customerKey === 'string') checkKeyRegion(customerKey, await stacks.region());
  // A folder that is named has one already.
  if (flags.agentBuild && !process.env['HYPERVIGIL_AGENT_RELEASE']) await buildAgent();
  if ((await stacks.find(TOOLKIT_STACK)) === undefined) {
    console.error('The CDK has not been used in this account and region yet: preparing them.');
    await runCdk('bootstrap', '--no-notices', ...cdk);
  }
  const approval = yes ? ['--require-approval', 'never'] : [];
  await runCdk('deploy', '--no-notices', ...approval, ...cdk);
  await sayWhatNext(stacks, config);
}

async function sayWhatNext(stacks: Stacks, config: Config): Promise<void> {
  const { name, domain, customerKey } = config;
  const stack = await stacks.find(name);
  // Somebody declined, or only wanted to see what would change.
  if (stack === undefined) return;
  const output = (key: string): string => {
    const value = stack.outputs.get(key);
    if (value === undefined) throw new Error(`the stack ${name} has no output ${key}`);
    return value;
  };
  const topics = Object.entries(TOPIC_OUTPUTS).map(
    ([audience, key]) => [audience as Audience, output(key)] as const,
  );
  const release = findAgentRelease(agentReleaseFolder(process.env));
  const lines = summaryOf({
    name,
    region: await stacks.region(),
    ingestUrl: output('IngestUrl'),
    apiUrl: output('ApiUrl'),
    remoteWriteUrl: output('RemoteWriteUrl'),
    tableName: output('TableName'),
    userPoolId: stack.outputs.get('UserPoolId'),
    cname:
      domain === undefined || domain.hostedZone !== undefined
        ? undefined
        : { name: domain.name, target: output('DomainTarget') },
    ownKey:
      typeof customerKey === 'string'
        ? await lookAtKey(customerKey, output('CriticalTopicArn'))
        : undefined,
    hasAgent: release.ok && release.value !== undefined,
    subscriptions: await listSubscriptions(new Map(topics)),
  });
  console.log(`\n${lines.join('\n')}`);
}
