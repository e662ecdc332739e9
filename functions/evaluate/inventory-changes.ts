import { type HostEntry, INVENTORY_LAG_MS, type VmEntry } from '../store/inventory.ts';

/** A host as the window shows it. */
export interface SeenHost {
  readonly host: string;
  readonly lastSeenMs: number;
  readonly chunkBytes: number;
  /** Each UUID and name pair with the newest time it was in a chunk. */
  readonly vms: readonly VmEntry[];
}

/**
 * The entry the inventory should have of a host, or `undefined` if the one it has will do: nothing
 * new but the time, and that written within `INVENTORY_LAG_MS`. VMs not seen for `keepVmsMs` go.
 */
export function changedEntry(
  known: HostEntry | undefined,
  seen: SeenHost,
  keepVmsMs: number,
): HostEntry | undefined {
  const { host, lastSeenMs, chunkBytes } = seen;
  const vms = new Map((known?.vms ?? []).map((vm) => [vmKey(vm), vm]));
  let isNew = known === undefined;
  for (const vm of seen.vms) {
    const before = vms.get(vmKey(vm));
    if (before === undefined) isNew = true;
    // A VM that left is read from here only as far as its last time tells.
    if (before === undefined || before.lastSeenMs < vm.lastSeenMs) vms.set(vmKey(vm), vm);
  }
  const isOld = known !== undefined && lastSeenMs - known.lastSeenMs >= INVENTORY_LAG_MS;
  if (!isNew && !isOld) return undefined;
  return {
    host,
    firstSeenMs: Math.min(known?.firstSeenMs ?? lastSeenMs, lastSeenMs),
    lastSeenMs: Math.max(known?.lastSeenMs ?? lastSeenMs, lastSeenMs),
    chunkBytes,
    vms: [...vms.values()].filter((vm) => lastSeenMs - vm.lastSeenMs < keepVmsMs),
  };
}

function vmKey({ uuid, name }: VmEntry): string {
  return `${uuid} ${name}`;
}
