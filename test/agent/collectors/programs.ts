import type { Collector } from '../../../agent/collectors/collector.ts';
import type { CommandOutput } from '../../../agent/run-command.ts';
import { collect } from '../fixture-host.ts';

/** A program that answers each call as the test says. */
export function program(answer: (args: readonly string[]) => Partial<CommandOutput> | Error) {
  const calls: (readonly string[])[] = [];
  const run = async (args: readonly string[]): Promise<CommandOutput> => {
    calls.push(args);
    const output = answer(args);
    if (output instanceof Error) throw output;
    return { exitCode: 0, stdout: '', stderr: '', ...output };
  };
  return { run, calls };
}

/** What the system says where a program is not installed. */
export function notInstalled(): Error {
  return Object.assign(new Error('spawn ENOENT'), { code: 'ENOENT' });
}

/** The numbers of a collector that reads beside the samples, once its first reading has come. */
export async function collectSettled(
  collector: Collector,
): Promise<Readonly<Record<string, number>>> {
  await collector.collect({ nowMs: 1, withinMs: 1000 });
  await collector.close?.();
  return collect(collector);
}
