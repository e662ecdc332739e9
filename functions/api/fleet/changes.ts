import type { FleetChanges, FleetStates } from '../../../core/answers/fleet.ts';

/** The rows in which states of one layout differ. */
export function changesBetween(before: FleetStates, after: FleetStates): FleetChanges {
  return {
    hosts: changedRows([before.hosts, before.silentSinceS], [after.hosts, after.silentSinceS]),
    vms: changedRows([before.vms, before.vmSinceS], [after.vms, after.vmSinceS]),
  };
}

type Columns = readonly [states: readonly number[], sinceS: readonly number[]];

function changedRows(
  [statesBefore, sinceBefore]: Columns,
  [states, sinceS]: Columns,
): [number, number, number][] {
  const rows: [number, number, number][] = [];
  states.forEach((state, i) => {
    const since = sinceS[i] ?? 0;
    if (state !== statesBefore[i] || since !== sinceBefore[i]) rows.push([i, state, since]);
  });
  return rows;
}
