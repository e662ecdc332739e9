import * as v from 'valibot';
import { parsePromql } from '../../../core/promql/parse.ts';
import { ok } from '../../../core/result.ts';
import type { Answer, ApiClient } from '../client.ts';
import { floatOf, MatrixAnswer } from '../matrix-answer.ts';
import { type SelectorText, selectorOf, selectorsIn } from './selectors.ts';

/** An alert to be explained. */
export interface Subject {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly fingerprint: string;
  readonly startsAtMs: number;
  readonly endsAtMs?: number;
  /** Absent where it is not told; may be NaN or infinite. */
  readonly value?: number;
  /** The rule's expression, where the alert tells it. */
  readonly expr?: string;
}

/** Where an alert comes from. */
export interface RuleOfAlert {
  readonly name: string;
  readonly group: string;
  readonly file: string;
  readonly query: string;
  /** `for`, in seconds. */
  readonly duration: number;
  readonly keepFiringFor: number;
}

/** Samples of one series around the beginning of an alert. */
export interface StorySeries {
  /** As PromQL writes it. */
  readonly labels: Readonly<Record<string, string>>;
  /** ms since 1970, value. */
  readonly points: readonly (readonly [number, number])[];
}

/** What led to an alert. */
export interface AlertStory {
  readonly subject: Subject;
  /** Absent: no rule of that name is there any more. */
  readonly rule?: RuleOfAlert;
  /** Since when the expression gave a value; absent: not stored. */
  readonly pendingFromMs?: number;
  /** When it was first and last stored as firing. */
  readonly firing?: readonly [number, number];
  readonly fromMs: number;
  readonly untilMs: number;
  readonly samples: readonly {
    readonly selector: string;
    readonly series: readonly StorySeries[];
    readonly more: number;
  }[];
}

const RulesAnswer = v.object({
  data: v.object({
    groups: v.array(
      v.object({
        name: v.string(),
        file: v.string(),
        rules: v.array(
          v.object({
            type: v.string(),
            name: v.string(),
            query: v.string(),
            duration: v.optional(v.number(), 0),
            keepFiringFor: v.optional(v.number(), 0),
          }),
        ),
      }),
    ),
  }),
});

/** Shown before the alert began, beyond what its rule looks back; and after. */
const BEFORE_MS = 15 * 60_000;
const AFTER_MS = 5 * 60_000;
/** A rule over a day is shown its last hours only: the answer must fit. */
const MOST_BEFORE_MS = 6 * 60 * 60_000;
/** When an alert began to fire is looked for so long after it was pending. */
const FIRING_WITHIN_MS = 6 * 60 * 60_000;
const MAX_SELECTORS = 6;
const MAX_SERIES = 5;

/** Reads what is stored about an alert. */
export async function readStory(
  client: ApiClient,
  subject: Subject,
  nowMs: number,
): Promise<Answer<AlertStory>> {
  const rule = await readRule(client, subject);
  if (!rule.ok) return rule;
  const states = await readStates(client, subject, nowMs);
  if (!states.ok) return states;
  const query = subject.expr ?? rule.value?.query;
  const expr = query === undefined ? undefined : parsePromql(query);
  const selectors = expr?.ok === true ? selectorsIn(expr.value).slice(0, MAX_SELECTORS) : [];
  const lookMs = Math.max(0, ...selectors.map(({ rangeMs }) => rangeMs));
  const beganMs = states.value.pendingFromMs ?? subject.startsAtMs;
  const fromMs = beganMs - Math.min(BEFORE_MS + lookMs, MOST_BEFORE_MS);
  const untilMs = Math.min(Math.max(beganMs, subject.startsAtMs) + AFTER_MS, nowMs);
  const samples: AlertStory['samples'][number][] = [];
  for (const selector of selectors) {
    const series = await readSelector(client, selector, subject, [fromMs, untilMs]);
    if (!series.ok) return series;
    const shown = series.value.slice(0, MAX_SERIES);
    samples.push({
      selector: selector.text,
      series: shown,
      more: series.value.length - shown.length,
    });
  }
  return ok({
    subject,
    ...(rule.value === undefined ? {} : { rule: rule.value }),
    ...states.value,
    fromMs,
    untilMs,
    samples,
  });
}

async function readRule(
  client: ApiClient,
  { labels, expr }: Subject,
): Promise<Answer<RuleOfAlert | undefined>> {
  const answer = await client.get('/api/v1/rules', RulesAnswer, {
    type: 'alert',
    'rule_name[]': labels['alertname'] ?? '',
    exclude_alerts: 'true',
  });
  if (!answer.ok) return answer;
  const rules = answer.value.data.groups.flatMap((group) =>
    group.rules.map((rule) => ({ ...rule, group: group.name, file: group.file })),
  );
  return ok(rules.find(({ query }) => query === expr) ?? rules[0]);
}

async function readStates(
  client: ApiClient,
  { labels, startsAtMs, endsAtMs }: Subject,
  nowMs: number,
): Promise<Answer<Pick<AlertStory, 'pendingFromMs' | 'firing'>>> {
  const toMs = Math.min(endsAtMs ?? nowMs, startsAtMs + FIRING_WITHIN_MS, nowMs);
  const fromMs = startsAtMs - FIRING_WITHIN_MS;
  const since = await readMatrix(client, selectorOf('ALERTS_FOR_STATE', labels), [
    startsAtMs - AFTER_MS,
    Math.min(startsAtMs + AFTER_MS, nowMs),
  ]);
  if (!since.ok) return since;
  const pendingSeconds =
    since.value[0]?.points.find(([atMs]) => atMs >= startsAtMs)?.[1] ??
    since.value[0]?.points.at(-1)?.[1];
  const pendingFromMs = pendingSeconds === undefined ? undefined : pendingSeconds * 1000;
  const firing = await readMatrix(client, selectorOf('ALERTS', labels, { alertstate: 'firing' }), [
    Math.max(fromMs, (pendingFromMs ?? startsAtMs) - 1),
    toMs,
  ]);
  if (!firing.ok) return firing;
  const points = firing.value[0]?.points ?? [];
  const [first, last] = [points[0]?.[0], points.at(-1)?.[0]];
  return ok({
    ...(pendingFromMs === undefined ? {} : { pendingFromMs }),
    ...(first === undefined || last === undefined ? {} : { firing: [first, last] as const }),
  });
}

/** Series that agree with the alert in the labels both have, those with most labels in common first. */
async function readSelector(
  client: ApiClient,
  { text, ofHost }: SelectorText,
  { labels }: Subject,
  span: readonly [number, number],
): Promise<Answer<readonly StorySeries[]>> {
  const host = labels['host'];
  // A host's own series are cheap to read; others only if there are none.
  if (host !== undefined && ofHost !== undefined) {
    const own = await readMatrix(client, ofHost(host), span);
    if (!own.ok || own.value.length > 0) return own.ok ? ok(agreeing(own.value, labels)) : own;
  }
  const all = await readMatrix(client, text, span);
  return all.ok ? ok(agreeing(all.value, labels)) : all;
}

function agreeing(
  series: readonly StorySeries[],
  labels: Readonly<Record<string, string>>,
): StorySeries[] {
  const common = (one: StorySeries) =>
    Object.keys(one.labels).filter((name) => name !== '__name__' && labels[name] !== undefined);
  return series
    .filter((one) => common(one).every((name) => one.labels[name] === labels[name]))
    .sort((a, b) => common(b).length - common(a).length);
}

async function readMatrix(
  client: ApiClient,
  selector: string,
  [fromMs, untilMs]: readonly [number, number],
): Promise<Answer<readonly StorySeries[]>> {
  const rangeMs = Math.max(1, Math.round(untilMs - fromMs));
  const answer = await client.get('/api/v1/query', MatrixAnswer, {
    query: `${selector}[${rangeMs}ms]`,
    time: String(untilMs / 1000),
  });
  if (!answer.ok) return answer;
  return ok(
    answer.value.data.result.map(({ metric, values }) => ({
      labels: metric,
      points: values.map(([seconds, text]) => [seconds * 1000, floatOf(text)] as const),
    })),
  );
}
