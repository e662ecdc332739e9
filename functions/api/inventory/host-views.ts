import type { HostEntry, HostFacts } from '../../../core/inventory/entry.ts';
import type { HostViewState } from '../../../core/inventory/view-states.ts';
import { isSilent } from '../../../core/topology/hosts.ts';
import type { HostState, TopologyState } from '../../../core/topology/topology-state.ts';
import type { VmView } from './vm-views.ts';

/** A host as it is listed. */
export interface HostView extends Omit<HostFacts, 'machine'> {
  readonly host: string;
  readonly state: HostViewState;
  /** ms since 1970: since when nothing is heard of it. */
  readonly silentSinceMs?: number;
  readonly firstSeenMs: number;
  readonly lastSeenMs: number;
  readonly tags: Readonly<Record<string, string>>;
  /** What the same machine was called before. */
  readonly formerNames: readonly string[];
  /** How many VMs it has. */
  readonly vms: { readonly running: number; readonly other: number };
}

/** Every host there is an entry of. */
export function hostViews(
  entries: readonly HostEntry[],
  topology: TopologyState,
  vms: readonly VmView[],
): HostView[] {
  const states = new Map(topology.hosts.map((state) => [state.host, state]));
  const counts = vmCounts(vms);
  const byMachine = machines(entries);
  return entries.map((entry): HostView => {
    const { host, firstSeenMs, facts: { machine, tags = {}, ...facts } = {} } = entry;
    const state = states.get(host);
    const isHeard = state !== undefined && !isSilent(state, topology.atMs);
    const lastSeenMs = Math.max(entry.lastSeenMs, state?.lastMs ?? 0);
    return {
      host,
      state: hostViewState(state),
      ...(isHeard ? {} : { silentSinceMs: lastSeenMs }),
      firstSeenMs,
      lastSeenMs,
      ...facts,
      tags,
      formerNames: formerNames(entry, byMachine.get(machine ?? '') ?? []),
      vms: counts.get(host) ?? { running: 0, other: 0 },
    };
  });
}

/** A host's state as it is shown. */
export function hostViewState(state: HostState | undefined): HostViewState {
  if (state === undefined) return 'gone';
  return state.condition === 'dark' ? 'silent' : state.condition;
}

function vmCounts(vms: readonly VmView[]): Map<string, { running: number; other: number }> {
  const counts = new Map<string, { running: number; other: number }>();
  for (const { host, state } of vms) {
    if (host === undefined || state === 'gone') continue;
    const count = counts.get(host) ?? { running: 0, other: 0 };
    counts.set(host, count);
    if (state === 'running') count.running++;
    else count.other++;
  }
  return counts;
}

function machines(entries: readonly HostEntry[]): Map<string, HostEntry[]> {
  const byMachine = new Map<string, HostEntry[]>();
  for (const entry of entries) {
    const machine = entry.facts?.machine;
    if (machine === undefined) continue;
    byMachine.set(machine, [...(byMachine.get(machine) ?? []), entry]);
  }
  return byMachine;
}

/** Machines made from one image may have one fingerprint, but they are there at the same time. */
function formerNames({ host, firstSeenMs }: HostEntry, same: readonly HostEntry[]): string[] {
  return same
    .filter((other) => other.host !== host && other.lastSeenMs <= firstSeenMs)
    .sort((a, b) => b.lastSeenMs - a.lastSeenMs)
    .map((other) => other.host);
}
