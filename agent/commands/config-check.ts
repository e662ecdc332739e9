import { checkConfig } from '../config-command.ts';
import type { Flags } from './command.ts';
import { tell } from './tell.ts';

/** `agent config check`: everything wrong with the configuration. */
export function execute(flags: Flags): Promise<void> {
  return tell(checkConfig(flags, process.env));
}
