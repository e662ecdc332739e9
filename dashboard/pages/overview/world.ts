import { FLEET_SEVERITIES, type FleetSeverity } from '../../../core/answers/fleet.ts';
import {
  HOST_VIEW_STATES,
  type HostViewState,
  VM_VIEW_STATES,
  type VmViewState,
} from '../../../core/inventory/view-states.ts';
import type { Fleet } from './merge.ts';

/** What fires for a VM, or for a host itself. */
interface Alerted {
  /** How many are told. */
  readonly told: number;
  /** The worst of those that are told. */
  readonly worst: FleetSeverity | undefined;
  readonly muted: number;
}

/** A VM as one cell shows it. */
export interface Vm extends Alerted {
  /** In the fleet's columns. */
  readonly index: number;
  readonly name: string;
  readonly host: string;
  readonly state: VmViewState;
  /** Seconds since 1970; 0: nobody knows. */
  readonly sinceS: number;
  /** Of the chosen metric; `undefined`: there is none. */
  readonly value: number | undefined;
}

export interface Host extends Alerted {
  readonly name: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly state: HostViewState;
  /** Seconds since 1970; 0: it is heard. */
  readonly silentSinceS: number;
  readonly value: number | undefined;
  readonly vms: readonly Vm[];
}

const NO_ALERTS: Alerted = { told: 0, worst: undefined, muted: 0 };
const NO_TAGS: Readonly<Record<string, string>> = {};

/**
 * The hosts with their VMs. What is as it was `before` is the very same object, so that only cells that have changed
 * are drawn anew.
 *
 * @param metric values of another one, which are still there, are none
 */
export function hostsOf(
  fleet: Fleet,
  before: readonly Host[] = [],
  metric = fleet.values?.metric,
): readonly Host[] {
  const { layout, states, alerts } = fleet;
  const values = fleet.values?.metric === metric ? fleet.values : undefined;
  const ofHosts = alertedOf(alerts?.hosts);
  const ofVms = alertedOf(alerts?.vms);
  const known = new Map(before.map((host) => [host.name, host]));
  let at = 0;
  return layout.hosts.map((name, i): Host => {
    const old = known.get(name);
    const oldVms = old?.vms ?? [];
    const from = at;
    at += layout.vmCounts[i] ?? 0;
    const vms = Array.from({ length: at - from }, (_, v): Vm => {
      const index = from + v;
      const vm: Vm = {
        index,
        name: layout.vms[index] ?? '',
        host: name,
        state: VM_VIEW_STATES[states.vms[index] ?? -1] ?? 'unknown',
        sinceS: states.vmSinceS[index] ?? 0,
        value: values?.vms?.[index] ?? undefined,
        ...(ofVms.get(index) ?? NO_ALERTS),
      };
      return same(oldVms[v], vm);
    });
    const isSame = vms.length === oldVms.length && vms.every((vm, v) => vm === oldVms[v]);
    return same(old, {
      name,
      tags: layout.tagSets[layout.tagsOf[i] ?? -1] ?? NO_TAGS,
      state: HOST_VIEW_STATES[states.hosts[i] ?? -1] ?? 'gone',
      silentSinceS: states.silentSinceS[i] ?? 0,
      value: values?.hosts?.[i] ?? undefined,
      vms: isSame ? oldVms : vms,
      ...(ofHosts.get(i) ?? NO_ALERTS),
    });
  });
}

function alertedOf(
  marks: readonly (readonly [number, number, number, number])[] = [],
): ReadonlyMap<number, Alerted> {
  return new Map(
    marks.map(([index, told, worst, muted]) => [
      index,
      { told, worst: FLEET_SEVERITIES[worst], muted },
    ]),
  );
}

/** The old object if nothing in it differs. */
function same<T extends object>(old: T | undefined, made: T): T {
  if (old === undefined) return made;
  for (const name in made) if (made[name] !== old[name]) return made;
  return old;
}
