import type { TopologyState } from './topology-state.ts';

/** The topology as a clock that was set back to `nowMs` can go on with it: no time lies ahead. */
export function topologySetBack(state: TopologyState, nowMs: number): TopologyState {
  if (state.atMs < nowMs) return state;
  const clamp = <T>(value: T): T => clampTimes(value, nowMs);
  return { ...state, atMs: nowMs - 1, hosts: state.hosts.map(clamp), vms: state.vms.map(clamp) };
}

/** Every number whose name ends in "Ms" is a time; spans of time are far below any of them. */
function clampTimes<T>(value: T, nowMs: number): T {
  return JSON.parse(
    JSON.stringify(value, (key, part: unknown) =>
      key.endsWith('Ms') && typeof part === 'number' ? Math.min(part, nowMs) : part,
    ),
  );
}
