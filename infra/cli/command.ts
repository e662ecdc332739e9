import type { Command } from 'commander';
import type { ApiClient } from './client.ts';
import type { CliFailure, Outcome } from './failure.ts';
import { type ConnectionFlags, connect } from './settings.ts';
import { processTerminal, type Terminal } from './terminal.ts';

/** What the shell is told: failed checks and trouble are 1, a wrong command line is 2. */
const EXIT_TROUBLE = 1;
export const EXIT_USAGE = 2;

/** Adds where Hypervigil is, and with what token. */
export function withConnection(command: Command): Command {
  return command
    .option('--url <url>', 'address of Hypervigil (HYPERVIGIL_URL; http://127.0.0.1:9470)')
    .option(
      '--token-file <file>',
      'file with an API token (HYPERVIGIL_TOKEN_FILE; .hypervigil/keys/api.token)',
    );
}

/** Prints the outcome's failure and sets the exit code; a good one sets it where it is `false`. */
export function finish(outcome: Outcome<boolean | undefined>, terminal: Terminal): void {
  if (!outcome.ok) fail(outcome.error, terminal);
  else if (outcome.value === false) process.exitCode = EXIT_TROUBLE;
}

/** Runs an action that needs Hypervigil's API. */
export async function withClient(
  flags: ConnectionFlags,
  action: (client: ApiClient, terminal: Terminal) => Promise<Outcome<boolean | undefined>>,
): Promise<void> {
  const terminal = processTerminal();
  const client = connect(flags, process.env);
  if (!client.ok) fail(client.error, terminal);
  else finish(await action(client.value, terminal), terminal);
}

function fail({ code, message }: CliFailure, terminal: Terminal): void {
  for (const line of message.split('\n')) terminal.note(`hypervigil: ${line}`);
  process.exitCode = code === 'usage' ? EXIT_USAGE : EXIT_TROUBLE;
}
