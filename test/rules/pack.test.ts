import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { CATALOGUE, metricNamed } from '../../core/catalogue/catalogue.ts';
import { type Expr, unwrapParens } from '../../core/promql/ast.ts';
import { requiredWindow } from '../../core/promql/lookback.ts';
import { createMemorySource } from '../../core/promql/memory-source.ts';
import { innerExprs } from '../../core/promql/walk.ts';
import { evaluateGroup, type RuleState } from '../../core/rules/evaluate-group.ts';
import {
  type AlertingRule,
  formatRuleFileError,
  parseRuleFile,
  type RuleGroup,
} from '../../core/rules/rule-file.ts';
import { parseRuleTestFile } from '../../core/rules/test-file.ts';
import { type Labels, labelsFrom, METRIC_NAME, NO_LABELS } from '../../core/series/labels.ts';
import type { Series } from '../../core/series/series.ts';
import { rulesPage } from '../../docs/rules-page.ts';
import { runTestFile } from '../../infra/cli/rule-tests.ts';

const RULES = new URL('../../rules/', import.meta.url);
const RULE_FILES = readdirSync(RULES).filter((name) => name.endsWith('.rules.yaml'));
const TEST_FILES = readdirSync(new URL('tests/', RULES)).map(
  (name) => new URL(`tests/${name}`, RULES).pathname,
);
const GROUPS = RULE_FILES.flatMap(groupsOf);
/** Fires always, which is its purpose: no host, no severity, no end. */
const WATCHDOG = 'Watchdog';
const ALERTS = GROUPS.flatMap(({ rules }) =>
  rules.filter((rule) => rule.kind === 'alert').filter(({ name }) => name !== WATCHDOG),
);
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

function groupsOf(file: string): RuleGroup[] {
  const parsed = parseRuleFile(readFileSync(new URL(file, RULES), 'utf8'), file);
  if (parsed.ok) return parsed.value;
  throw new Error(parsed.error.map(formatRuleFileError).join('\n'));
}

describe.each(ALERTS.map((rule) => [rule.name, rule] as const))('%s', (_, rule) => {
  test('reads only metrics of the catalogue', () => {
    const names = metricNames(rule.expr);
    expect(names.length).toBeGreaterThan(0);
    expect(names.filter((name) => metricNamed(name) === undefined)).toEqual([]);
  });

  test('shows only labels that its metric has', () => {
    const used = [...rule.labels, ...rule.annotations].flatMap(({ template }) =>
      [...template.text.matchAll(/\$labels\.(\w+)/g)].map((match) => match[1] ?? ''),
    );
    for (const name of resultMetrics(rule.expr))
      expect(labelsOfMetric(name)).toEqual(expect.arrayContaining(used));
  });

  test('selects and matches only by labels that its metrics have', () => {
    for (const { name, metrics } of allExprs(rule.expr).flatMap(labelUses))
      expect(metrics.filter((metric) => !labelsOfMetric(metric).includes(name))).toEqual([]);
  });

  test('has a severity, a short summary and a description', () => {
    expect(['critical', 'warning', 'info']).toContain(textOf(rule.labels, 'severity'));
    const summary = textOf(rule.annotations, 'summary');
    expect(summary).toContain('{{ $labels.host }}');
    // Without what the templates put in: names of VMs and hosts need their room in an SMS too.
    expect(summary.replace(/\{\{.*?\}\}/g, '').length).toBeLessThan(60);
    expect(textOf(rule.annotations, 'description').length).toBeGreaterThan(80);
  });

  test('reads an hour at most', () => {
    expect(requiredWindow(rule.expr).beforeMs).toBeLessThanOrEqual(HOUR_MS + 5 * MINUTE_MS);
  });

  test('is tested: it fires, and it does not', () => {
    const cases = TEST_FILES.flatMap(casesOf).filter(({ alertName }) => alertName === rule.name);
    expect(cases.filter(({ expected }) => expected.length > 0)).not.toEqual([]);
    expect(cases.filter(({ expected }) => expected.length === 0).length).toBeGreaterThan(1);
  });
});

test.each(TEST_FILES)('%s holds', (file) => {
  const { problems, cases } = runTestFile(file);
  expect(problems).toEqual([]);
  expect(cases.filter(({ failure }) => failure !== undefined)).toEqual([]);
});

test('a quiet day alerts nobody', () => {
  const series = quietSeries();
  let states: readonly (readonly RuleState[])[] = [];
  for (let nowMs = 0; nowMs <= 2 * HOUR_MS; nowMs += 5 * MINUTE_MS) {
    const outcomes = GROUPS.map((group, i) =>
      evaluateGroup(group, states[i] ?? [], nowMs, createMemorySource(series), {
        externalLabels: NO_LABELS,
        externalUrl: '',
      }),
    );
    states = outcomes.map((group) => group.map(({ state }) => state));
    const alarming = outcomes.flat().filter(({ state, error }) => state.active.length > 0 || error);
    expect(alarming.map(({ rule, error }) => `${rule.name}${error ?? ''}`)).toEqual([WATCHDOG]);
  }
});

test('docs/rules.md lists the pack as it is: `node docs/make-rules.ts` writes it', () => {
  const page = readFileSync(new URL('../../docs/rules.md', import.meta.url), 'utf8');
  expect(page).toBe(rulesPage());
});

function casesOf(file: string) {
  const parsed = parseRuleTestFile(readFileSync(file, 'utf8'), file);
  if (!parsed.ok) throw new Error(parsed.error.map(formatRuleFileError).join('\n'));
  return parsed.value.tests.flatMap((one) => one.alertCases);
}

function textOf(entries: AlertingRule['labels'], wanted: string): string {
  return entries.find(({ name }) => name === wanted)?.template.text ?? '';
}

function allExprs(expr: Expr): Expr[] {
  return [expr, ...[...innerExprs(expr)].flatMap(allExprs)];
}

function metricOf(expr: Expr): string {
  if (expr.kind !== 'vectorSelector') return '';
  return expr.matchers.find(({ name }) => name === METRIC_NAME)?.value ?? '';
}

function metricNames(expr: Expr): string[] {
  return allExprs(expr)
    .filter(({ kind }) => kind === 'vectorSelector')
    .map(metricOf);
}

/** Labels that an expression itself names, each with the metrics that must have it. */
function labelUses(expr: Expr): { name: string; metrics: string[] }[] {
  if (expr.kind === 'vectorSelector')
    return expr.matchers
      .filter(({ name }) => name !== METRIC_NAME)
      .map(({ name }) => ({ name, metrics: [metricOf(expr)] }));
  if (expr.kind !== 'binary' || !expr.matching.on) return [];
  const metrics = [...resultMetrics(expr.left), ...resultMetrics(expr.right)];
  return expr.matching.labels.map((name) => ({ name, metrics }));
}

/** Metrics whose labels the result has: the left side's, and for `or` those of both sides. */
function resultMetrics(expr: Expr): string[] {
  const inner = unwrapParens(expr);
  if (inner.kind === 'vectorSelector') return [metricOf(inner)];
  if (inner.kind === 'matrixSelector') return [metricOf(inner.selector)];
  if (inner.kind === 'call') return inner.args.flatMap(resultMetrics);
  if (inner.kind !== 'binary') return [];
  const left = resultMetrics(inner.left);
  return inner.op === 'or' || left.length === 0 ? [...left, ...resultMetrics(inner.right)] : left;
}

function labelsOfMetric(name: string): string[] {
  const own = metricNamed(name)?.labels ?? [];
  return ['host', ...Object.keys(identityOf(name)), ...own];
}

/** The labels beside `host` that say whose number it is. */
function identityOf(name: string): Readonly<Record<string, string>> {
  if (name.startsWith('vm_')) return { vm: 'web-1', uuid: 'u1' };
  return name.startsWith('container_') ? { container: 'web', id: '0123456789ab' } : {};
}

/** What a metric shows on a machine that is well; anything else is at 30, busy enough. */
const WELL: Readonly<Record<string, number>> = {
  up: 1,
  vm_up: 1,
  vm_state: 1,
  container_up: 1,
  hypervigil_scrape_up: 1,
  host_disk_smart_healthy: 1,
  host_disk_smart_bad_sectors_count: 0,
  host_temperature_critical_celsius: 100,
  hypervigil_agent_collector_up: 1,
  host_filesystem_read_only: 0,
  host_cpu_steal_percent: 0.3,
  vm_cpu_steal_percent: 1,
  host_memory_available_bytes: 6 * 1024 ** 3,
  host_filesystem_available_bytes: 40 * 1024 ** 3,
  host_disk_read_latency_seconds: 0.004,
  host_disk_write_latency_seconds: 0.01,
  vm_disk_latency_seconds: 0.01,
  host_swap_in_bytes_per_second: 0,
  host_network_receive_errors_per_second: 0.02,
  host_network_transmit_errors_per_second: 0,
  host_network_receive_drops_per_second: 0.2,
  host_network_transmit_drops_per_second: 0,
  vm_network_receive_drops_per_second: 0.1,
  vm_network_transmit_drops_per_second: 0,
};

/** Have no series while nothing is wrong; `vm_state` has those of its own below. */
const ABSENT_WHEN_WELL = new Set([
  'hypervigil_agent_samples_dropped_total',
  'host_systemd_unit_down',
  'host_windows_service_down',
  'vm_state',
]);

/** Every metric of the catalogue, moving a little, for two hours; VMs in all innocent states. */
function quietSeries(): Series[] {
  const times = Float64Array.from({ length: 121 }, (_, i) => i * MINUTE_MS);
  const series = (labels: Labels, value: number): Series => ({
    labels,
    timestamps: times,
    values: Float64Array.from(times, (_, i) => value * (1 + 0.02 * Math.sin(i))),
  });
  const exact = (labels: Labels, value: number): Series => ({
    labels,
    timestamps: times,
    values: new Float64Array(times.length).fill(value),
  });
  const all: Series[] = [];
  for (const { name, unit, labels } of CATALOGUE) {
    if (ABSENT_WHEN_WELL.has(name)) continue;
    const pairs = Object.fromEntries(labels.map((label) => [label, 'x']));
    const full = labelsFrom({ ...pairs, ...identityOf(name), host: 'kvm1', [METRIC_NAME]: name });
    const value = WELL[name] ?? 30;
    const still = unit === 'state' || name.endsWith('_total');
    all.push(still ? exact(full, value) : series(full, value));
  }
  const innocent = { booted: 1, unpaused: 1, crashed: 1, user: 3, shutdown: 5, destroyed: 5 };
  for (const [reason, state] of Object.entries({
    ...innocent,
    saved: 5,
    migrated: 5,
    unknown: 5,
  })) {
    const vm = { vm: reason, uuid: reason, host: 'kvm1', reason, [METRIC_NAME]: 'vm_state' };
    all.push(exact(labelsFrom(vm), state));
  }
  return all;
}
