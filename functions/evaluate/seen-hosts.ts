import { labelValue, METRIC_NAME } from '../../core/series/labels.ts';
import type { Series } from '../../core/series/series.ts';
import type { SeenHost } from './inventory-changes.ts';

/** Each VM has one series of these, whatever else it has. */
const IDENTITIES: ReadonlySet<string> = new Set(['vm_up', 'vm_info']);

interface Vm {
  readonly uuid: string;
  readonly name: string;
  lastSeenMs: number;
}

interface Host {
  lastSeenMs: number;
  chunkBytes: number;
  readonly vms: Map<string, Vm>;
}

/** Which hosts and VMs were in the chunks read lately; some 200 bytes each. */
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
    const host = this.#hosts.get(name) ?? { lastSeenMs: 0, chunkBytes: 0, vms: new Map() };
    this.#hosts.set(name, host);
    host.lastSeenMs = Math.max(host.lastSeenMs, lastMs);
    // The minute that still grows is smaller than a whole one.
    host.chunkBytes = Math.max(host.chunkBytes, chunkBytes);
    for (const { labels, timestamps } of series) {
      if (!IDENTITIES.has(labelValue(labels, METRIC_NAME))) continue;
      const uuid = labelValue(labels, 'uuid');
      const vmName = labelValue(labels, 'vm');
      const key = `${uuid} ${vmName}`;
      const vm = host.vms.get(key) ?? { uuid, name: vmName, lastSeenMs: 0 };
      vm.lastSeenMs = Math.max(vm.lastSeenMs, timestamps.at(-1) ?? 0);
      host.vms.set(key, vm);
    }
  }

  /** Those seen at or after an instant; the others are forgotten. */
  since(fromMs: number): SeenHost[] {
    const seen: SeenHost[] = [];
    for (const [host, { lastSeenMs, chunkBytes, vms }] of this.#hosts) {
      if (lastSeenMs < fromMs) {
        this.#hosts.delete(host);
        continue;
      }
      for (const [key, vm] of vms) if (vm.lastSeenMs < fromMs) vms.delete(key);
      seen.push({ host, lastSeenMs, chunkBytes, vms: [...vms.values()].map((vm) => ({ ...vm })) });
    }
    return seen;
  }
}
