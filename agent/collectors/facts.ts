import { arch } from 'node:os';
import type { HostFacts } from './info.ts';

/**
 * Facts from systeminformation. It is loaded only for this: it starts programs (lscpu, dmidecode) and
 * takes some 0.1 s, once.
 */
export async function loadHostFacts(): Promise<HostFacts> {
  const { cpu, osInfo, system } = await import('systeminformation');
  const [os, processor, machine] = await Promise.all([osInfo(), cpu(), system()]);
  return {
    os: words(os.distro, os.release),
    kernel: os.kernel,
    arch: os.arch || arch(),
    cpu: words(processor.manufacturer, processor.brand),
    virtualization: machine.virtual ? machine.virtualHost || 'a hypervisor' : '',
  };
}

function words(...parts: readonly string[]): string {
  return parts
    .map((part) => part.trim())
    .filter((part) => part !== '' && part !== 'unknown')
    .join(' ');
}
