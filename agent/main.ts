import { embeddedCommands } from './embedded-commands.ts';
import { isAsked } from './run/answer.ts';

/** The command that lasts for months, in a process that holds nothing else in memory. */
const LASTING = 'run';

/** No top-level await: as one file the agent is a CommonJS module. */
async function main(): Promise<void> {
  // Whether it is the command or, say, a host's name, the command line tells: `run` has it asked.
  const isLasting = process.argv.includes(LASTING, 2) && !isAsked();
  if (isLasting) await (await import('./run/run.ts')).execute();
  else await (embeddedCommands() ?? (await import('./command-line.ts'))).runCommandLine();
  // A call on a dead file server may never return; it must not keep the process.
  process.exit();
}

void main();
