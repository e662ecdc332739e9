import type { AlertLabels } from '../../core/alertmanager/matcher.ts';

/**
 * Alertmanager's orders, so that lists look alike from one call to the next and beside its own.
 * Source: prometheus/common, model.LabelSet.Before; alertmanager, alert.AlertSlice.Less.
 */

/** Fewer labels first, then by the first name or value that differs. */
export function compareLabelSets(a: AlertLabels, b: AlertLabels): number {
  const [names, others] = [Object.keys(a), Object.keys(b)];
  if (names.length !== others.length) return names.length - others.length;
  for (const name of [...new Set([...names, ...others])].sort()) {
    const [value, other] = [labelOf(a, name), labelOf(b, name)];
    if (value === undefined || other === undefined) return value === undefined ? -1 : 1;
    if (value !== other) return value < other ? -1 : 1;
  }
  return 0;
}

/** By job and instance if they have one, then as label sets are. */
export function compareAlertLabels(a: AlertLabels, b: AlertLabels): number {
  for (const name of ['job', 'instance']) {
    const [value, other] = [labelOf(a, name), labelOf(b, name)];
    if (value === other) continue;
    if (value === undefined || other === undefined) return value === undefined ? 1 : -1;
    return value < other ? -1 : 1;
  }
  return compareLabelSets(a, b);
}

function labelOf(labels: AlertLabels, name: string): string | undefined {
  return Object.hasOwn(labels, name) ? labels[name] : undefined;
}
