import { runCommandLine } from './command-line.ts';

/** No top-level await: as one file the agent is a CommonJS module. */
async function main(): Promise<void> {
  await runCommandLine();
  // A call on a dead file server may never return; it must not keep the process.
  process.exit();
}

void main();
