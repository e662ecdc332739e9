import type { AlertGroup, AlertGroups } from './group-state.ts';

/**
 * When the first group may be told of that has an alert nobody was told of: after `nowMs`, as what is due
 * by then was told at this tick, or is muted. `undefined` if none waits.
 */
export function nextFlushMs(groups: AlertGroups, nowMs: number): number | undefined {
  let nextMs: number | undefined;
  for (const group of Object.values(groups)) {
    const dueMs = group.nextFlushMs;
    if (dueMs <= nowMs || (nextMs !== undefined && dueMs >= nextMs)) continue;
    if (group.firing.some((id) => !isTold(group, id))) nextMs = dueMs;
  }
  return nextMs;
}

function isTold({ told }: AlertGroup, id: string): boolean {
  return Object.values(told).some(({ firing }) => Object.hasOwn(firing, id));
}
