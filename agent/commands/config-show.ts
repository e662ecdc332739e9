import { showConfigOf } from '../config-command.ts';
import type { Flags } from './command.ts';
import { tell } from './tell.ts';

/** `agent config show`: what holds, and where it came from. */
export function execute(flags: Flags): Promise<void> {
  return tell(showConfigOf(flags, process.env));
}
