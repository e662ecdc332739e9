import {
  type AlertInstance,
  type AlertSample,
  alertSeries,
  type LostSince,
  stepAlertingRule,
} from '../alerting/alert-state.ts';
import type { Expr } from '../promql/ast.ts';
import { evaluateInstant } from '../promql/evaluate.ts';
import { parsePromql } from '../promql/parse.ts';
import type { SampleSource } from '../promql/source.ts';
import { err, ok, type Result } from '../result.ts';
import { type Labels, labelsKey, METRIC_NAME, NO_LABELS, withLabels } from '../series/labels.ts';
import type { AlertingRule, RecordingRule, Rule, RuleGroup } from './rule-file.ts';
import { expandTemplate, inTime } from './template.ts';
import { type WrittenSample, withWritten } from './written-samples.ts';

/** What a rule remembers from one tick to the next. Plain data. */
export interface RuleState {
  /** Of an alerting rule: its alerts. Of a recording rule: none. */
  readonly active: readonly AlertInstance[];
  /**
   * Series the rule wrote last time, so that those it no longer gives are ended. May be left out
   * where written samples are not kept from tick to tick.
   */
  readonly written: readonly Labels[];
}

export const NEW_RULE_STATE: RuleState = { active: [], written: [] };

export interface RuleOutcome {
  readonly rule: Rule;
  /** For the next tick. After an error: as before, but for a rule over its limit, whose alerts go. */
  readonly state: RuleState;
  /** What the rule wrote, at the group's query time. */
  readonly written: readonly WrittenSample[];
  /** Why this rule, and only this one, could not be evaluated. */
  readonly error?: string;
  /** How long it took; absent without a clock. */
  readonly tookMs?: number;
}

/** What rules are told besides the samples. */
export interface GroupSettings {
  readonly externalLabels: Labels;
  /** Where people reach this Hypervigil; `''` when nobody said. */
  readonly externalUrl: string;
  /** Alerts about what is lost do not resolve. Absent: nothing is. */
  readonly lostSince?: LostSince;
  /** A stopwatch, ms from any beginning. Absent: nobody measures. */
  readonly clockMs?: () => number;
  /** How long one rule may take, and all of the group together. Absent, or without a stopwatch: as long as it takes. */
  readonly mostMs?: { readonly rule: number; readonly group: number };
  /** How much the group's rules may write together, as `charsOf` counts it. Absent: as much as they do. */
  readonly mostChars?: number;
}

/**
 * Evaluates a group at a time. Rules run in order and see what earlier rules of the group wrote;
 * a rule that fails costs only itself. `states[i]` belongs to rule i (absent: a new rule).
 * Source: prometheus/rules/group.go, `Group.Eval`.
 */
export function evaluateGroup(
  group: RuleGroup,
  states: readonly (RuleState | undefined)[],
  nowMs: number,
  source: SampleSource,
  settings: GroupSettings,
): RuleOutcome[] {
  const queryAtMs = nowMs - (group.queryOffsetMs ?? 0);
  const written = new Map<string, WrittenSample>();
  const overlaid = withWritten(source, { atMs: queryAtMs, samples: written });
  const beganMs = settings.clockMs?.();
  let leftChars = settings.mostChars ?? Number.POSITIVE_INFINITY;
  return group.rules.map((rule, i) => {
    const state = states[i] ?? NEW_RULE_STATE;
    const startedMs = settings.clockMs?.();
    const leftMs = timeLeftMs(settings, beganMs, startedMs);
    const shouldStop = (): boolean =>
      leftMs !== undefined && (settings.clockMs?.() ?? 0) - (startedMs ?? 0) > leftMs;
    const tick: Tick = {
      ...{ nowMs, queryAtMs, source: overlaid, settings, limit: group.limit, shouldStop },
    };
    const made =
      leftMs !== undefined && leftMs <= 0
        ? { rule, state, written: [], error: NO_TIME_LEFT }
        : rule.kind === 'alert'
          ? alertOutcome(rule, state, tick)
          : recordOutcome(rule, state, tick);
    const chars = settings.mostChars === undefined ? 0 : charsOf(made);
    const isTaken = chars <= leftChars;
    if (isTaken) leftChars -= chars;
    const outcome = isTaken ? made : { rule, state, written: [], error: TOO_MUCH };
    for (const sample of outcome.written) {
      const key = labelsKey(sample.labels);
      // Of two rules that write one series the first wins, as in Prometheus.
      if (!written.has(key)) written.set(key, sample);
    }
    const endedMs = settings.clockMs?.();
    if (startedMs === undefined || endedMs === undefined) return outcome;
    return { ...outcome, tookMs: endedMs - startedMs };
  });
}

const TOO_MUCH =
  'not taken: edited rules write more series, labels and annotations than a tick has room for';
const SLOW_TEMPLATES = 'query timed out: its labels and annotations took too long to expand';
const NO_TIME_LEFT = 'not evaluated: edited rules took all the time that a tick has for them';

/** Characters of the series that a rule wrote, and of its alerts' annotations: so much the state and the table get. */
export function charsOf({ state, written, error }: RuleOutcome): number {
  if (error !== undefined) return 0;
  const ofSeries = written.reduce((sum, { labels }) => sum + labelsKey(labels).length, 0);
  return state.active.reduce(
    (sum, { annotations }) =>
      Object.values(annotations).reduce((all, text) => all + text.length, sum),
    ofSeries,
  );
}

/** How long the next rule may take; `undefined`: as long as it takes. */
function timeLeftMs(
  { mostMs }: GroupSettings,
  beganMs: number | undefined,
  nowMs: number | undefined,
): number | undefined {
  if (mostMs === undefined || beganMs === undefined || nowMs === undefined) return undefined;
  return Math.min(mostMs.rule, mostMs.group - (nowMs - beganMs));
}

interface Tick {
  readonly nowMs: number;
  readonly queryAtMs: number;
  readonly source: SampleSource;
  readonly settings: GroupSettings;
  readonly limit: number;
  readonly shouldStop: () => boolean;
}

function alertOutcome(rule: AlertingRule, state: RuleState, tick: Tick): RuleOutcome {
  const { nowMs } = tick;
  const { externalLabels, externalUrl } = tick.settings;
  const samples = instantVector(rule.expr, tick.queryAtMs, tick);
  if (!samples.ok) return { rule, state, written: [], error: samples.error };
  // Templates query at the evaluation's own time, whatever the group's offset.
  const query = (text: string) => {
    const expr = parsePromql(text);
    return expr.ok ? instantVector(expr.value, nowMs, tick) : err(expr.error.message);
  };
  const { shouldStop } = tick;
  const world = { nowMs, query, externalLabels, externalUrl, shouldStop };
  const stepped = inTime(() =>
    stepAlertingRule(
      rule,
      state.active,
      samples.value,
      nowMs,
      (template, { labels, value }) =>
        expandTemplate(template, { alertName: rule.name, labels, value, ...world }),
      { limit: tick.limit, lostSince: tick.settings.lostSince },
    ),
  );
  if (stepped === undefined) return { rule, state, written: [], error: SLOW_TEMPLATES };
  const { active, error } = stepped;
  if (error !== undefined) return { rule, state: { ...state, active }, written: [], error };
  return writtenOutcome(rule, active, state, alertSeries(rule, active));
}

function recordOutcome(rule: RecordingRule, state: RuleState, tick: Tick): RuleOutcome {
  const samples = instantVector(rule.expr, tick.queryAtMs, tick);
  const failed = (error: string): RuleOutcome => ({ rule, state, written: [], error });
  if (!samples.ok) return failed(samples.error);
  const recorded = samples.value.map(({ labels, value }) => ({
    labels: withLabels(labels, { ...rule.labels, [METRIC_NAME]: rule.name }),
    value,
  }));
  if (new Set(recorded.map(({ labels }) => labelsKey(labels))).size < recorded.length)
    return failed('vector contains metrics with the same labelset after applying rule labels');
  if (tick.limit > 0 && recorded.length > tick.limit)
    return failed(`exceeded limit of ${tick.limit} with ${recorded.length} series`);
  return writtenOutcome(rule, [], state, recorded);
}

function writtenOutcome(
  rule: Rule,
  active: readonly AlertInstance[],
  before: RuleState,
  samples: readonly AlertSample[],
): RuleOutcome {
  const now = new Set(samples.map(({ labels }) => labelsKey(labels)));
  const ended = before.written.filter((labels) => !now.has(labelsKey(labels)));
  return {
    rule,
    state: { active, written: samples.map(({ labels }) => labels) },
    written: [...samples, ...ended.map((labels) => ({ labels, value: 'stale' as const }))],
  };
}

/** The expression's value as an instant vector; a scalar is a vector of one without labels. */
function instantVector(
  expr: Expr,
  atMs: number,
  { source, shouldStop }: Pick<Tick, 'source' | 'shouldStop'>,
): Result<readonly AlertSample[], string> {
  const result = evaluateInstant(expr, atMs, source, { shouldStop });
  if (!result.ok) return err(result.error.message);
  const { value } = result;
  if (value.kind === 'vector') return ok(value.samples);
  if (value.kind === 'scalar') return ok([{ labels: NO_LABELS, value: value.value }]);
  return err('rule result is not a vector or scalar');
}
