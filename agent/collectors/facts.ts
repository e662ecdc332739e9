import { arch } from 'node:os';
import { readHostIdentity } from './host-identity.ts';
import type { HostFacts } from './info.ts';

/**
 * Facts from systeminformation. It is loaded only for this: it starts programs (lscpu, dmidecode) and
 * takes some 0.1 s, once.
 */
export async function loadHostFacts(rootDir: string): Promise<HostFacts> {
  const { cpu, osInfo, system, uuid } = await import('systeminformation');
  const [os, processor, machine, identity] = await Promise.all([
    osInfo(),
    cpu(),
    system(),
    readHostIdentity(rootDir, async () =>
      process.platform === 'linux' ? '' : ((await uuid()).os ?? ''),
    ),
  ]);
  return {
    os: words(os.distro, os.release),
    kernel: os.kernel,
    arch: os.arch || arch(),
    cpu: words(processor.manufacturer, processor.brand),
    virtualization: machine.virtual ? machine.virtualHost || 'a hypervisor' : '',
    ...identity,
  };
}

function words(...parts: readonly string[]): string {
  return parts
    .map((part) => part.trim())
    .filter((part) => part !== '' && part !== 'unknown')
    .join(' ');
}
