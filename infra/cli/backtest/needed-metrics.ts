import type { Expr } from '../../../core/promql/ast.ts';
import { innerExprs } from '../../../core/promql/walk.ts';
import type { Rule, RuleGroup } from '../../../core/rules/rule-file.ts';
import { METRIC_NAME } from '../../../core/series/labels.ts';
import { TOPOLOGY_METRICS } from '../../../core/topology/observe.ts';

/** Made by the replay itself, never read. */
export const MADE_METRICS: readonly string[] = [
  ...['up', 'host_condition', 'vm_condition', 'ALERTS', 'ALERTS_FOR_STATE'],
];

/** Tells when each host was heard, and how often it posts; every agent sends it with each sample. */
export const BATCH_INTERVAL = 'hypervigil_agent_batch_interval_seconds';

/** Names in a template that asks queries; words that are no metric find nothing and cost nothing. */
const WORD = /[a-zA-Z_:][\w:]*/g;
/** Longer templates than that nobody writes; the selector must fit into a request. */
const MAX_WORDS = 200;

/**
 * The stored metrics that must be read so that these rules can be replayed; `'all'` when a rule
 * has a selector that does not name its metric.
 */
export function neededMetrics(groups: readonly RuleGroup[]): ReadonlySet<string> | 'all' {
  const rules = groups.flatMap((group) => group.rules);
  const recorded = new Set(rules.filter(({ kind }) => kind === 'record').map(({ name }) => name));
  const names = new Set<string>([BATCH_INTERVAL, ...TOPOLOGY_METRICS]);
  for (const rule of rules) {
    for (const name of [...namesIn(rule.expr), ...namesInTemplates(rule)]) {
      if (name === undefined) return 'all';
      if (!MADE_METRICS.includes(name) && !recorded.has(name)) names.add(name);
    }
  }
  return names;
}

/** The metric of each selector; `undefined` for one that does not name just one. */
function* namesIn(expr: Expr): Generator<string | undefined> {
  if (expr.kind === 'vectorSelector')
    yield expr.matchers.find(({ name, op }) => name === METRIC_NAME && op === '=')?.value;
  for (const inner of innerExprs(expr)) yield* namesIn(inner);
}

function namesInTemplates(rule: Rule): string[] {
  if (rule.kind === 'record') return [];
  const asking = [...rule.labels, ...rule.annotations]
    .map(({ template }) => template.text)
    .filter((text) => /\bquery\b/.test(text));
  const words = new Set(asking.flatMap((text) => text.match(WORD) ?? []));
  // A metric's name has more than one word, of Prometheus' naming rules.
  return [...words].filter((word) => word.includes('_')).slice(0, MAX_WORDS);
}
