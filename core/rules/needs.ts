import type { Expr } from '../promql/ast.ts';
import { requiredWindow } from '../promql/lookback.ts';
import { parsePromql } from '../promql/parse.ts';
import { innerExprs } from '../promql/walk.ts';
import { METRIC_NAME } from '../series/labels.ts';
import type { Rule, RuleGroup } from './rule-file.ts';
import type { Operand, Pipe, TemplateNode } from './template/ast.ts';

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
      for (const name of templateMetricNames(rule)) {
        if (name === undefined) ofAllMs = Math.max(ofAllMs, leastMs);
        else byName.set(name, Math.max(byName.get(name) ?? 0, leastMs));
      }
    }
  }
  return { windowMs, keepMs: (metric) => Math.max(byName.get(metric) ?? 0, ofAllMs) };
}

/** The metrics these rules look at; `'all'` when a rule may mean any. */
export function metricsOf(groups: readonly RuleGroup[]): ReadonlySet<string> | 'all' {
  const names = new Set<string>();
  for (const rule of groups.flatMap((group) => group.rules)) {
    for (const name of [...metricNames(rule.expr), ...templateMetricNames(rule)]) {
      if (name === undefined) return 'all';
      names.add(name);
    }
  }
  return names;
}

/** The metric each selector names; `undefined` for one that does not name just one. */
function* metricNames(expr: Expr): Generator<string | undefined> {
  if (expr.kind === 'vectorSelector') {
    yield expr.matchers.find(({ name, op }) => name === METRIC_NAME && op === '=')?.value;
  }
  for (const inner of innerExprs(expr)) yield* metricNames(inner);
}

/** What the queries that templates ask name (`{{ query "..." }}`); `undefined`: any metric. */
function* templateMetricNames(rule: Rule): Generator<string | undefined> {
  if (rule.kind === 'record') return;
  for (const { template } of [...rule.labels, ...rule.annotations]) {
    for (const pipe of pipesOf(template.nodes)) yield* queriedNames(pipe);
  }
}

function* pipesOf(nodes: readonly TemplateNode[]): Generator<Pipe> {
  for (const node of nodes) {
    if ('pipe' in node && node.pipe !== undefined) yield node.pipe;
    if ('body' in node) yield* pipesOf([...node.body, ...node.otherwise]);
  }
}

/**
 * A query is mostly a literal, or one with places for labels (`printf "x{host=%q}" $labels.host`). A
 * pipe that asks one made otherwise may mean any metric.
 */
function* queriedNames(pipe: Pipe): Generator<string | undefined> {
  const operands = operandsOf(pipe);
  if (!operands.some((operand) => operand.kind === 'function' && operand.name === 'query')) return;
  let found = false;
  for (const operand of operands) {
    if (operand.kind !== 'literal' || typeof operand.value !== 'string') continue;
    const expr = parsePromql(withPlacesFilled(operand.value));
    if (!expr.ok) continue;
    for (const name of metricNames(expr.value)) {
      found = true;
      yield name;
    }
  }
  if (!found) yield undefined;
}

function operandsOf({ commands }: Pipe): Operand[] {
  return commands.flatMap(({ operands }) =>
    operands.flatMap((operand) =>
      operand.kind === 'pipe' ? [operand, ...operandsOf(operand.pipe)] : [operand],
    ),
  );
}

function withPlacesFilled(format: string): string {
  return format
    .replace(/%[#+\- 0]*[\d.]*q/g, '"x"')
    .replace(/%[#+\- 0]*[\d.]*[svdfgeGE]/g, '1')
    .replaceAll('%%', '%');
}
