import type { HostViewState, VmViewState } from '../../../core/inventory/view-states.ts';
import type { Host, Vm } from './world.ts';

/** How much something wants to be looked at: 3 a person at once, 2 soon, 1 is good to know, 0 all is well. */
export type Urgency = 0 | 1 | 2 | 3;

const VM_URGENCY: Readonly<Partial<Record<VmViewState, Urgency>>> = {
  crashed: 3,
  panicked: 3,
  failed: 3,
  hung: 3,
  ioerror: 3,
  paused: 2,
  unknown: 2,
};

const HOST_URGENCY: Readonly<Partial<Record<HostViewState, Urgency>>> = {
  silent: 3,
  stopped: 2,
};

const ALERT_URGENCY = { critical: 3, warning: 2, info: 1 } as const;

export function vmUrgency({ state, worst }: Pick<Vm, 'state' | 'worst'>): Urgency {
  return worseOf(VM_URGENCY[state] ?? 0, worst === undefined ? 0 : ALERT_URGENCY[worst]);
}

/** Of the host itself. */
export function hostUrgency({ state, worst }: Pick<Host, 'state' | 'worst'>): Urgency {
  return worseOf(HOST_URGENCY[state] ?? 0, worst === undefined ? 0 : ALERT_URGENCY[worst]);
}

export function worseOf(a: Urgency, b: Urgency): Urgency {
  return a > b ? a : b;
}
