import type { HostEntry, VmEntry } from '../../../core/inventory/entry.ts';
import { histories } from '../../../core/inventory/merge.ts';
import type { HostStay } from '../../../core/inventory/stays.ts';
import { VM_VIEW_STATES, type VmViewState } from '../../../core/inventory/view-states.ts';
import { isLibvirtDown, isSilent } from '../../../core/topology/hosts.ts';
import { hasVm, type Sighting, unpackSighting } from '../../../core/topology/sighting.ts';
import type { HostState, TopologyState, VmState } from '../../../core/topology/topology-state.ts';
import type { VmKind } from '../../../core/topology/vm-kind.ts';

/** A time a VM was on a host; without an end it is there still. */
export interface Placement {
  readonly host: string;
  /** ms since 1970. */
  readonly fromMs: number;
  readonly toMs?: number;
}

/** A VM as it is listed. */
export interface VmView {
  readonly uuid: string;
  readonly name: string;
  readonly formerNames: readonly string[];
  /** The host that has it, or had it last; absent: nobody was ever seen to have it. */
  readonly host?: string;
  readonly state: VmViewState;
  /** ms since 1970; absent where nobody tells. */
  readonly stateSinceMs?: number;
  /** Other hosts that say they have it, and whether they run it: as of a disk that two hosts share. */
  readonly alsoOn: readonly { readonly host: string; readonly state: VmViewState }[];
  readonly vcpus?: number;
  readonly memoryBytes?: number;
  readonly hypervisor?: string;
  /** Its host's. */
  readonly tags: Readonly<Record<string, string>>;
  readonly firstSeenMs: number;
  readonly lastSeenMs: number;
  /** Oldest first. */
  readonly placements: readonly Placement[];
}

interface Told {
  readonly host: string;
  readonly vm: VmEntry;
}

/** Every VM that a host told of, by its UUID. */
export function vmViews(entries: readonly HostEntry[], topology: TopologyState): VmView[] {
  const hosts = new Map(topology.hosts.map((host) => [host.host, host]));
  const states = new Map(topology.vms.map((vm) => [vm.uuid, vm]));
  const byHost = new Map(entries.map((entry) => [entry.host, entry]));
  const stays = histories(entries);
  const told = new Map<string, Told[]>();
  for (const { host, vms } of entries) {
    for (const vm of vms) {
      if (vm.uuid === '') continue;
      const all = told.get(vm.uuid);
      if (all === undefined) told.set(vm.uuid, [{ host, vm }]);
      else all.push({ host, vm });
    }
  }
  return [...told].map(([uuid, all]): VmView => {
    const now = vmNow(states.get(uuid), hosts, topology.atMs);
    const newest = all.toSorted((a, b) => b.vm.lastSeenMs - a.vm.lastSeenMs);
    const lastSeenMs = Math.max(newest[0]?.vm.lastSeenMs ?? 0, now.lastMs);
    const placements = placementsOf(stays.get(uuid) ?? [], now.state === 'gone', lastSeenMs);
    const names = [...new Set([...now.names, ...newest.map(({ vm }) => vm.name)])];
    const host = now.host ?? placements.at(-1)?.host ?? newest[0]?.host;
    const { vcpus, memoryBytes } =
      newest.find((one) => one.host === host)?.vm ?? newest[0]?.vm ?? {};
    const facts = byHost.get(host ?? '')?.facts;
    return {
      uuid,
      name: names[0] ?? '',
      formerNames: names.slice(1),
      ...(host === undefined ? {} : { host }),
      state: now.state,
      ...(now.sinceMs === undefined ? {} : { stateSinceMs: now.sinceMs }),
      alsoOn: now.alsoOn,
      ...(vcpus === undefined ? {} : { vcpus }),
      ...(memoryBytes === undefined ? {} : { memoryBytes }),
      ...(facts?.hypervisor === undefined ? {} : { hypervisor: facts.hypervisor }),
      tags: facts?.tags ?? {},
      firstSeenMs: Math.min(
        ...all.map(({ vm }) => vm.firstSeenMs ?? vm.lastSeenMs),
        placements[0]?.fromMs ?? Infinity,
      ),
      lastSeenMs,
      placements,
    };
  });
}

/** The host that had a VM at a time; `undefined`: none. */
export function hostAt({ placements }: VmView, atMs: number): string | undefined {
  return placements.find(({ fromMs, toMs = Infinity }) => fromMs <= atMs && atMs < toMs)?.host;
}

export interface VmNow extends Pick<VmView, 'state' | 'alsoOn'> {
  readonly host?: string;
  readonly names: readonly string[];
  readonly sinceMs?: number;
  readonly lastMs: number;
}

/** Where a VM is and how, as of `nowMs`; `gone` where nobody has it. */
export function vmNow(
  vm: VmState | undefined,
  hosts: ReadonlyMap<string, HostState>,
  nowMs: number,
): VmNow {
  const names = vm === undefined || vm.vm === '' ? [] : [vm.vm];
  const gone = { state: 'gone', names, alsoOn: [], lastMs: 0 } as const;
  const host = vm?.places.at(-1)?.host;
  if (vm === undefined || host === undefined) return gone;
  const sightings = vm.seen.map((stored) => unpackSighting(stored, hosts.get(stored.host)));
  const state = (one: Sighting) => stateOf(one, hosts.get(one.host), nowMs);
  const here = sightings.find((one) => one.host === host);
  if (here === undefined) return gone;
  const is = state(here);
  return {
    state: is,
    names,
    host,
    lastMs: here.lastMs,
    ...(is === 'gone' || is === 'unknown' ? {} : { sinceMs: here.sinceMs }),
    alsoOn: sightings
      .filter((one) => one.host !== host && hasVm(one))
      .map((one) => ({ host: one.host, state: state(one) })),
  };
}

function stateOf(sighting: Sighting, host: HostState | undefined, nowMs: number): VmViewState {
  if (!hasVm(sighting)) return 'gone';
  if (host === undefined || isSilent(host, nowMs) || isLibvirtDown(host)) return 'unknown';
  return WORDS[sighting.kind] ?? 'off';
}

const WORDS: Readonly<Partial<Record<VmKind, VmViewState>>> = Object.fromEntries(
  VM_VIEW_STATES.map((state) => [state, state]),
);

/** What has ended unseen, as a VM that nobody has any more, ended when it was last heard of. */
function placementsOf(stays: readonly HostStay[], isGone: boolean, lastMs: number): Placement[] {
  return stays.map(({ host, fromMs, toMs }) => {
    const endMs = toMs ?? (isGone ? Math.max(lastMs, fromMs) : undefined);
    return { host, fromMs, ...(endMs === undefined ? {} : { toMs: endMs }) };
  });
}
