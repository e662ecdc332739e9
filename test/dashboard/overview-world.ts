import type { FleetAnswer } from '../../core/answers/fleet.ts';
import { HOST_VIEW_STATES, VM_VIEW_STATES } from '../../core/inventory/view-states.ts';
import { type Fleet, mergeAnswer } from '../../dashboard/pages/overview/merge.ts';
import { type Host, hostsOf } from '../../dashboard/pages/overview/world.ts';

type VmState = (typeof VM_VIEW_STATES)[number];
type HostState = (typeof HOST_VIEW_STATES)[number];

export interface MadeHost {
  readonly state?: HostState;
  readonly tags?: Readonly<Record<string, string>>;
  readonly vms?: Readonly<Record<string, VmState>>;
}

/** An answer that tells all of these hosts. */
export function answerOf(
  hosts: Readonly<Record<string, MadeHost>>,
  more: Partial<FleetAnswer> = {},
): FleetAnswer {
  const all = Object.entries(hosts);
  const vms = all.flatMap(([, { vms = {} }]) => Object.entries(vms));
  return {
    version: '000000000000.1..',
    asOfMs: 0,
    layout: {
      hosts: all.map(([name]) => name),
      tagSets: all.map(([, { tags = {} }]) => tags),
      tagsOf: all.map((_, i) => i),
      vmCounts: all.map(([, { vms = {} }]) => Object.keys(vms).length),
      vms: vms.map(([name]) => name),
    },
    states: {
      hosts: all.map(([, { state = 'up' }]) => HOST_VIEW_STATES.indexOf(state)),
      silentSinceS: all.map(() => 0),
      vms: vms.map(([, state]) => VM_VIEW_STATES.indexOf(state)),
      vmSinceS: vms.map(() => 1000),
    },
    alerts: { counts: { critical: 0, warning: 0, info: 0, muted: 0 }, hosts: [], vms: [], top: [] },
    ...more,
  };
}

export function fleetOf(
  hosts: Readonly<Record<string, MadeHost>>,
  more: Partial<FleetAnswer> = {},
): Fleet {
  const fleet = mergeAnswer(undefined, answerOf(hosts, more));
  if (fleet === undefined) throw new Error('not whole');
  return fleet;
}

export function worldOf(
  hosts: Readonly<Record<string, MadeHost>>,
  more: Partial<FleetAnswer> = {},
): readonly Host[] {
  return hostsOf(fleetOf(hosts, more));
}
