import {
  aboutSubject,
  type Condition,
  conditionsOf,
  unitMetricOf,
} from '../../../core/alerting/conditions.ts';
import type {
  ExplainedCondition,
  ExplainedSamples,
  ExplainedSeries,
} from '../../../core/answers/explain.ts';
import type { Block } from '../../../core/promql/block.ts';
import { type Grid, LOOKBACK_MS, stepCount } from '../../../core/promql/context.ts';
import { evaluate } from '../../../core/promql/evaluate.ts';
import { formatExpr } from '../../../core/promql/format.ts';
import { resolveDurations } from '../../../core/promql/resolve-durations.ts';
import type { AlertingRule } from '../../../core/rules/rule-file.ts';
import {
  type Labels,
  labelPairs,
  labelsToObject,
  METRIC_NAME,
} from '../../../core/series/labels.ts';
import { readSeries } from '../../store/reader.ts';
import { selectionsOf } from '../selections.ts';
import type { ExplainPorts } from './ports.ts';

/** A chart is some 700 px wide on a desk, half of that on a phone. */
const POINTS = 240;
const LEAST_STEP_MS = 30_000;
/** Before its condition held: how it was when all was well. */
const BEFORE_MS = 30 * 60_000;
/** After it was over: it has stayed over. */
const AFTER_MS = 15 * 60_000;
/** More lines than this nobody tells apart. */
const MAX_SERIES = 8;
/** An hour of one host is 60 of each; a rule about the whole fleet is not drawn for a large one. */
const READ_LIMITS = { hostMinutes: 20_000, readUnits: 2000 };
const MAX_CELLS = 2_000_000;

export interface Samples {
  readonly samples: ExplainedSamples;
  readonly warnings: readonly string[];
  readonly readUnits: number;
}

interface Time {
  /** Since when its condition held. */
  readonly activeAtMs: number;
  readonly endedAtMs: number | undefined;
}

/** What the rule saw of what an alert is about: from before its condition held until now, or until it was over. */
export async function samplesOf(
  ports: ExplainPorts,
  rule: AlertingRule,
  labels: Readonly<Record<string, string>>,
  time: Time,
): Promise<Samples> {
  const nowMs = ports.nowMs();
  const grid = gridOf(rule, time, nowMs);
  const conditions = conditionsOf(rule.expr);
  const answer = (some: readonly ExplainedCondition[]): ExplainedSamples => ({
    ...{ fromMs: grid.startMs, toMs: grid.endMs, stepMs: grid.stepMs, conditions: some },
    timesMs: Array.from({ length: stepCount(grid) }, (_, i) => grid.startMs + i * grid.stepMs),
  });
  const nothing = (warning: string, readUnits = 0): Samples => ({
    samples: answer(conditions.map((one) => ({ ...plain(one), series: [], seriesLeftOut: 0 }))),
    warnings: [warning],
    readUnits,
  });
  const asked = conditions.map((condition) =>
    resolveDurations(aboutSubject(condition.expr, labels), grid),
  );
  const failed = asked.find((one) => !one.ok);
  if (failed !== undefined && !failed.ok) return nothing(failed.error.message);
  const exprs = asked.flatMap((one) => (one.ok ? [one.value] : []));
  const selections = exprs.flatMap((expr) => selectionsOf(expr, grid, LOOKBACK_MS));
  const { clockMs, limits } = ports.reader;
  const deadlineMs = clockMs() + ports.timeoutMs;
  const bounded = {
    hostMinutes: Math.min(limits.hostMinutes, READ_LIMITS.hostMinutes),
    readUnits: Math.min(limits.readUnits, READ_LIMITS.readUnits),
  };
  const read = await readSeries(
    { ...ports.reader, limits: bounded },
    selections,
    nowMs,
    deadlineMs,
  );
  if (!read.ok) return nothing(read.error.message);
  const warnings = [...read.value.warnings];
  const explained = conditions.map((condition, i): ExplainedCondition => {
    const expr = exprs[i] ?? condition.expr;
    const value = evaluate(expr, grid, read.value.source, {
      shouldStop: () => clockMs() > deadlineMs,
      cellsMax: MAX_CELLS,
    });
    if (!value.ok) warnings.push(value.error.message);
    const rows = value.ok && value.value.kind === 'vector' ? value.value.block : undefined;
    return { ...plain(condition), ...seriesOf(rows, rule, labels) };
  });
  return { samples: answer(explained), warnings, readUnits: read.value.cost.readUnits };
}

function plain({ expr, op, threshold }: Condition) {
  const metric = unitMetricOf(expr);
  return {
    expr: formatExpr(expr),
    ...(metric === undefined ? {} : { metric }),
    ...(op === undefined || threshold === undefined ? {} : { op, threshold }),
  };
}

/** On multiples of its step, so that the chart stands still while it is looked at. */
function gridOf({ forMs }: AlertingRule, { activeAtMs, endedAtMs }: Time, nowMs: number): Grid {
  const fromMs = activeAtMs - Math.max(BEFORE_MS, 2 * forMs);
  const toMs = Math.min(nowMs, (endedAtMs ?? nowMs) + AFTER_MS);
  const stepMs = Math.max(1, Math.ceil((toMs - fromMs) / POINTS / LEAST_STEP_MS)) * LEAST_STEP_MS;
  const startMs = Math.ceil(fromMs / stepMs) * stepMs;
  return { startMs, endMs: Math.max(startMs, Math.floor(toMs / stepMs) * stepMs), stepMs };
}

function seriesOf(
  block: Block | undefined,
  rule: AlertingRule,
  labels: Readonly<Record<string, string>>,
): Pick<ExplainedCondition, 'series' | 'seriesLeftOut'> {
  if (block === undefined) return { series: [], seriesLeftOut: 0 };
  const { steps, values, present } = block;
  // What the rule itself sets says nothing of the series.
  const set = new Set(rule.labels.map(({ name }) => name));
  const own = block.labels.flatMap((row, at): ExplainedSeries[] => {
    if (!isAbout(row, labels, set)) return [];
    return [
      {
        labels: labelsToObject(row),
        values: Array.from({ length: steps }, (_, i) => {
          const value = values[at * steps + i] ?? Number.NaN;
          return present[at * steps + i] === 1 && Number.isFinite(value) ? value : null;
        }),
      },
    ];
  });
  return { series: own.slice(0, MAX_SERIES), seriesLeftOut: Math.max(0, own.length - MAX_SERIES) };
}

/** Does a series agree with the alert in all labels that both have? A VM's host may have been another. */
function isAbout(
  row: Labels,
  labels: Readonly<Record<string, string>>,
  set: ReadonlySet<string>,
): boolean {
  const uuid = labels['uuid'];
  return [...labelPairs(row)].every(([name, value]) => {
    if (name === METRIC_NAME || set.has(name) || labels[name] === undefined) return true;
    if (name === 'host' && uuid !== undefined) return true;
    return labels[name] === value;
  });
}
