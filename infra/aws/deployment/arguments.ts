import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import * as v from 'valibot';
import { ROOT } from '../bundle.ts';
import { CONTEXT_KEY, type Config, readConfig } from '../config.ts';

/** What commands about a deployment are told, beside what is their own. */
export interface DeploymentArguments {
  readonly config: Config;
  /** Contexts as the CDK CLI takes them, and options of its own. */
  readonly cdk: readonly string[];
  /** Ask nobody. */
  readonly yes: boolean;
}

export interface DeploymentFlags {
  readonly context?: readonly string[];
  readonly profile?: string;
  readonly yes?: boolean;
}

/** A command with the options that all commands about a deployment have. */
export function deploymentCommand(name: string, description: string): Command {
  return new Command(`npm run ${name} --`)
    .description(description)
    .option(
      '-c, --context <setting...>',
      'a context of the CDK: hypervigil=JSON holds the settings',
    )
    .option('--profile <name>', 'the profile of the AWS configuration to use')
    .option('--yes', 'do not ask')
    .allowUnknownOption()
    .argument('[cdk...]', `further options of "cdk ${name}"`);
}

/** Throws an error that names each setting that is wrong. */
export function readArguments(
  { context = [], profile, yes = false }: DeploymentFlags,
  further: readonly string[],
): DeploymentArguments {
  const config = readConfig(ownContext(context) ?? contextOfFile());
  if (!config.ok) throw new Error(`the settings are wrong:\n${config.error}`);
  const cdk = [
    ...context.flatMap((one) => ['--context', oneLine(one)]),
    ...(profile === undefined ? [] : ['--profile', profile]),
    ...further,
  ];
  return { config: config.value, cdk, yes };
}

function ownContext(context: readonly string[]): string | undefined {
  const start = `${CONTEXT_KEY}=`;
  return context.findLast((one) => one.startsWith(start))?.slice(start.length);
}

/** JSON of several lines, as a file has it: the CDK CLI takes the first line of a context alone. */
function oneLine(context: string): string {
  const start = `${CONTEXT_KEY}=`;
  if (!context.startsWith(start)) return context;
  return `${start}${JSON.stringify(JSON.parse(context.slice(start.length)))}`;
}

const CdkFile = v.object({ context: v.optional(v.record(v.string(), v.unknown()), {}) });

function contextOfFile(): unknown {
  const file = join(ROOT, 'cdk.json');
  const parsed = v.safeParse(CdkFile, JSON.parse(readFileSync(file, 'utf8')));
  if (!parsed.success) throw new Error(`${file}: "context" is not an object`);
  return parsed.output.context[CONTEXT_KEY];
}
