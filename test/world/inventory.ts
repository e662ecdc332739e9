import type { HostEntry, Stay } from '../../core/inventory/entry.ts';
import { DAY_MS } from '../../core/time.ts';
import type { Fleet, WorldHost } from './fleet.ts';
import { AGENT_VERSION } from './host-samples.ts';

/** What the inventory knew of a host at a time, when it had been watched for `knownMs` by then. */
export function entryAt(
  { vms }: Fleet,
  host: WorldHost,
  atMs: number,
  knownMs: number,
  chunkBytes: number,
): HostEntry {
  const firstSeenMs = atMs - Math.max(knownMs, DAY_MS);
  const stays: Stay[] = [];
  const told = vms.filter((vm) => {
    let here = false;
    vm.homes.forEach((home, i) => {
      const toMs = vm.homes[i + 1]?.fromMs ?? Number.POSITIVE_INFINITY;
      if (home.host !== host.name || home.fromMs > atMs) return;
      here = true;
      const stay = { uuid: vm.uuid, fromMs: Math.max(home.fromMs, firstSeenMs) };
      stays.push(toMs > atMs ? stay : { ...stay, toMs });
    });
    return here;
  });
  return {
    host: host.name,
    firstSeenMs,
    lastSeenMs: atMs,
    chunkBytes,
    facts: {
      os: 'Debian GNU/Linux 13',
      kernel: '6.12.57+deb13-amd64',
      arch: 'x64',
      cpu: host.cpu,
      hypervisor: 'qemu',
      agentVersion: AGENT_VERSION,
      cpuCount: host.cpuCount,
      memoryBytes: host.memoryBytes,
      tags: host.tags,
    },
    vms: told.map(({ uuid, name, vcpus, memoryBytes }) => {
      return { uuid, name, firstSeenMs, lastSeenMs: atMs, vcpus, memoryBytes };
    }),
    stays,
  };
}
