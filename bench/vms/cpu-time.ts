import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TESTBED_DIR } from '../../test/testbed/testbed.ts';
import { readTree } from '../agent/process-tree.ts';

/** CPU time of the testbed's libvirtd so far. */
export async function libvirtdCpuMs(): Promise<number> {
  const pid = Number(await readFile(join(TESTBED_DIR, 'libvirtd.pid'), 'utf8'));
  return readTree(pid).cpuMs;
}

/** CPU time of this process so far. */
export function ownCpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
