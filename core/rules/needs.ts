import type { Expr } from '../promql/ast.ts';
import { requiredWindow } from '../promql/lookback.ts';
import { innerExprs } from '../promql/walk.ts';
import { METRIC_NAME } from '../series/labels.ts';
import type { Rule, RuleGroup } from './rule-file.ts';

/**
 * How far back rules read, by metric: most look at the last minutes, a forecast at the last hour of
 * one metric. An evaluator that keeps only this holds a tenth of what its window spans.
 */
export interface Needs {
  /** The longest of all. */
  readonly windowMs: number;
  /** How long samples of a metric matter; 0: never. */
  readonly keepMs: (metric: string) => number;
}

/** What these rules need, at least `leastMs` of every metric they name. */
export function needsOf(groups: readonly RuleGroup[], leastMs: number): Needs {
  const byName = new Map<string, number>();
  let ofAllMs = 0;
  let windowMs = leastMs;
  for (const group of groups) {
    for (const rule of group.rules) {
      const beforeMs = requiredWindow(rule.expr).beforeMs + (group.queryOffsetMs ?? 0);
      windowMs = Math.max(windowMs, beforeMs);
      for (const name of metricNames(rule.expr)) {
        // A selector without a plain name may mean any metric.
        if (name === undefined) ofAllMs = Math.max(ofAllMs, beforeMs, leastMs);
        else byName.set(name, Math.max(byName.get(name) ?? 0, beforeMs, leastMs));
      }
      if (queriesInTemplates(rule)) ofAllMs = Math.max(ofAllMs, leastMs);
    }
  }
  return { windowMs, keepMs: (metric) => Math.max(byName.get(metric) ?? 0, ofAllMs) };
}

/** The metric each selector names; `undefined` for one that does not name just one. */
function* metricNames(expr: Expr): Generator<string | undefined> {
  if (expr.kind === 'vectorSelector') {
    yield expr.matchers.find(({ name, op }) => name === METRIC_NAME && op === '=')?.value;
  }
  for (const inner of innerExprs(expr)) yield* metricNames(inner);
}

/** Templates can ask queries of their own (`{{ query "..." }}`), of any metric. */
function queriesInTemplates(rule: Rule): boolean {
  if (rule.kind === 'record') return false;
  return [...rule.labels, ...rule.annotations].some(({ template }) =>
    /\bquery\b/.test(template.text),
  );
}
