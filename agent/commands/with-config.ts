import { type LoadedConfig, loadConfig } from '../config.ts';
import { problemLines } from '../config-command.ts';
import { messageOf } from '../log.ts';
import { EXIT_TROUBLE, EXIT_USAGE, type Flags, fail } from './command.ts';

/** Runs an action with a checked configuration; whatever goes wrong is one line. */
export async function withConfig(
  flags: Flags,
  action: (config: LoadedConfig) => Promise<void>,
): Promise<void> {
  const config = loadConfig(flags, process.env);
  if (!config.ok) {
    for (const line of problemLines(config.error)) fail(EXIT_USAGE, line);
    return;
  }
  try {
    await action(config.value);
  } catch (error) {
    fail(EXIT_TROUBLE, messageOf(error));
  }
}
