import type { Result } from '../../core/result.ts';
import { EXIT_USAGE, print } from './command.ts';

/** What was found out, or everything that is wrong, one line each. */
export async function tell(told: Result<string, string>): Promise<void> {
  if (told.ok) return print(`${told.value}\n`);
  process.stderr.write(`${told.error}\n`);
  process.exitCode = EXIT_USAGE;
}
