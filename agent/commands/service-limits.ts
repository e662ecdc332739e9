import { readAheadOfProgram } from '../service-limits/read-ahead.ts';
import { serviceLimits } from '../service-limits/service-limits.ts';
import { print } from './command.ts';

/** `agent service-limits`: the drop-in for systemd that the disk of this program asks for, or nothing. */
export async function execute(): Promise<void> {
  if (process.platform === 'linux') await print(serviceLimits(readAheadOfProgram()));
}
