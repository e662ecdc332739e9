import { isLate, isLibvirtDown } from './hosts.ts';
import { hasVm, type Sighting, unpackSighting } from './sighting.ts';
import {
  HOST_CONDITIONS,
  type HostState,
  type TopologyState,
  type VmState,
} from './topology-state.ts';
import { isInLimbo } from './vm-condition.ts';
import { isOffOnPurpose, type VmKind } from './vm-kind.ts';

/** The host that has a VM now; `undefined` for a VM we do not know. */
export function currentHost(state: TopologyState, uuid: string): string | undefined {
  return indexOf(state).vms.get(uuid)?.places.at(-1)?.host;
}

/** A VM for a list of those on a host. */
export interface PlacedVm {
  readonly uuid: string;
  readonly vm: string;
  /** What was last heard of it. */
  readonly kind: VmKind;
}

/** The VMs a host has, by name; those it no longer has are left out. */
export function vmsOn(state: TopologyState, host: string): PlacedVm[] {
  const index = indexOf(state);
  return (index.byHost.get(host) ?? [])
    .flatMap((vm) => {
      const here = sightingHere(index, vm);
      if (here === undefined || !hasVm(here)) return [];
      return [{ uuid: vm.uuid, vm: vm.vm, kind: here.kind }];
    })
    .sort((a, b) => (a.vm < b.vm ? -1 : a.vm > b.vm ? 1 : 0));
}

/**
 * Since when nothing is heard of what an alert with these labels is about, ms since 1970;
 * `undefined` if it is heard, is known to be over (the VM is off or away for good), or is unknown.
 * An alert whose series is missing for this reason has not been resolved: its data are lost.
 */
export function lostSince(
  state: TopologyState,
  labels: Readonly<Record<string, string>>,
): number | undefined {
  const index = indexOf(state);
  const uuid = labels['uuid'] ?? '';
  const vm = index.vms.get(uuid);
  if (vm !== undefined) return vmLostSince(state, index, vm);
  // What is judged of a host changes when it is judged anew, heard or not.
  const condition = labels['condition'];
  if (uuid === '' && HOST_CONDITIONS.some((one) => one === condition)) return undefined;
  const host = index.hosts.get(labels['host'] ?? '');
  return host !== undefined && isLate(host, state.atMs) ? host.lastMs : undefined;
}

function vmLostSince(state: TopologyState, index: Index, vm: VmState): number | undefined {
  const here = sightingHere(index, vm);
  if (here === undefined) return undefined;
  const host = index.hosts.get(here.host);
  if (isInLimbo(here, state.atMs)) return here.aliveMs ?? here.lastMs;
  if (!hasVm(here) || isOffOnPurpose(here.kind) || here.kind === 'off_unknown') return undefined;
  if (host === undefined) return undefined;
  if (isLate(host, state.atMs)) return host.lastMs;
  return isLibvirtDown(host) ? here.lastMs : undefined;
}

interface Index {
  readonly hosts: ReadonlyMap<string, HostState>;
  readonly vms: ReadonlyMap<string, VmState>;
  readonly byHost: ReadonlyMap<string, readonly VmState[]>;
}

/** A state is asked for each alert and each VM of a page, and never changes. */
const INDEXES = new WeakMap<TopologyState, Index>();

function indexOf(state: TopologyState): Index {
  const known = INDEXES.get(state);
  if (known !== undefined) return known;
  const byHost = new Map<string, VmState[]>();
  for (const vm of state.vms) {
    const host = vm.places.at(-1)?.host ?? '';
    const others = byHost.get(host);
    if (others === undefined) byHost.set(host, [vm]);
    else others.push(vm);
  }
  const index: Index = {
    hosts: new Map(state.hosts.map((host) => [host.host, host])),
    vms: new Map(state.vms.map((vm) => [vm.uuid, vm])),
    byHost,
  };
  INDEXES.set(state, index);
  return index;
}

function sightingHere(index: Index, { places, seen }: VmState): Sighting | undefined {
  const name = places.at(-1)?.host;
  const stored = seen.find(({ host }) => host === name);
  return stored && unpackSighting(stored, index.hosts.get(stored.host));
}
