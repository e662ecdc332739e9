import type { HostFacts, VmEntry } from '../../core/inventory/entry.ts';
import { hostInfoFacts } from '../../core/inventory/facts.ts';
import { labelValue, METRIC_NAME } from '../../core/series/labels.ts';
import type { Series } from '../../core/series/series.ts';
import type { SeenHost } from './inventory-changes.ts';

/** The metrics that tell who there is and what it is. */
export const INVENTORY_METRICS = [
  'vm_up',
  'vm_info',
  'vm_memory_total_bytes',
  'host_info',
  'hypervigil_agent_info',
  'host_cpu_count',
  'host_memory_total_bytes',
] as const;

interface Vm {
  readonly uuid: string;
  readonly name: string;
  lastSeenMs: number;
  vcpus?: number;
  memoryBytes?: number;
}

interface Host {
  lastSeenMs: number;
  chunkBytes: number;
  facts: HostFacts;
  readonly vms: Map<string, Vm>;
}

/** Which hosts and VMs were in the chunks read lately, and what they are; some 1 KB a host and 300 bytes a VM. */
export class SeenHosts {
  readonly #hosts = new Map<string, Host>();

  /** A chunk of a host, `lastMs` being its newest sample's time; chunks come in any order. */
  note(
    name: string,
    series: readonly Series[],
    lastMs: number | undefined,
    chunkBytes: number,
  ): void {
    if (lastMs === undefined) return;
    const known = this.#hosts.get(name);
    const host = known ?? { lastSeenMs: 0, chunkBytes: 0, facts: {}, vms: new Map() };
    this.#hosts.set(name, host);
    const isNewest = lastMs >= host.lastSeenMs;
    host.lastSeenMs = Math.max(host.lastSeenMs, lastMs);
    // The minute that still grows is smaller than a whole one.
    host.chunkBytes = Math.max(host.chunkBytes, chunkBytes);
    let facts: HostFacts = {};
    for (const one of series) {
      switch (labelValue(one.labels, METRIC_NAME)) {
        // Each VM has one series of these two, whatever else it has.
        case 'vm_up':
          noteVm(host, one);
          break;
        case 'vm_info': {
          const vm = noteVm(host, one);
          const vcpus = Number(labelValue(one.labels, 'vcpus'));
          if (vcpus > 0) vm.vcpus = vcpus;
          const hypervisor = labelValue(one.labels, 'hypervisor');
          if (hypervisor !== '') facts = { ...facts, hypervisor };
          break;
        }
        case 'vm_memory_total_bytes': {
          const bytes = one.values.at(-1) ?? 0;
          if (bytes > 0) vmOf(host, one).memoryBytes = bytes;
          break;
        }
        case 'host_info':
          // After a restart with other labels both are in the chunk.
          if (one.timestamps.at(-1) === lastMs) facts = { ...facts, ...hostInfoFacts(one.labels) };
          break;
        case 'hypervigil_agent_info':
          if (one.timestamps.at(-1) === lastMs)
            facts = { ...facts, agentVersion: labelValue(one.labels, 'version') };
          break;
        case 'host_cpu_count':
          facts = { ...facts, ...positive('cpuCount', one) };
          break;
        case 'host_memory_total_bytes':
          facts = { ...facts, ...positive('memoryBytes', one) };
          break;
      }
    }
    host.facts = isNewest ? { ...host.facts, ...facts } : { ...facts, ...host.facts };
  }

  /** Those seen at or after an instant; the others are forgotten. */
  since(fromMs: number): SeenHost[] {
    const seen: SeenHost[] = [];
    for (const [host, { lastSeenMs, chunkBytes, facts, vms }] of this.#hosts) {
      if (lastSeenMs < fromMs) {
        this.#hosts.delete(host);
        continue;
      }
      for (const [key, vm] of vms) if (vm.lastSeenMs < fromMs) vms.delete(key);
      const copies = [...vms.values()].map((vm): VmEntry => ({ ...vm }));
      seen.push({ host, lastSeenMs, chunkBytes, facts, vms: copies });
    }
    return seen;
  }
}

function noteVm(host: Host, one: Series): Vm {
  const vm = vmOf(host, one);
  vm.lastSeenMs = Math.max(vm.lastSeenMs, one.timestamps.at(-1) ?? 0);
  return vm;
}

function vmOf({ vms }: Host, { labels }: Series): Vm {
  const uuid = labelValue(labels, 'uuid');
  const name = labelValue(labels, 'vm');
  const key = `${uuid} ${name}`;
  const vm = vms.get(key) ?? { uuid, name, lastSeenMs: 0 };
  vms.set(key, vm);
  return vm;
}

function positive(name: 'cpuCount' | 'memoryBytes', { values }: Series): HostFacts {
  const value = values.at(-1) ?? 0;
  return value > 0 ? { [name]: value } : {};
}
