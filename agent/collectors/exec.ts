import { runCommand } from '../run-command.ts';
import type { ExecSettings } from '../source-settings.ts';
import type { Collector } from './collector.ts';
import { createForeignCollector } from './foreign-sources.ts';

const OUTPUT_MAX_BYTES = 1 << 20;

/**
 * Numbers that own commands print in the text format. A command gets a process group of its own, which
 * is killed when its time is over. One with an exit code other than 0 has failed, whatever it printed.
 */
export function createExecCollector(
  commands: readonly ExecSettings[],
  monotonicMs: () => number,
): Collector {
  const stop = new AbortController();
  const sources = commands.map(({ name, command, interval, timeout, ...options }) => ({
    job: 'exec',
    instance: name,
    labels: options.labels,
    include: options.include,
    exclude: options.exclude,
    maxSeries: options.maxSeries,
    intervalMs: interval,
    read: () => printed(command, timeout, stop.signal),
  }));
  const mend = "run the command below exec: by hand, as the agent's user";
  const collector = createForeignCollector('exec', sources, monotonicMs, mend);
  return {
    ...collector,
    async close() {
      stop.abort();
      await collector.close?.();
    },
  };
}

async function printed(
  [program = '', ...args]: readonly string[],
  timeoutMs: number,
  signal: AbortSignal,
): Promise<string> {
  const limits = { timeoutMs, maxBytes: OUTPUT_MAX_BYTES, signal };
  const { exitCode, stdout, stderr } = await runCommand(program, args, limits);
  if (exitCode === 0) return stdout;
  const [complaint = ''] = stderr.trim().split('\n');
  const end = exitCode === undefined ? 'killed by a signal' : `exit code ${exitCode}`;
  throw new Error(complaint === '' ? end : `${end}: ${complaint}`);
}
