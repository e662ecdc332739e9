import { formatShortTime, formatTime } from '../../format/time.ts';
import { formatValue, type Unit } from '../../format/unit.ts';
import { t } from '../../i18n/language.ts';
import { VM_STATES } from '../../ui/state.tsx';
import { OVERVIEW } from './messages.ts';
import type { Vm } from './world.ts';

/** What a screen reader says of a cell: `shop-database, crashed, since 02:14, 2 alerts, CPU 87 %`. */
export function cellText(
  vm: Vm,
  nowMs: number,
  metric: { readonly name: string; readonly unit: Unit } | undefined,
): string {
  const { state, sinceS, told, muted, value } = vm;
  const rest = [t(VM_STATES[state])];
  if (sinceS > 0) rest.push(t(OVERVIEW.since, formatShortTime(sinceS * 1000, nowMs)));
  if (told > 0) rest.push(t(OVERVIEW.alerts, told));
  if (muted > 0) rest.push(t(OVERVIEW.muted, muted));
  if (metric !== undefined)
    rest.push(
      `${metric.name} ${value === undefined ? t(OVERVIEW.noData) : formatValue(value, metric.unit)}`,
    );
  return t(OVERVIEW.cell, vm.name, rest);
}

/** A moment that a VM's state or a host's silence began, whole. */
export function sinceText(sinceS: number): string {
  return t(OVERVIEW.since, formatTime(sinceS * 1000));
}
