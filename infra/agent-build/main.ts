/** Makes a release of the agent: `npm run agent:build`. */
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { AGENT_VERSION } from '../../agent/version.ts';
import { AGENT_PLATFORMS, type AgentPlatform } from '../../core/agent-release/release.ts';
import { VERSION_FORMAT } from '../../core/agent-release/version-order.ts';
import { ROOT } from './agent-bundle.ts';
import { buildRelease } from './build-release.ts';
import { namedSigningKey, signingKey, signingKeyFile } from './signing-key.ts';

interface Flags {
  readonly platform: readonly AgentPlatform[];
  readonly out: string;
  readonly packages?: boolean;
  readonly releaseVersion: string;
  readonly cache: string;
  readonly newKey?: boolean;
}

const flags = new Command('npm run agent:build --')
  .description(
    'Makes the agent that is installed: an executable per platform, described and signed.',
  )
  .addOption(
    new Option('--platform <names...>', 'for which platforms')
      .choices(AGENT_PLATFORMS)
      .default([...AGENT_PLATFORMS]),
  )
  .option('--out <dir>', 'where the files go', join('dist', 'agent'))
  .option('--packages', 'also .deb and .rpm; needs nfpm in PATH')
  .option(
    '--release-version <version>',
    'another than in package.json',
    checkedVersion,
    AGENT_VERSION,
  )
  .option('--cache <dir>', 'what was fetched before', defaultCache(process.env))
  .option('--new-key', 'make the key that HYPERVIGIL_SIGNING_KEY names, if it is not there')
  .parse()
  .opts<Flags>();

function checkedVersion(value: string): string {
  if (VERSION_FORMAT.test(value)) return value;
  throw new InvalidArgumentError('give one such as 1.2.3 or 1.2.3-rc.1.');
}

function defaultCache({ XDG_CACHE_HOME }: NodeJS.ProcessEnv): string {
  return join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'hypervigil', 'agent-build');
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

try {
  const { file, isNamed } = signingKeyFile(process.env);
  const mayMake = !isNamed || flags.newKey === true;
  const { key, isNew } = mayMake ? signingKey(file) : { key: namedSigningKey(file), isNew: false };
  if (isNew)
    say(
      `${file}: made. Keep it: installed agents accept only what it signs, and it is nowhere else`,
    );
  await buildRelease(
    {
      platforms: AGENT_PLATFORMS.filter((platform) => flags.platform.includes(platform)),
      outDir: resolve(ROOT, flags.out),
      cacheDir: resolve(flags.cache),
      version: flags.releaseVersion,
      hasPackages: flags.packages === true,
    },
    key,
    say,
  );
} catch (error) {
  say(`no release was made: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
