import { metricsOf } from '../../../core/rules/needs.ts';
import type { RuleGroup } from '../../../core/rules/rule-file.ts';
import { TOPOLOGY_METRICS } from '../../../core/topology/observe.ts';

/** Made by the replay itself, never read. */
export const MADE_METRICS: readonly string[] = [
  ...['up', 'host_condition', 'vm_condition', 'ALERTS', 'ALERTS_FOR_STATE'],
];

/** Tells when each host was heard, and how often it posts; every agent sends it with each sample. */
export const BATCH_INTERVAL = 'hypervigil_agent_batch_interval_seconds';

/**
 * The stored metrics that must be read so that these rules can be replayed; `'all'` when a rule
 * has a selector that does not name its metric.
 */
export function neededMetrics(groups: readonly RuleGroup[]): ReadonlySet<string> | 'all' {
  const named = metricsOf(groups);
  if (named === 'all') return 'all';
  const needed = new Set([...named, ...TOPOLOGY_METRICS, BATCH_INTERVAL]);
  const rules = groups.flatMap((group) => group.rules);
  const recorded = rules.filter(({ kind }) => kind === 'record').map(({ name }) => name);
  for (const made of [...MADE_METRICS, ...recorded]) needed.delete(made);
  return needed;
}
