import type { TickState } from '../../../core/alerting/tick-state.ts';
import type { FleetLayout, FleetStates } from '../../../core/answers/fleet.ts';
import type { HostEntry } from '../../../core/inventory/entry.ts';
import { HOST_VIEW_STATES, VM_VIEW_STATES } from '../../../core/inventory/view-states.ts';
import { compareStrings } from '../../../core/series/labels.ts';
import { isSilent } from '../../../core/topology/hosts.ts';
import { hostViewState } from '../inventory/host-views.ts';
import { type VmNow, vmNow } from '../inventory/vm-views.ts';

/** The fleet as of a tick. */
export interface FleetSnapshot {
  readonly layout: FleetLayout;
  readonly states: FleetStates;
  /** Of the layout's VMs. */
  readonly uuids: readonly string[];
}

interface ListedVm {
  readonly uuid: string;
  readonly name: string;
  readonly now: VmNow;
}

/**
 * What there is, as the last tick saw it, with the tags that the inventory knows. A VM that nobody has is left out,
 * unless it is `missed`: an alert tells of it; then it is where it was.
 */
export function snapshotOf(
  { topology }: Pick<TickState, 'topology'>,
  entries: readonly HostEntry[],
  missed: ReadonlySet<string>,
): FleetSnapshot {
  const { atMs } = topology;
  const hosts = topology.hosts.toSorted((a, b) => compareStrings(a.host, b.host));
  const byName = new Map(hosts.map((host) => [host.host, host]));
  const vmsOf = new Map<string, ListedVm[]>();
  for (const vm of topology.vms) {
    const now = vmNow(vm, byName, atMs);
    if (now.state === 'gone' && !missed.has(vm.uuid)) continue;
    const host = now.host ?? vm.places.at(-1)?.host ?? '';
    const listed = { uuid: vm.uuid, name: vm.vm === '' ? vm.uuid : vm.vm, now };
    const others = vmsOf.get(host);
    if (others === undefined) vmsOf.set(host, [listed]);
    else others.push(listed);
  }
  const ordered = hosts.map(({ host }) => (vmsOf.get(host) ?? []).sort(byNameThenUuid));
  const vms = ordered.flat();
  return {
    layout: {
      hosts: hosts.map(({ host }) => host),
      ...tagColumns(
        hosts.map(({ host }) => host),
        entries,
      ),
      vmCounts: ordered.map(({ length }) => length),
      vms: vms.map(({ name }) => name),
    },
    uuids: vms.map(({ uuid }) => uuid),
    states: {
      hosts: hosts.map((host) => HOST_VIEW_STATES.indexOf(hostViewState(host))),
      silentSinceS: hosts.map((host) => (isSilent(host, atMs) ? seconds(host.lastMs) : 0)),
      vms: vms.map(({ now }) => VM_VIEW_STATES.indexOf(now.state)),
      vmSinceS: vms.map(({ now }) => seconds(now.sinceMs ?? 0)),
    },
  };
}

function byNameThenUuid(a: ListedVm, b: ListedVm): number {
  return compareStrings(a.name, b.name) || compareStrings(a.uuid, b.uuid);
}

function seconds(ms: number): number {
  return Math.floor(ms / 1000);
}

/** Hosts of one site and one team mostly have one set of tags. */
function tagColumns(
  hosts: readonly string[],
  entries: readonly HostEntry[],
): Pick<FleetLayout, 'tagSets' | 'tagsOf'> {
  const tagsBy = new Map(entries.map(({ host, facts }) => [host, facts?.tags ?? {}]));
  const indexes = new Map<string, number>();
  const tagSets: Readonly<Record<string, string>>[] = [];
  const tagsOf = hosts.map((host) => {
    const pairs = Object.entries(tagsBy.get(host) ?? {}).sort(([a], [b]) => compareStrings(a, b));
    const key = JSON.stringify(pairs);
    const known = indexes.get(key);
    if (known !== undefined) return known;
    indexes.set(key, tagSets.length);
    return tagSets.push(Object.fromEntries(pairs)) - 1;
  });
  return { tagSets, tagsOf };
}
