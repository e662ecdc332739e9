import { Command } from 'commander';
import type { CommandModule } from './commands/command.ts';
import { defaultPaths } from './default-paths.ts';
import { AGENT_VERSION } from './version.ts';

/** Runs a command whose module is loaded only now: each needs little of what the others do. */
function lazily(load: () => Promise<CommandModule>) {
  return async (_options: unknown, command: Command): Promise<void> => {
    const { execute } = await load();
    await execute(command.optsWithGlobals());
  };
}

/** The command line of the agent; resolves when the command is done. */
export async function runCommandLine(): Promise<void> {
  const program = new Command('agent')
    .description(
      'Measures this host and its VMs, and posts the numbers to a Hypervigil deployment.',
    )
    .version(AGENT_VERSION)
    .option('--config <file>', `configuration file (default: ${defaultPaths().configFile})`)
    .option('--url <url>', 'address of the deployment (HYPERVIGIL_URL)')
    .option('--key-file <file>', 'file with the host key (HYPERVIGIL_KEY_FILE)')
    .option('--host <name>', "name of this host (HYPERVIGIL_HOST; default: the system's)")
    .option('--sample-interval <time>', 'HYPERVIGIL_SAMPLE_INTERVAL (default: 10s)')
    .option('--batch-interval <time>', 'HYPERVIGIL_BATCH_INTERVAL (default: 60s)')
    .option('--root-dir <dir>', "where the host's file tree is mounted (HYPERVIGIL_ROOT_DIR)")
    .option(
      '--spool-dir <dir>',
      `samples that are not posted yet, or "off" (HYPERVIGIL_SPOOL_DIR; default: $STATE_DIRECTORY/spool or ${defaultPaths({}).spoolDir})`,
    );
  addCommands(program);
  await program.parseAsync();
}

/** A command is its line here, and a module that exports `execute`. */
function addCommands(program: Command): void {
  program
    .command('run')
    .description('measure and post until stopped')
    .action(lazily(() => import('./commands/run.ts')));
  program
    .command('once')
    .description('print one sample as a table')
    .action(lazily(() => import('./commands/once.ts')));
  program
    .command('check')
    .description("say what can and can't be measured, and how to mend it")
    .action(lazily(() => import('./commands/check.ts')));
  program
    .command('enroll')
    .description('get this host its key for an enrolment token')
    .option(
      '--token-file <file>',
      'the token; "-" reads standard input (HYPERVIGIL_ENROLMENT_TOKEN)',
    )
    .option('--token <token>', 'the token itself, which others on this host may see')
    .option('--rotate', 'exchange the key that is there for a new one; both are good for a day')
    .option('--replace', 'forget the key that is there')
    .option('--user <name>', 'who owns the key file (default: who runs this)')
    .action(lazily(() => import('./commands/enroll.ts')));
  program
    .command('update')
    .description('replace this agent by what the deployment offers, if that is good')
    .option('--check', 'say what is offered, change nothing')
    .option('--if-allowed', 'only where update.policy is auto: for the timer')
    .option('--reinstall', 'also the version that is there')
    .option('--allow-downgrade', 'also an older one')
    .option('--to-version <version>', 'this one or none; the one before is still on the disk')
    .option(
      '--verify <path>',
      'only check a release in a folder, or a file of it, by its signature',
    )
    .action(lazily(() => import('./commands/update.ts')));
  program
    .command('service-limits')
    .description('print the drop-in that its unit needs on a disk that reads far ahead, or nothing')
    .action(lazily(() => import('./commands/service-limits.ts')));
  // Questions that a running agent asks.
  program.command('facts', { hidden: true }).action(lazily(() => import('./commands/facts.ts')));
  program
    .command('trust', { hidden: true })
    .requiredOption('--server <url>')
    .action(lazily(() => import('./commands/trust.ts')));

  const config = program.command('config').description('the configuration of the agent');
  config
    .command('check')
    .description('name everything wrong with it, with line and reason')
    .action(lazily(() => import('./commands/config-check.ts')));
  config
    .command('show')
    .description('print what holds, and where it came from')
    .action(lazily(() => import('./commands/config-show.ts')));
}
