import { unpackSighting } from '../topology/sighting.ts';
import type { HostState, StoredSighting, TopologyState } from '../topology/topology-state.ts';
import type { PlacedVm } from './stays.ts';

/** Where the topology has VMs. */
export function placedVms({ hosts, vms }: Pick<TopologyState, 'hosts' | 'vms'>): PlacedVm[] {
  const states = new Map(hosts.map((host) => [host.host, host]));
  return vms.map(({ uuid, places, seen }) => {
    const host = places.at(-1)?.host;
    const here = seen.find((one) => one.host === host);
    const leftMs = here && whenLeft(here, states.get(here.host));
    return { uuid, places, ...(leftMs === undefined ? {} : { leftMs }) };
  });
}

function whenLeft(here: StoredSighting, host: HostState | undefined): number | undefined {
  const { kind, goneMs, missedMs } = here;
  const hasIt = goneMs === undefined && missedMs === undefined && kind !== 'migrated';
  return hasIt ? undefined : unpackSighting(here, host).lastMs;
}
