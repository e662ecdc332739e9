import { formatExpr } from '../promql/format.ts';
import type { AlertingRule } from '../rules/rule-file.ts';
import { labelsToObject } from '../series/labels.ts';
import type { AlertInstance } from './alert-state.ts';
import { generatorUrl } from './generator-url.ts';

/**
 * What a Prometheus tells its Alertmanagers, and when. Alertmanager forgets what it does not hear of,
 * so a firing alert is sent again and again, each time with an end a few evaluations ahead; a resolved
 * one is repeated for a quarter of an hour, in case nobody listened.
 */

/** An alert as `POST /api/v2/alerts` takes it. */
export interface PostableAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** When it began to fire, also of a resolved one. */
  readonly startsAtMs: number;
  /** Of a firing alert: until when it holds if nothing more is heard. Of a resolved one: when it ended. */
  readonly endsAtMs: number;
  /** Where its expression can be looked at; `''` when nobody said where people reach this Hypervigil. */
  readonly generatorUrl: string;
}

/** Between two sendings of an unchanged alert. Source: prometheus/cmd/prometheus, `rules.alert.resend-delay`. */
const RESEND_DELAY_MS = 60_000;

/** An alert outlives this many sendings that were missed, or evaluations where those are rarer. */
const VALID_FOR = 4;

/**
 * The alerts of one rule after an evaluation at `nowMs`: which to send, and all of them with the time
 * of sending noted. Source: prometheus/rules/alerting.go, `needsSending` and `sendAlerts`.
 */
export function alertsToSend(
  rule: AlertingRule,
  active: readonly AlertInstance[],
  nowMs: number,
  intervalMs: number,
  externalUrl: string,
): { readonly active: readonly AlertInstance[]; readonly toSend: readonly PostableAlert[] } {
  const due = new Set(active.filter((alert) => isDue(alert, nowMs)));
  if (due.size === 0) return { active, toSend: [] };
  const link = generatorUrl(externalUrl, formatExpr(rule.expr));
  const validUntilMs = nowMs + VALID_FOR * Math.max(intervalMs, RESEND_DELAY_MS);
  return {
    active: active.map((alert) => (due.has(alert) ? { ...alert, lastSentMs: nowMs } : alert)),
    toSend: [...due].map((alert) => ({
      labels: labelsToObject(alert.labels),
      annotations: alert.annotations,
      startsAtMs: alert.firedAtMs ?? alert.activeAtMs,
      endsAtMs: alert.resolvedAtMs ?? validUntilMs,
      generatorUrl: link,
    })),
  };
}

function isDue({ state, resolvedAtMs, lastSentMs }: AlertInstance, nowMs: number): boolean {
  if (state === 'pending') return false;
  if (lastSentMs === undefined) return true;
  if (resolvedAtMs !== undefined && resolvedAtMs > lastSentMs) return true;
  return lastSentMs + RESEND_DELAY_MS < nowMs;
}
