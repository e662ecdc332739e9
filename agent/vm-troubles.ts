import { labelValue, METRIC_NAME } from '../core/series/labels.ts';
import { isAlive, isCrash, type VmKind, vmKind } from '../core/topology/vm-kind.ts';
import type { Sample } from './sample.ts';

/** Finds VMs that have come to harm since the sample before: crashed, hung, paused for lack of storage, gone. */
export class VmTroubles {
  /** By UUID. `gone` is one that the sample before has missed: why, may be known only now. */
  #kinds: ReadonlyMap<string, VmKind | 'gone'> = new Map();

  /**
   * Has a VM come to harm? One first seen in trouble has not just now; one that nothing is known of,
   * since libvirt does not answer, neither.
   */
  foundIn({ points }: Sample): boolean {
    const before = this.#kinds;
    const now = new Map<string, VmKind>();
    const ended = new Set<string>();
    for (const { labels, value } of points) {
      if (labelValue(labels, METRIC_NAME) !== 'vm_state') continue;
      const uuid = labelValue(labels, 'uuid');
      if (value === 'ended') ended.add(uuid);
      else {
        const kind = vmKind(value, labelValue(labels, 'reason'));
        if (kind !== undefined) now.set(uuid, kind);
      }
    }
    const missed = [...before].filter(
      ([uuid, was]) => !now.has(uuid) && ended.has(uuid) && was !== 'gone' && isAlive(was),
    );
    const harmed = [...before].some(([uuid, was]) => {
      const is = now.get(uuid);
      return is !== undefined && is !== was && isTrouble(is);
    });
    const unknown = [...before].filter(
      ([uuid, was]) => !now.has(uuid) && !ended.has(uuid) && was !== 'gone',
    );
    const gone = missed.map(([uuid]) => [uuid, 'gone'] as const);
    this.#kinds = new Map([...unknown, ...gone, ...now]);
    return harmed || missed.length > 0;
  }
}

function isTrouble(kind: VmKind): boolean {
  return isCrash(kind) || kind === 'ioerror' || kind === 'hung';
}
