import type { Template } from '../rules/template.ts';
import {
  compareStrings,
  type Labels,
  labelsFrom,
  labelsKey,
  labelsToObject,
  METRIC_NAME,
  withLabels,
  withoutLabels,
} from '../series/labels.ts';

/**
 * One alert of one rule: a label set for which the rule's expression gave a value. Plain data, so
 * it can be kept between ticks (a value may be NaN or infinite: plain JSON does not carry those).
 */
export interface AlertInstance {
  /** Its identity within the rule. Includes `alertname`; never `__name__`. */
  readonly labels: Labels;
  readonly annotations: Readonly<Record<string, string>>;
  /** `inactive` only when it was firing before: then it is resolved. */
  readonly state: 'pending' | 'firing' | 'inactive';
  /** What the expression gave when last seen. */
  readonly value: number;
  /** Since when the expression gives a value without a break. */
  readonly activeAtMs: number;
  readonly firedAtMs?: number;
  /** Only when `inactive`. */
  readonly resolvedAtMs?: number;
  /** Since when it fires only because of `keep_firing_for`. */
  readonly keepFiringSinceMs?: number;
  /** Since when nothing is heard of what it is about; it stands on what was last known. */
  readonly noDataSinceMs?: number;
  /** When Alertmanagers were last told of it; absent: never. */
  readonly lastSentMs?: number;
}

/** What the life cycle needs to know of an alerting rule. */
export interface AlertLifecycleRule {
  readonly name: string;
  readonly forMs: number;
  readonly keepFiringForMs: number;
  readonly labels: readonly LabelTemplate[];
  readonly annotations: readonly LabelTemplate[];
}

export interface LabelTemplate {
  readonly name: string;
  readonly template: Template;
}

/** One series of an instant vector. */
export interface AlertSample {
  readonly labels: Labels;
  readonly value: number;
}

/**
 * A resolved alert is remembered so long. Source: prometheus/rules/alerting.go, resolvedRetention:
 * whoever missed the message that it is over hears it again.
 */
const RESOLVED_RETENTION_MS = 15 * 60_000;

/** Since when nothing is heard of what these labels name. */
export type LostSince = (labels: Labels) => number | undefined;

interface StepOptions {
  readonly limit?: number;
  readonly lostSince?: LostSince | undefined;
}

function nothingLost(): undefined {
  return undefined;
}

export interface AlertStep {
  /** Pending, firing and lately resolved alerts, in label order. */
  readonly active: readonly AlertInstance[];
  /** Why the rule could not be stepped. After too many alerts `active` is empty, else unchanged. */
  readonly error?: string;
}

/**
 * One tick of one alerting rule: from the alerts so far and the expression's result to the alerts
 * now. `expand` fills in a label's or annotation's template for a sample. `limit` is the most
 * alerts the rule may have, 0 for any number. The rules are those of prometheus/rules/alerting.go,
 * `AlertingRule.Eval`, with one difference: a firing alert that is about something of which nothing is
 * heard (`lostSince`: since when; `undefined` if it is heard of, or not known) does not resolve.
 */
export function stepAlertingRule(
  rule: AlertLifecycleRule,
  active: readonly AlertInstance[],
  samples: readonly AlertSample[],
  nowMs: number,
  expand: (template: Template, sample: AlertSample) => string,
  { limit = 0, lostSince = nothingLost }: StepOptions = {},
): AlertStep {
  const found = new Map<string, AlertInstance>();
  for (const sample of samples) {
    const alert = newAlert(rule, sample, nowMs, expand);
    const key = labelsKey(alert.labels);
    if (found.has(key)) {
      const error = 'vector contains metrics with the same labelset after applying alert labels';
      return { active, error };
    }
    found.set(key, alert);
  }

  const known = new Map(active.map((alert) => [labelsKey(alert.labels), alert]));
  const next: (readonly [string, AlertInstance])[] = [];
  for (const key of new Set([...known.keys(), ...found.keys()])) {
    const alert = stepAlert(rule, known.get(key), found.get(key), nowMs, lostSince);
    if (alert !== undefined) next.push([key, alert]);
  }
  const burning = next.filter(([, alert]) => alert.state !== 'inactive').length;
  if (limit > 0 && burning > limit)
    return { active: [], error: `exceeded limit of ${limit} with ${burning} alerts` };
  next.sort(([a], [b]) => compareStrings(a, b));
  return { active: next.map(([, alert]) => alert) };
}

function newAlert(
  rule: AlertLifecycleRule,
  sample: AlertSample,
  nowMs: number,
  expand: (template: Template, sample: AlertSample) => string,
): AlertInstance {
  const changes: [string, string][] = rule.labels.map(({ name, template }) => [
    name,
    expand(template, sample),
  ]);
  const identity = withoutLabels(sample.labels, (name) => name === METRIC_NAME);
  const annotations = rule.annotations.map(({ name, template }) => [
    name,
    expand(template, sample),
  ]);
  return {
    labels: withLabels(identity, Object.fromEntries([...changes, ['alertname', rule.name]])),
    annotations: Object.fromEntries(annotations),
    state: 'pending',
    value: sample.value,
    activeAtMs: nowMs,
  };
}

/** `undefined`: the alert is forgotten. */
function stepAlert(
  rule: AlertLifecycleRule,
  before: AlertInstance | undefined,
  seen: AlertInstance | undefined,
  nowMs: number,
  lostSince: LostSince,
): AlertInstance | undefined {
  if (seen === undefined) return before && stepUnseen(rule, before, nowMs, lostSince);
  // A resolved alert that is back is a new one.
  if (before === undefined || before.state === 'inactive') return holdOrFire(rule, seen, nowMs);
  const { keepFiringSinceMs: _, noDataSinceMs: __, ...lasting } = before;
  const { value, annotations } = seen;
  return holdOrFire(rule, { ...lasting, value, annotations }, nowMs);
}

function stepUnseen(
  rule: AlertLifecycleRule,
  { noDataSinceMs, ...alert }: AlertInstance,
  nowMs: number,
  lostSince: LostSince,
): AlertInstance | undefined {
  if (alert.state === 'pending') return undefined;
  if (alert.state === 'inactive') {
    const resolvedAtMs = alert.resolvedAtMs ?? nowMs;
    return nowMs - resolvedAtMs > RESOLVED_RETENTION_MS ? undefined : alert;
  }
  const lostMs = lostSince(alert.labels);
  if (lostMs !== undefined) return { ...alert, noDataSinceMs: noDataSinceMs ?? lostMs };
  if (rule.keepFiringForMs > 0) {
    const keepFiringSinceMs = alert.keepFiringSinceMs ?? nowMs;
    if (nowMs - keepFiringSinceMs < rule.keepFiringForMs)
      return holdOrFire(rule, { ...alert, keepFiringSinceMs }, nowMs);
  }
  return { ...alert, state: 'inactive', resolvedAtMs: nowMs };
}

/** Fires once `for` has passed; back to pending when an edited rule has a longer `for`. */
function holdOrFire(rule: AlertLifecycleRule, alert: AlertInstance, nowMs: number): AlertInstance {
  const isHeld = nowMs - alert.activeAtMs >= rule.forMs;
  if (alert.state === 'pending')
    return isHeld ? { ...alert, state: 'firing', firedAtMs: nowMs } : alert;
  if (isHeld) return alert;
  const { firedAtMs: _, keepFiringSinceMs: __, ...pending } = alert;
  return { ...pending, state: 'pending' };
}

/**
 * The series Prometheus writes about alerts: `ALERTS{alertstate}` is 1, and `ALERTS_FOR_STATE` is
 * since when (seconds since 1970), for each pending and firing alert.
 */
export function alertSeries(
  rule: Pick<AlertLifecycleRule, 'labels'>,
  active: readonly AlertInstance[],
): AlertSample[] {
  // As in Prometheus, a label whose template gave nothing shows its template here.
  const texts = labelsFrom(
    Object.fromEntries(rule.labels.map(({ name, template }) => [name, template.text])),
  );
  const samples: AlertSample[] = [];
  for (const alert of active) {
    if (alert.state === 'inactive') continue;
    const labels = withLabels(texts, labelsToObject(alert.labels));
    samples.push({
      labels: withLabels(labels, { [METRIC_NAME]: 'ALERTS', alertstate: alert.state }),
      value: 1,
    });
    samples.push({
      labels: withLabels(labels, { [METRIC_NAME]: 'ALERTS_FOR_STATE' }),
      value: Math.floor(alert.activeAtMs / 1000),
    });
  }
  return samples;
}
