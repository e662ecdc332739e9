import * as v from 'valibot';
import type { BacktestAnswer, BacktestResult } from '../../../core/answers/rules.ts';
import { MINUTE_MS } from '../../../core/host-minute.ts';
import { err, ok, type Result } from '../../../core/result.ts';
import { type GivenValues, runLifeCycle } from '../../../core/rules/backtest.ts';
import { checkEditedFile } from '../../../core/rules/check-edited.ts';
import type { AlertingRule, RuleGroup } from '../../../core/rules/rule-file.ts';
import { DAY_MS, HOUR_MS } from '../../../core/time.ts';
import type { ApiRequest } from '../http.ts';
import type { ApiPorts } from '../ports.ts';
import { type ApiError, badData } from '../reply.ts';
import { readJsonBody } from '../tokens/body.ts';
import { type AskedExpr, readGiven } from './given.ts';
import type { RulesEditPorts } from './ports.ts';
import { RULE_BODY_MAX_CHARS } from './save.ts';

/** A month of minutes; longer and points of a minute are not kept. */
const BACKTEST_MAX_MS = 30 * DAY_MS;

/** Evaluations of one backtest: 30 days of minutes, and what is before them. */
const MAX_STEPS = 50_000;

/** What stepping through the alerts may take at the end, of the time of a query. */
const LIFE_CYCLE_MS = 7000;

const timeMs = v.pipe(v.number(), v.finite());
const Wish = v.strictObject({
  /** The file's name: the rule that holds now is looked for in it. */
  file: v.string(),
  text: v.string(),
  group: v.string(),
  alert: v.string(),
  /** Which of the rules of that name in the group, from 0. */
  nth: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)), 0),
  fromMs: timeMs,
  toMs: v.optional(timeMs),
});

interface FoundRule {
  readonly rule: AlertingRule;
  readonly group: RuleGroup;
}

/**
 * `POST /api/v1/rules/backtest`: what an alerting rule of a text would have done in [fromMs, toMs], and the one that
 * holds now. As much as can be read and evaluated within a query's limits, the newest of it; says if that is not all.
 */
export async function backtest(
  request: ApiRequest,
  { api, source }: RulesEditPorts,
): Promise<Result<BacktestAnswer, ApiError>> {
  const body = readJsonBody(request, Wish, RULE_BODY_MAX_CHARS);
  if (!body.ok) return body;
  const { file, text, group, alert, nth } = body.value;
  const { errors, groups } = checkEditedFile(text, file);
  if (errors.length > 0) {
    const lines = errors.slice(0, 20).map((one) => `${one.line}:${one.column}: ${one.message}`);
    return err({ ...badData(lines.join('\n')), data: JSON.stringify({ errors }) });
  }
  const proposed = findRule(groups, file, group, alert, nth);
  if (proposed === undefined)
    return err(badData(`there is no alerting rule "${alert}" in group "${group}" of this text`));
  const saved = findRule((await source.refresh()).groups, file, group, alert, nth);
  const stepMs = proposed.group.intervalMs ?? api.tickMs;
  const span = readSpan(body.value, stepMs, api.nowMs());
  if (!span.ok) return span;
  return run(api, proposed, saved, span.value);
}

function findRule(
  groups: readonly RuleGroup[],
  file: string,
  name: string,
  alert: string,
  nth: number,
): FoundRule | undefined {
  const group = groups.find((one) => one.file === file && one.name === name);
  const rule = group?.rules.filter((one) => one.name === alert)[nth];
  return group === undefined || rule?.kind !== 'alert' ? undefined : { group, rule };
}

interface Span {
  readonly fromMs: number;
  readonly toMs: number;
  readonly stepMs: number;
  readonly cut?: string;
}

function readSpan(
  { fromMs, toMs = Number.POSITIVE_INFINITY }: { fromMs: number; toMs?: number | undefined },
  stepMs: number,
  nowMs: number,
): Result<Span, ApiError> {
  const lastMs = Math.floor(Math.min(toMs, nowMs) / stepMs) * stepMs;
  const firstMs = Math.ceil(fromMs / stepMs) * stepMs;
  if (firstMs > lastMs) return err(badData('fromMs must lie before toMs, and before now'));
  if (lastMs - firstMs > BACKTEST_MAX_MS + stepMs)
    return err(badData(`a backtest covers ${BACKTEST_MAX_MS / DAY_MS} days at most`));
  if ((lastMs - firstMs) / stepMs <= MAX_STEPS)
    return ok({ fromMs: firstMs, toMs: lastMs, stepMs });
  const cut = `with an interval of ${stepMs / 1000} s, more than ${MAX_STEPS.toLocaleString('en-US')} evaluations`;
  return ok({ fromMs: lastMs - MAX_STEPS * stepMs, toMs: lastMs, stepMs, cut });
}

async function run(
  { reader, nowMs, timeoutMs }: ApiPorts,
  proposed: FoundRule,
  saved: FoundRule | undefined,
  { fromMs, toMs, stepMs, cut: short }: Span,
): Promise<Result<BacktestAnswer, ApiError>> {
  const beganMs = reader.clockMs();
  const isSame = saved !== undefined && wordsOf(saved) === wordsOf(proposed);
  const ours = askedOf(proposed);
  const theirs = saved && (askText(saved) === askText(proposed) ? ours : askedOf(saved));
  const exprs = [...new Set([ours, ...(theirs === undefined ? [] : [theirs])])];
  const warmUpMs = Math.ceil(warmUpOf(proposed, saved) / stepMs) * stepMs;
  const given = await readGiven(reader, {
    exprs,
    grid: { startMs: fromMs - warmUpMs, endMs: toMs, stepMs },
    nowMs: nowMs(),
    deadlineMs: beganMs + Math.max(1000, timeoutMs - LIFE_CYCLE_MS),
  });
  if (!given.ok) return err({ kind: 'execution', message: given.error });
  const { pieces, errors, cut = short, warnings, readUnits } = given.value;
  // Of the first evaluation `for` and those before are not known: so it is said from when on it is.
  const startMs = Math.max(fromMs, given.value.fromMs);
  const endMs = beganMs + timeoutMs;
  const result = ({ rule, group }: FoundRule, expr: AskedExpr, byMs: number): BacktestResult => {
    const options = {
      ...{ limit: group.limit, fromMs: startMs },
      shouldStop: () => reader.clockMs() > byMs,
    };
    const values: readonly GivenValues[] = pieces.get(expr) ?? [];
    const outcome = runLifeCycle(rule, values, options);
    const error = errors.get(expr) ?? outcome.error;
    return { ...outcome, ...(error === undefined ? {} : { error }) };
  };
  const first = result(proposed, ours, (reader.clockMs() + endMs) / 2);
  const second =
    saved === undefined || theirs === undefined
      ? undefined
      : isSame
        ? first
        : result(saved, theirs, endMs);
  return ok({
    ...{
      rule: proposed.rule.name,
      fromMs: startMs,
      toMs,
      stepMs,
      proposed: first,
      isSame,
      warnings,
    },
    ...(cut === undefined ? {} : { cut }),
    ...(second === undefined ? {} : { saved: second }),
    ...{ readUnits: Math.round(readUnits), tookMs: Math.round(reader.clockMs() - beganMs) },
  });
}

function askedOf({ rule, group }: FoundRule): AskedExpr {
  return { expr: rule.expr, offsetMs: group.queryOffsetMs ?? 0 };
}

function askText({ rule, group }: FoundRule): string {
  return `${group.queryOffsetMs ?? 0} ${rule.exprText}`;
}

/** Alerts that were pending or firing before the beginning are found by going through some time before it. */
function warmUpOf(...rules: readonly (FoundRule | undefined)[]): number {
  const waits = rules.map((one) =>
    one === undefined ? 0 : one.rule.forMs + one.rule.keepFiringForMs,
  );
  return Math.min(DAY_MS, Math.max(...waits) + HOUR_MS) + MINUTE_MS;
}

/** All that decides when a rule's alerts are pending and firing. */
function wordsOf({ rule, group }: FoundRule): string {
  const labels = rule.labels.map(({ name, template }) => [name, template.text]);
  const terms = [rule.exprText, rule.forMs, rule.keepFiringForMs, labels];
  return JSON.stringify([...terms, group.limit, group.intervalMs, group.queryOffsetMs]);
}
