import type { InhibitRule } from './config-types.ts';
import { type AlertLabels, matchesLabels } from './matcher.ts';

/** An alert as inhibition sees it. */
export interface InhibitionAlert {
  readonly fingerprint: string;
  readonly labels: AlertLabels;
}

/** The sources of one rule that agree in its `equal` labels; of each kind the first is enough. */
interface Sources {
  readonly first: string;
  /** The first that is not itself a target of the rule; absent: all are. */
  oneSided?: string;
}

/**
 * Prepares inhibition among the alerts that fire now. The function it gives tells who mutes an
 * alert: the fingerprint of one source for each rule that does, in the order of the rules; none:
 * it is not muted. A label that is absent equals an empty one. An alert that is both source and
 * target of a rule is muted only by sources that are not targets too; so nothing mutes itself.
 * Source: alertmanager/inhibit.
 *
 * Sources are found by their `equal` labels, so that the time grows with alerts x rules.
 */
export function createInhibitor(
  rules: readonly InhibitRule[],
  firing: readonly InhibitionAlert[],
): (alert: InhibitionAlert) => string[] {
  const indexed = rules.map((rule) => ({ rule, sources: indexSources(rule, firing) }));
  return ({ labels }) => {
    const inhibitedBy = new Set<string>();
    for (const { rule, sources } of indexed) {
      if (sources.size === 0 || !matchesLabels(rule.targetMatchers, labels)) continue;
      const found = sources.get(equalKey(rule, labels));
      if (found === undefined) continue;
      const isSource = matchesLabels(rule.sourceMatchers, labels);
      const source = isSource ? found.oneSided : found.first;
      if (source !== undefined) inhibitedBy.add(source);
    }
    return [...inhibitedBy];
  };
}

function indexSources(
  rule: InhibitRule,
  firing: readonly InhibitionAlert[],
): ReadonlyMap<string, Sources> {
  const index = new Map<string, Sources>();
  for (const { fingerprint, labels } of firing) {
    if (!matchesLabels(rule.sourceMatchers, labels)) continue;
    const key = equalKey(rule, labels);
    const sources = index.get(key) ?? { first: fingerprint };
    if (sources.oneSided === undefined && !matchesLabels(rule.targetMatchers, labels))
      sources.oneSided = fingerprint;
    index.set(key, sources);
  }
  return index;
}

/** With lengths, so that no two lists of values give one key. */
function equalKey({ equal }: InhibitRule, labels: AlertLabels): string {
  let key = '';
  for (const name of equal) {
    const value = Object.hasOwn(labels, name) ? (labels[name] ?? '') : '';
    key += `${value.length}:${value}`;
  }
  return key;
}
