import { hypervigil } from './hypervigil.ts';
import {
  buildBundle,
  findExecutable,
  installBundle,
  installExecutable,
} from './installed-agent.ts';
import { noMemoryGroup } from './memory-limit.ts';
import type { Program } from './program.ts';
import { readShippedUnit } from './unit.ts';
import { startVirtualMachines } from './virtual-machines.ts';

const VM_COUNT = 10;

/**
 * Our agent as it is installed, from that folder of a release, or as a bundle where no executable was built; with the memory limits of
 * its unit (or `memoryHigh`, as systemd has it: `48M`); with a server that keeps no connection; and with VMs.
 */
export async function hypervigilVariants(dist: string, memoryHigh?: string): Promise<Program[]> {
  const bundle = await buildBundle();
  const executable = findExecutable(dist);
  const unit = readShippedUnit(memoryHigh);
  const asBundle = (folder: string) => installBundle(folder, bundle);
  const install =
    executable === undefined ? asBundle : (folder: string) => installExecutable(folder, executable);
  const limited = noMemoryGroup();
  const isRoot = process.getuid?.() === 0;
  const limit = `${unit.limits.highBytes >> 20} MB`;
  return [
    hypervigil({ name: 'hypervigil', install, unit }),
    {
      ...hypervigil({ name: `hypervigil (limit ${limit})`, install, unit, isLimited: true }),
      isPresent: () => limited === undefined,
      remedy: limited ?? '',
    },
    hypervigil({ name: 'hypervigil (new connections)', install, unit, closesConnections: true }),
    {
      ...hypervigil({
        name: `hypervigil (${VM_COUNT} VMs)`,
        install,
        unit,
        surroundings: (intervalMs) => startVirtualMachines(VM_COUNT, intervalMs),
      }),
      isPresent: () => isRoot,
      remedy: 'needs root, to give it a libvirt of its own',
    },
    ...(executable === undefined
      ? []
      : [hypervigil({ name: 'hypervigil (one file)', install: asBundle, unit })]),
  ];
}
