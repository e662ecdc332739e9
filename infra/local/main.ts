import { Command } from 'commander';
import { type LocalFlags, readLocalSettings } from './settings.ts';
import { startStack } from './stack.ts';
import type { StartFailure } from './start-failure.ts';

/** npm passes a Ctrl-C on that the terminal has sent us already: that is not a second one. */
const SAME_SIGNAL_MS = 1_000;
/** Stopping takes up to 15 s when everything hangs. */
const STOP_WITHIN_MS = 20_000;

const program = new Command('npm start --')
  .description('Runs all of Hypervigil on this machine: agent, table, rules, messages.')
  .option('--port <number>', 'where agents post; 0 takes a free one (HYPERVIGIL_PORT; 9470)')
  .option('--data <folder>', 'what is kept (HYPERVIGIL_DATA; .hypervigil)')
  .option('--rules <folder>', 'rule files, *.rules.yaml (HYPERVIGIL_RULES; rules)')
  .option('--tick <time>', 'how often rules are evaluated (HYPERVIGIL_TICK; 60s)')
  .option(
    '--external-url <url>',
    'where people reach this stack, for links (HYPERVIGIL_EXTERNAL_URL; its own address)',
  )
  .option(
    '--alertmanager <url>',
    'an Alertmanager to tell of all alerts, repeatable (HYPERVIGIL_ALERTMANAGER)',
    (url: string, before: readonly string[] = []) => [...before, url],
  )
  .option('--no-agent', 'do not measure this machine')
  .option('--plain', 'log lines instead of the live view')
  .addHelpText(
    'after',
    `
Emails are sent when both are set:
  HYPERVIGIL_SMTP_URL    smtp://user:password@mail.example:587
  HYPERVIGIL_EMAIL_TO    who gets them, separated by commas
  HYPERVIGIL_EMAIL_FROM  the sender; the SMTP user if it is an address

The agent that other hosts can install from here (npm run agent:build makes it):
  HYPERVIGIL_AGENT_RELEASE  its folder; dist/agent`,
  )
  .action(run);

await program.parseAsync();

async function run(flags: LocalFlags): Promise<void> {
  const settings = readLocalSettings(flags, process.env);
  if (!settings.ok) return fail(settings.error);
  // Whoever reads our output may go; the watching goes on.
  process.stdout.on('error', () => {});
  const stopRequested = new Promise<void>((resolve) => onStopSignal(resolve));
  const stack = await startStack(settings.value, process.stdout);
  if (!stack.ok) return fail(stack.error);
  await stopRequested;
  setTimeout(() => process.exit(1), STOP_WITHIN_MS).unref();
  await stack.value.stop();
  process.exit(0);
}

/** The first signal asks for a stop; another, later one ends the process as it is. */
function onStopSignal(stop: () => void): void {
  let firstMs: number | undefined;
  const onSignal = () => {
    firstMs ??= performance.now();
    if (performance.now() - firstMs > SAME_SIGNAL_MS) process.exit(1);
    stop();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
}

function fail({ message }: StartFailure): void {
  for (const line of message.split('\n')) process.stderr.write(`hypervigil: ${line}\n`);
  process.exitCode = 1;
  // Whatever a start that failed has left open must not keep it waiting.
  process.exit();
}
