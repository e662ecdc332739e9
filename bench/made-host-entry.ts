import { randomUUID } from 'node:crypto';
import type { HostFacts, VmEntry } from '../core/inventory/entry.ts';

interface MadeHost {
  readonly host: string;
  readonly firstSeenMs: number;
  readonly lastSeenMs: number;
  readonly chunkBytes: number;
  readonly facts: HostFacts;
  readonly vms: readonly VmEntry[];
}

export const VMS_PER_HOST = 10;

/** What the inventory knows of a host with all facts and some tags; of each as much that is its own as of a real one. */
export function madeHostEntry(index: number, sinceMs: number, vmCount = VMS_PER_HOST): MadeHost {
  const vms = Array.from({ length: vmCount }, (_, i): VmEntry => {
    const memoryBytes = 4_102_860_800 + ((index * 7 + i) % 50) * 4096;
    const name = `app-${index * vmCount + i}`;
    return { uuid: randomUUID(), name, lastSeenMs: 0, vcpus: 2, memoryBytes };
  });
  return {
    host: `hv-${String(index).padStart(4, '0')}.example.net`,
    firstSeenMs: sinceMs,
    lastSeenMs: sinceMs,
    chunkBytes: 1500 + (index % 700),
    facts: {
      os: 'Debian GNU/Linux 12',
      kernel: '6.1.0-28-amd64',
      arch: 'x64',
      cpu: 'Intel(R) Xeon(R) Silver 4314 CPU @ 2.40GHz',
      hypervisor: 'qemu',
      machine: randomUUID().replaceAll('-', '').slice(0, 16),
      agentVersion: '0.1.0',
      cpuCount: 32,
      memoryBytes: 134_895_951_872,
      tags: { env: 'prod', site: `dc-${index % 5}`, owner: 'platform' },
    },
    vms,
  };
}
