import type { AlertInstance } from '../alerting/alert-state.ts';
import { evaluateInstant } from '../promql/evaluate.ts';
import { parsePromql } from '../promql/parse.ts';
import type { NotatedSeries } from '../promql/series-notation.ts';
import type { SampleSource } from '../promql/source.ts';
import { compareStrings, formatLabels, type Labels, labelsKey } from '../series/labels.ts';
import { type Series, setStaleAt } from '../series/series.ts';
import { formatDurationMs } from './duration.ts';
import { evaluateGroup, NEW_RULE_STATE, type RuleState } from './evaluate-group.ts';
import type { RuleGroup } from './rule-file.ts';
import { formatFloat } from './template/float-text.ts';
import type { AlertCase, ExpectedAlert, ExprCase, RuleTest, RuleTestFile } from './test-file.ts';
import { appended, matchesAll, type WrittenSample } from './written-samples.ts';

/** How one expectation of a test file went. */
export interface CaseResult {
  /** The test's name and what was asked: `quiet host: HostDown at 5m`. */
  readonly name: string;
  /** Absent: it holds. Else what was expected and what came. */
  readonly failure?: string;
  /** The same as lines, when it is what the failure is about. */
  readonly difference?: Difference;
}

/** A line for each alert or sample, sorted. */
export interface Difference {
  readonly expected: readonly string[];
  readonly got: readonly string[];
}

/**
 * Runs all tests of a file against rule groups, as `promtool test rules` does: rules are evaluated
 * every `evaluation_interval` from the start to the last time asked for, and each case is judged
 * by what holds then. A rule that fails ends its test, whose cases then all fail.
 * Source: prometheus/cmd/promtool/unittest.go.
 */
export function runRuleTests(file: RuleTestFile, groups: readonly RuleGroup[]): CaseResult[] {
  const rank = (group: RuleGroup) => Math.max(file.groupEvalOrder.indexOf(group.name), 0);
  const ordered = [...groups].sort((a, b) => rank(a) - rank(b));
  return file.tests.flatMap((test) => runTest(test, file, ordered));
}

function runTest(test: RuleTest, file: RuleTestFile, groups: readonly RuleGroup[]): CaseResult[] {
  const { startMs, alertCases, exprCases } = test;
  const store = new TestStore(test.input, startMs, test.intervalMs);
  const endMs = startMs + Math.max(0, ...[...alertCases, ...exprCases].map((one) => one.atMs));
  const settings = { externalLabels: test.externalLabels, externalUrl: test.externalUrl };
  const states = new Map<RuleGroup, readonly RuleState[]>();
  const results: CaseResult[] = [];
  for (let nowMs = startMs; nowMs <= endMs; nowMs += file.evaluationIntervalMs) {
    for (const group of groups) {
      const outcomes = evaluateGroup(
        group,
        states.get(group) ?? [],
        nowMs,
        store.upTo(nowMs),
        settings,
      );
      states.set(
        group,
        outcomes.map(({ state }) => state),
      );
      store.append(
        nowMs - (group.queryOffsetMs ?? 0),
        outcomes.flatMap(({ written }) => written),
      );
      const failed = outcomes.find(({ error }) => error !== undefined);
      if (failed !== undefined) {
        const after = formatDurationMs(nowMs - startMs);
        return allFail(test, `rule: ${failed.rule.name}, time: ${after}, err: ${failed.error}`);
      }
    }
    for (const alertCase of alertCases) {
      const sinceMs = startMs + alertCase.atMs - nowMs;
      if (sinceMs >= 0 && sinceMs < file.evaluationIntervalMs)
        results.push(judgeAlerts(test, alertCase, firingAlerts(groups, states, alertCase)));
    }
  }
  for (const exprCase of exprCases)
    results.push(judgeExpr(test, exprCase, store.upTo(endMs), file.fuzzyCompare));
  return results;
}

function allFail(test: RuleTest, failure: string): CaseResult[] {
  const names = [
    ...test.alertCases.map((one) => alertCaseName(test, one)),
    ...test.exprCases.map((one) => exprCaseName(test, one)),
  ];
  return names.length === 0
    ? [{ name: test.name, failure }]
    : names.map((name) => ({ name, failure }));
}

function alertCaseName(test: RuleTest, { alertName, atMs }: AlertCase): string {
  return `${test.name}: ${alertName} at ${formatDurationMs(atMs)}`;
}

function exprCaseName(test: RuleTest, { expr, atMs }: ExprCase): string {
  return `${test.name}: ${expr} at ${formatDurationMs(atMs)}`;
}

function firingAlerts(
  groups: readonly RuleGroup[],
  states: ReadonlyMap<RuleGroup, readonly RuleState[]>,
  { alertName }: AlertCase,
): AlertInstance[] {
  return groups.flatMap((group) =>
    group.rules.flatMap((rule, i) => {
      if (rule.kind !== 'alert' || rule.name !== alertName) return [];
      const { active } = states.get(group)?.[i] ?? NEW_RULE_STATE;
      return active.filter((alert) => alert.state === 'firing');
    }),
  );
}

function judgeAlerts(
  test: RuleTest,
  alertCase: AlertCase,
  firing: readonly AlertInstance[],
): CaseResult {
  const expected = alertCase.expected.map(alertText).sort(compareStrings);
  const got = firing.map(alertText).sort(compareStrings);
  return judged(alertCaseName(test, alertCase), expected, got);
}

function alertText({ labels, annotations }: ExpectedAlert): string {
  const names = Object.keys(annotations).sort(compareStrings);
  const pairs = names.map((name) => `${name}=${JSON.stringify(annotations[name])}`);
  return `${formatLabels(labels)} annotations {${pairs.join(', ')}}`;
}

function judgeExpr(
  test: RuleTest,
  exprCase: ExprCase,
  source: SampleSource,
  fuzzy: boolean,
): CaseResult {
  const name = exprCaseName(test, exprCase);
  const expr = parsePromql(exprCase.expr);
  if (!expr.ok) return { name, failure: expr.error.message };
  const result = evaluateInstant(expr.value, test.startMs + exprCase.atMs, source);
  if (!result.ok) return { name, failure: result.error.message };
  const { value } = result;
  if (value.kind !== 'vector' && value.kind !== 'scalar')
    return { name, failure: 'rule result is not a vector or scalar' };
  const got = value.kind === 'vector' ? value.samples : [{ labels: [], value: value.value }];
  const byLabels = (a: { labels: Labels }, b: { labels: Labels }) =>
    compareStrings(labelsKey(a.labels), labelsKey(b.labels));
  const expected = [...exprCase.expected].sort(byLabels);
  const sorted = [...got].sort(byLabels);
  const same =
    expected.length === sorted.length &&
    expected.every((sample, i) => {
      const other = sorted[i];
      return (
        other !== undefined &&
        labelsKey(sample.labels) === labelsKey(other.labels) &&
        sameValue(sample.value, other.value, fuzzy)
      );
    });
  if (same) return { name };
  return different(name, { expected: expected.map(sampleText), got: sorted.map(sampleText) });
}

/** As promtool compares: a NaN equals nothing. Fuzzy: the next float64 up or down will do. */
function sameValue(a: number, b: number, fuzzy: boolean): boolean {
  if (a === b) return true;
  if (!fuzzy || !Number.isFinite(a) || !Number.isFinite(b)) return false;
  const bits = (value: number) => {
    const raw = new BigInt64Array(Float64Array.of(value).buffer)[0] ?? 0n;
    return raw < 0n ? -(raw & 0x7fffffffffffffffn) : raw;
  };
  const distance = bits(a) - bits(b);
  return distance >= -1n && distance <= 1n;
}

function sampleText({ labels, value }: { labels: Labels; value: number }): string {
  return `${formatLabels(labels)} ${formatFloat(value, 'g')}`;
}

function judged(name: string, expected: readonly string[], got: readonly string[]): CaseResult {
  const same = expected.length === got.length && expected.every((text, i) => text === got[i]);
  return same ? { name } : different(name, { expected, got });
}

function different(name: string, difference: Difference): CaseResult {
  return { name, failure: differenceText(difference), difference };
}

function differenceText({ expected, got }: Difference): string {
  const lines = (texts: readonly string[]) =>
    texts.length === 0 ? '    nothing' : texts.map((text) => `    ${text}`).join('\n');
  return `  expected:\n${lines(expected)}\n  got:\n${lines(got)}`;
}

/** Input series and what rules wrote, seen up to a time. */
class TestStore {
  private readonly series = new Map<string, Series>();

  constructor(input: readonly NotatedSeries[], startMs: number, intervalMs: number) {
    for (const { labels, points } of input) {
      const present = points.flatMap((point, i) => (point === undefined ? [] : [{ point, i }]));
      const timestamps = Float64Array.from(present, ({ i }) => startMs + i * intervalMs);
      const values = new Float64Array(present.length);
      present.forEach(({ point }, at) => {
        if (point === 'stale') setStaleAt(values, at);
        else values[at] = point;
      });
      this.series.set(labelsKey(labels), { labels, timestamps, values });
    }
  }

  append(atMs: number, samples: readonly WrittenSample[]): void {
    for (const { labels, value } of samples) {
      const key = labelsKey(labels);
      const empty = { labels, timestamps: new Float64Array(0), values: new Float64Array(0) };
      this.series.set(key, appended(this.series.get(key) ?? empty, atMs, value));
    }
  }

  /** What is known at a time: promtool loads a series' samples only as time goes on. */
  upTo(endMs: number): SampleSource {
    return {
      select: (matchers, fromMs, toMs) => {
        const found: Series[] = [];
        for (const { labels, timestamps, values } of this.series.values()) {
          if (!matchesAll(matchers, labels)) continue;
          const from = firstAtOrAfter(timestamps, fromMs);
          const to = firstAtOrAfter(timestamps, Math.min(toMs, endMs) + 1);
          if (from < to)
            found.push({
              labels,
              timestamps: timestamps.subarray(from, to),
              values: values.subarray(from, to),
            });
        }
        return found;
      },
    };
  }
}

/** Timestamps are whole milliseconds. */
function firstAtOrAfter(timestamps: Float64Array, atMs: number): number {
  const index = timestamps.findIndex((timestamp) => timestamp >= atMs);
  return index === -1 ? timestamps.length : index;
}
